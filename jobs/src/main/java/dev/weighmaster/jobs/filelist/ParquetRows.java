package dev.weighmaster.jobs.filelist;

import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BOOLEAN;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import dev.weighmaster.jobs.filelist.S3Manifest.DataFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * The files of a hub that a Parquet file of an S3 Inventory has. The file is copied to a temporary
 * one first, and so known to be the manifest's before its first row is read; memory holds one row
 * group of the columns that are asked for.
 */
public final class ParquetRows extends ListRows<Entry> {
  private static final Map<String, PrimitiveTypeName> COLUMNS =
      Map.of(
          "bucket", BINARY,
          "key", BINARY,
          "is_latest", BOOLEAN,
          "is_delete_marker", BOOLEAN,
          "size", INT64,
          "last_modified_date", INT64,
          "e_tag", BINARY);
  private static final Set<String> OPTIONAL = Set.of("is_latest", "is_delete_marker");

  private final BucketFolder hub;
  private final Path copy;
  private final ParquetFileReader reader;
  private final MessageType columns;
  private final ChronoUnit unit;
  private Optional<RecordReader<Group>> group = Optional.empty();
  private long left;

  private ParquetRows(String name, BucketFolder hub, Path copy, ParquetFileReader reader)
      throws FileListException {
    super(name);
    this.hub = hub;
    this.copy = copy;
    this.reader = reader;
    MessageType schema = reader.getFileMetaData().getSchema();
    this.columns = columns(schema);
    this.unit = unit(schema);
    reader.setRequestedSchema(columns);
  }

  /**
   * Opens a file.
   *
   * @param path of the file in the storage
   */
  public static ParquetRows open(Storage storage, String path, DataFile file, BucketFolder hub)
      throws IOException {
    String name = new ListFile(storage.root(), path).toString();
    Path copy = Files.createTempFile("weighmaster-inventory-", ".parquet");
    ParquetFileReader reader = null;
    try {
      copy(storage, path, file, copy);
      reader = ParquetFileReader.open(new LocalInputFile(copy));
      return new ParquetRows(name, hub, copy, reader);
    } catch (IOException | RuntimeException e) {
      if (reader != null) {
        reader.close();
      }
      Files.delete(copy);
      throw DataFiles.unreadable(name, e);
    }
  }

  private static void copy(Storage storage, String path, DataFile file, Path copy)
      throws IOException {
    try (SourceStream bytes = new SourceStream(storage, path)) {
      DataFiles.checkSize(file, bytes.size());
      Files.copy(bytes, copy, StandardCopyOption.REPLACE_EXISTING);
      DataFiles.checkDigest(file, bytes.md5());
    }
  }

  private static MessageType columns(MessageType schema) throws FileListException {
    if (schema.containsField("version_id") && !schema.containsField("is_latest")) {
      throw new FileListException(
          "has all versions of the objects, and no column is_latest to tell them apart");
    }
    List<Type> found = new ArrayList<>();
    for (Map.Entry<String, PrimitiveTypeName> column : COLUMNS.entrySet()) {
      String name = column.getKey();
      if (schema.containsField(name)) {
        found.add(checked(schema.getType(name), column.getValue()));
      } else if (!OPTIONAL.contains(name)) {
        throw new FileListException(
            "has no column "
                + name
                + "; configure the inventory with size, last modified date and ETag");
      }
    }
    return new MessageType(schema.getName(), found);
  }

  private static Type checked(Type column, PrimitiveTypeName type) throws FileListException {
    if (!column.isPrimitive()
        || column.isRepetition(Type.Repetition.REPEATED)
        || column.asPrimitiveType().getPrimitiveTypeName() != type) {
      throw new FileListException("the column " + column.getName() + " is not " + type);
    }
    return column;
  }

  private static ChronoUnit unit(MessageType schema) throws FileListException {
    LogicalTypeAnnotation annotation =
        schema.getType("last_modified_date").getLogicalTypeAnnotation();
    if (!(annotation instanceof TimestampLogicalTypeAnnotation timestamp)) {
      throw new FileListException("the column last_modified_date is not a timestamp");
    }
    return switch (timestamp.getUnit()) {
      case MILLIS -> ChronoUnit.MILLIS;
      case MICROS -> ChronoUnit.MICROS;
      case NANOS -> ChronoUnit.NANOS;
    };
  }

  @Override
  Optional<Entry> read() throws IOException {
    while (true) {
      startRow();
      if (left == 0 && !readGroup()) {
        return Optional.empty();
      }
      left--;
      Optional<Entry> found = object(group.orElseThrow().read()).in(hub);
      if (found.isPresent()) {
        return found;
      }
    }
  }

  private boolean readGroup() throws IOException {
    PageReadStore pages = reader.readNextRowGroup();
    while (pages != null && pages.getRowCount() == 0) {
      pages = reader.readNextRowGroup();
    }
    if (pages == null) {
      return false;
    }
    left = pages.getRowCount();
    group =
        Optional.of(
            new ColumnIOFactory()
                .getColumnIO(columns)
                .getRecordReader(pages, new GroupRecordConverter(columns)));
    return true;
  }

  private S3Object object(Group row) throws FileListException {
    return new S3Object(
        text(row, "bucket").orElse(""),
        text(row, "key").orElse(""),
        isTrue(row, "is_latest", true),
        isTrue(row, "is_delete_marker", false),
        has(row, "size") ? Optional.of(row.getLong("size", 0)) : Optional.empty(),
        has(row, "last_modified_date")
            ? Optional.of(Instant.EPOCH.plus(row.getLong("last_modified_date", 0), unit))
            : Optional.empty(),
        text(row, "e_tag").filter(etag -> !etag.isEmpty()));
  }

  private boolean has(Group row, String column) {
    return columns.containsField(column) && row.getFieldRepetitionCount(column) > 0;
  }

  private boolean isTrue(Group row, String column, boolean absent) {
    return has(row, column) ? row.getBoolean(column, 0) : absent;
  }

  private Optional<String> text(Group row, String column) throws FileListException {
    if (!has(row, column)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(row.getBinary(column, 0).toByteBuffer())
              .toString());
    } catch (CharacterCodingException e) {
      throw new FileListException("the " + column + " is not UTF-8", e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      reader.close();
    } finally {
      Files.deleteIfExists(copy);
    }
  }
}
