package dev.weighmaster.jobs.table;

import dev.weighmaster.io.StorageFailure;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.MessageType;

/**
 * The rows of Parquet files, one file after the other, as records that may have a component for
 * some of the columns only: the others are not read. Memory holds one row group of the columns that
 * are. Not thread-safe.
 */
public final class RowStream<T extends Record> implements Closeable {
  private final Configuration configuration;
  private final Queue<Path> files;
  private final Class<T> type;
  private final Optional<Comparator<T>> order;
  private Optional<Part<T>> part = Optional.empty();
  private Optional<T> last = Optional.empty();

  private RowStream(
      Configuration configuration, List<Path> files, Class<T> type, Optional<Comparator<T>> order) {
    this.configuration = configuration;
    this.files = new ArrayDeque<>(files);
    this.type = type;
    this.order = order;
  }

  /** The rows of these files, in whatever order they come. */
  static <T extends Record> RowStream<T> of(
      Configuration configuration, List<Path> files, Class<T> type) {
    return new RowStream<>(configuration, files, type, Optional.empty());
  }

  /**
   * The rows of these files, which must come in an order.
   *
   * @param order of which no row may be before the one that comes before it
   */
  static <T extends Record> RowStream<T> sorted(
      Configuration configuration, List<Path> files, Class<T> type, Comparator<T> order) {
    return new RowStream<>(configuration, files, type, Optional.of(order));
  }

  /**
   * The next row.
   *
   * @return empty at the end
   * @throws IOException if a file can't be read, is not of this form, or its rows are not in order
   */
  public Optional<T> next() throws IOException {
    while (true) {
      if (part.isEmpty()) {
        if (files.isEmpty()) {
          return Optional.empty();
        }
        part = Optional.of(Part.open(configuration, files.remove(), type));
      }
      Optional<T> row = part.get().next();
      if (row.isPresent()) {
        mustFollow(row.get());
        last = row;
        return row;
      }
      part.get().close();
      part = Optional.empty();
    }
  }

  private void mustFollow(T row) throws IOException {
    if (order.isPresent() && last.isPresent() && order.get().compare(last.get(), row) > 0) {
      throw new IOException(
          "the rows of "
              + part.orElseThrow().file
              + " are not in the order in which an audit writes them; 'weighmaster table verify'"
              + " says what is wrong");
    }
  }

  @Override
  public void close() throws IOException {
    if (part.isPresent()) {
      part.get().close();
    }
  }

  /** One file that is being read. */
  private static final class Part<T extends Record> implements Closeable {
    private final Path file;
    private final ParquetFileReader reader;
    private final MessageColumnIO columns;
    private final Materializer<T> materializer;
    private Optional<RecordReader<T>> group = Optional.empty();
    private long left;

    private Part(Path file, ParquetFileReader reader, Class<T> type) {
      this.file = file;
      this.reader = reader;
      MessageType schema = reader.getFileMetaData().getSchema();
      MessageType wanted =
          new MessageType(schema.getName(), RecordConverter.columns(type, schema).getFields());
      reader.setRequestedSchema(wanted);
      this.columns = new ColumnIOFactory().getColumnIO(wanted);
      this.materializer = new Materializer<>(type, wanted);
    }

    static <T extends Record> Part<T> open(Configuration configuration, Path file, Class<T> type)
        throws IOException {
      ParquetFileReader reader = null;
      try {
        reader =
            ParquetFileReader.open(
                HadoopInputFile.fromPath(file, configuration),
                HadoopReadOptions.builder(configuration).build());
        return new Part<>(file, reader, type);
      } catch (IOException | RuntimeException e) {
        if (reader != null) {
          reader.close();
        }
        throw unreadable(file, e);
      }
    }

    Optional<T> next() throws IOException {
      try {
        while (left == 0) {
          PageReadStore pages = reader.readNextRowGroup();
          if (pages == null) {
            return Optional.empty();
          }
          left = pages.getRowCount();
          group = Optional.of(columns.getRecordReader(pages, materializer));
        }
        left--;
        return Optional.of(group.orElseThrow().read());
      } catch (IOException | RuntimeException e) {
        throw unreadable(file, e);
      }
    }

    /** Parquet throws unchecked exceptions at what is no Parquet. */
    private static IOException unreadable(Path file, Exception cause) {
      return cause instanceof FileNotFoundException
          ? new IOException(file + " was removed while it was read", cause)
          : new IOException(file + " can't be read: " + StorageFailure.reason(cause), cause);
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }

  private static final class Materializer<T extends Record> extends RecordMaterializer<T> {
    private final RecordConverter root;
    private T current;

    Materializer(Class<T> type, MessageType columns) {
      root = new RecordConverter(type, columns, made -> current = type.cast(made));
    }

    @Override
    public T getCurrentRecord() {
      return current;
    }

    @Override
    public GroupConverter getRootConverter() {
      return root;
    }
  }
}
