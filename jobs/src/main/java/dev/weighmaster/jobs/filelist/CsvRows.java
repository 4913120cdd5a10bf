package dev.weighmaster.jobs.filelist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import dev.weighmaster.jobs.filelist.S3Manifest.DataFile;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Iterator;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * The files of a hub that a CSV file of an S3 Inventory has. The bytes are read once: that they are
 * those of the manifest shows after the last row.
 */
public final class CsvRows extends ListRows<Entry> {
  private static final CSVFormat FORMAT = CSVFormat.RFC4180;

  private final DataFile file;
  private final CsvColumns columns;
  private final BucketFolder hub;
  private final SourceStream bytes;
  private final RecordLimit limit;
  private final CSVParser parser;
  private final Iterator<CSVRecord> records;

  private CsvRows(
      String name, DataFile file, CsvColumns columns, BucketFolder hub, SourceStream bytes)
      throws IOException {
    super(name);
    this.file = file;
    this.columns = columns;
    this.hub = hub;
    this.bytes = bytes;
    this.limit =
        new RecordLimit(new InputStreamReader(new GZIPInputStream(bytes, 64 << 10), ISO_8859_1));
    this.parser = CSVParser.parse(limit, FORMAT);
    this.records = parser.iterator();
  }

  /**
   * Opens a file.
   *
   * @param path of the file in the storage
   */
  public static CsvRows open(
      Storage storage, String path, DataFile file, CsvColumns columns, BucketFolder hub)
      throws IOException {
    String name = new ListFile(storage.root(), path).toString();
    SourceStream bytes = null;
    try {
      bytes = new SourceStream(storage, path);
      DataFiles.checkSize(file, bytes.size());
      return new CsvRows(name, file, columns, hub, bytes);
    } catch (IOException | RuntimeException e) {
      if (bytes != null) {
        bytes.close();
      }
      throw DataFiles.unreadable(name, e);
    }
  }

  @Override
  Optional<Entry> read() throws IOException {
    while (true) {
      startRow();
      limit.startRow();
      if (!records.hasNext()) {
        endRows();
        checkAll();
        return Optional.empty();
      }
      Optional<Entry> found = entry(records.next());
      if (found.isPresent()) {
        return found;
      }
    }
  }

  private Optional<Entry> entry(CSVRecord values) throws FileListException {
    if (values.size() != columns.count()) {
      throw new FileListException(
          "has " + values.size() + " values for " + columns.count() + " columns");
    }
    String[] texts = values.values();
    for (int i = 0; i < texts.length; i++) {
      texts[i] = utf8(texts[i]);
    }
    return columns.object(place -> texts[place]).in(hub);
  }

  private void checkAll() throws IOException {
    if (bytes.read() >= 0) {
      throw new FileListException("something follows the compressed rows");
    }
    DataFiles.checkDigest(file, bytes.md5());
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
