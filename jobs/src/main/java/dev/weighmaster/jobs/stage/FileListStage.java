package dev.weighmaster.jobs.stage;

import dev.weighmaster.hub.FlatInventory;
import dev.weighmaster.hub.FlatInventory.Placed;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.jobs.filelist.BucketFolder;
import dev.weighmaster.jobs.filelist.CsvColumns;
import dev.weighmaster.jobs.filelist.CsvRows;
import dev.weighmaster.jobs.filelist.DataFolder;
import dev.weighmaster.jobs.filelist.FileListException;
import dev.weighmaster.jobs.filelist.ListFile;
import dev.weighmaster.jobs.filelist.ListRows;
import dev.weighmaster.jobs.filelist.ParquetRows;
import dev.weighmaster.jobs.filelist.PathLines;
import dev.weighmaster.jobs.filelist.S3Inventory;
import dev.weighmaster.jobs.filelist.S3Manifest.DataFile;
import dev.weighmaster.jobs.spark.ExactPaths;
import dev.weighmaster.jobs.spark.HubStorage;
import dev.weighmaster.jobs.spark.MappedIterator;
import dev.weighmaster.jobs.spark.Spread;
import dev.weighmaster.jobs.table.EarlierRun;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.Partitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Takes the hub's files from a list of them instead of listing the hub: from an S3 Inventory, the
 * {@code files} of an earlier run, or a plain list of paths. The list decides what the hub holds.
 *
 * @param uri of the list
 * @param made when the store made it; empty where every file is looked up now
 * @param source reads it
 */
public record FileListStage(String uri, String hub, Optional<Instant> made, Source source) {
  private static final byte[] PARQUET = "PAR1".getBytes(StandardCharsets.US_ASCII);

  /** What tells a {@code files} data set from others. */
  private static final Map<String, DataType> COLUMNS =
      Map.of(
          "path", DataTypes.StringType,
          "size", DataTypes.LongType,
          "etag", DataTypes.StringType,
          "mtime", DataTypes.TimestampType,
          "sha256", DataTypes.StringType);

  /** What one kind of list has. */
  @FunctionalInterface
  interface Source {
    /**
     * Reads it on the executors.
     *
     * @param tasks at the least, for what has to be asked of the hub
     */
    JavaRDD<Entry> entries(SparkSession session, String hub, int tasks);
  }

  /**
   * Finds out what a list is: a manifest by its name, a {@code files} data set by being a folder or
   * a Parquet file, or else a plain list.
   *
   * @throws IOException if it can't be read, or the hub is not there, with a message for the person
   *     who named them
   */
  public static FileListStage open(String uri, String hub) throws IOException {
    checkIsThere(hub);
    try {
      ListFile file = ListFile.at(uri);
      try (Storage storage = HubStorage.open(file.root())) {
        return stage(uri, hub, storage, storage.stat(file.path()));
      }
    } catch (IOException | RuntimeException e) {
      throw unusable(uri, StorageFailure.reason(e), e);
    }
  }

  private static void checkIsThere(String hub) throws IOException {
    try (Storage storage = HubStorage.open(hub)) {
      storage.stat("");
    } catch (IOException | RuntimeException e) {
      // Hadoop's own are unchecked where a file system's classes or settings are missing.
      throw new IOException(
          "the hub "
              + hub
              + " can't be looked at: "
              + StorageFailure.reason(e)
              + "; --hub takes the folder that holds org/name folders",
          e);
    }
  }

  private static FileListStage stage(String uri, String hub, Storage storage, Entry entry)
      throws IOException {
    return switch (entry.type()) {
      case UNREADABLE ->
          throw new FileListException("it " + entry.problem().orElse("can't be read"));
      case DIRECTORY -> {
        checkIsOneRun(storage.list(entry.path()));
        yield new FileListStage(uri, hub, Optional.empty(), files(uri));
      }
      case FILE -> {
        if (entry.name().endsWith(".json")) {
          S3Inventory listed = manifest(uri, hub);
          yield new FileListStage(
              uri, hub, Optional.of(listed.manifest().created()), inventory(listed));
        }
        yield new FileListStage(
            uri, hub, Optional.empty(), isParquet(storage, entry) ? files(uri) : paths(uri));
      }
    };
  }

  private static S3Inventory manifest(String uri, String hub) throws IOException {
    ListFile file = ListFile.inFolder(uri);
    try (Storage storage = HubStorage.open(file.root())) {
      return S3Inventory.read(storage, file, uri, hub);
    }
  }

  private static void checkIsOneRun(List<Entry> entries) throws FileListException {
    if (entries.stream().noneMatch(entry -> entry.name().endsWith(".parquet"))) {
      throw new FileListException(
          "there is no Parquet file in the folder; of a table, name the files of one run:"
              + " TABLE/files/audit_date=DATE/run_id=RUN");
    }
  }

  private static boolean isParquet(Storage storage, Entry entry) throws IOException {
    try (var bytes = storage.open(entry)) {
      var head = bytes.next();
      byte[] magic = new byte[Math.min(PARQUET.length, head.remaining())];
      head.get(magic);
      return Arrays.equals(magic, PARQUET);
    }
  }

  /**
   * Lists every file of the list that is part of the hub, as a listing of the hub would.
   *
   * @throws IOException if it is found not to be a list of files
   */
  public JavaRDD<HubFile> list(SparkSession session) throws IOException {
    String storage = hub;
    int tasks = JavaSparkContext.fromSparkContext(session.sparkContext()).defaultParallelism() * 4;
    JavaRDD<Entry> entries = entries(session, tasks);
    return entries
        .flatMap(entry -> FlatInventory.placeOrStray(entry).stream().iterator())
        .keyBy(placed -> placed)
        .mapValues(placed -> true)
        .repartitionAndSortWithinPartitions(
            new ByRepository(Math.max(tasks, entries.getNumPartitions())), new ByPath())
        .keys()
        .mapPartitions(sorted -> FlatInventory.files(HubStorage.forTask(storage), sorted));
  }

  private JavaRDD<Entry> entries(SparkSession session, int tasks) throws IOException {
    try {
      return source.entries(session, hub, tasks);
    } catch (Exception e) {
      // Spark's own is checked, and declared nowhere.
      throwComplaint(uri, e);
      throw unusable(uri, StorageFailure.reason(e), e);
    }
  }

  /**
   * Whether it can say what has changed since a run: not where the store has made it before then.
   */
  public boolean tellsChangesSince(EarlierRun run) {
    return made.isEmpty() || made.get().isAfter(run.startedAt());
  }

  /**
   * Throws what is wrong with a list, where that made a job fail.
   *
   * @param failure of a job that reads what {@link #list} gives
   */
  public static void throwComplaint(String uri, Throwable failure) throws IOException {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof FileListException complaint) {
        throw unusable(uri, complaint.getMessage(), failure);
      }
    }
  }

  private static IOException unusable(String uri, String reason, Throwable cause) {
    return new IOException("the inventory " + uri + " can't be used: " + reason, cause);
  }

  private static Source inventory(S3Inventory listed) throws FileListException {
    List<DataFile> files = listed.manifest().files();
    return switch (listed.manifest().format()) {
      case CSV -> {
        CsvColumns columns = new CsvColumns(listed.manifest().columns());
        yield rows(
            files,
            listed.data(),
            listed.hub(),
            (storage, path, file, hub) -> CsvRows.open(storage, path, file, columns, hub));
      }
      case PARQUET -> rows(files, listed.data(), listed.hub(), ParquetRows::open);
    };
  }

  /** Opens a data file of an S3 Inventory. */
  @FunctionalInterface
  private interface Opener extends Serializable {
    ListRows<Entry> open(Storage storage, String path, DataFile file, BucketFolder hub)
        throws IOException;
  }

  private static Source rows(
      List<DataFile> files, DataFolder data, BucketFolder bucket, Opener opener) {
    return (session, hub, tasks) ->
        JavaSparkContext.fromSparkContext(session.sparkContext())
            .parallelize(files, files.size())
            .flatMap(
                file -> {
                  Storage storage = HubStorage.forTask(data.root());
                  String path = data.locate(storage, file);
                  return closedWithTask(opener.open(storage, path, file, bucket));
                });
  }

  private static Source paths(String uri) throws IOException {
    ListFile list = ListFile.at(uri);
    String name = list.path();
    return (session, hub, tasks) ->
        lookedUp(
            JavaSparkContext.fromSparkContext(session.sparkContext())
                .parallelize(List.of(list.root()), 1)
                .flatMap(root -> closedWithTask(PathLines.open(HubStorage.forTask(root), name))),
            hub,
            tasks);
  }

  private static JavaRDD<Entry> lookedUp(JavaRDD<String> paths, String hub, int tasks) {
    return Spread.byName(paths, tasks, path -> path)
        .mapPartitions(
            some -> {
              Storage storage = HubStorage.forTask(hub);
              return new MappedIterator<>(some, path -> FlatInventory.lookUp(storage, path));
            });
  }

  private static <T> Iterator<T> closedWithTask(ListRows<T> rows) {
    TaskContext.get()
        .addTaskCompletionListener(
            context -> {
              try {
                rows.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    return rows;
  }

  private static Source files(String uri) throws IOException {
    ListFile folder = ListFile.at(uri);
    return (session, hub, tasks) ->
        lookedUp(
            columns(ExactPaths.read(session).parquet(folder.address()))
                .toJavaRDD()
                .map(FileListStage::path),
            hub,
            tasks);
  }

  private static Dataset<Row> columns(Dataset<Row> files) {
    for (Map.Entry<String, DataType> column : COLUMNS.entrySet()) {
      if (Arrays.stream(files.schema().fields())
          .noneMatch(
              field ->
                  field.name().equals(column.getKey())
                      && field.dataType().equals(column.getValue()))) {
        throw new UncheckedIOException(
            new FileListException(
                "it is not a files data set: it has no column " + column.getKey()));
      }
    }
    return files.select("path");
  }

  /** What the row says of size and time is from before: an audit must not take it for today's. */
  private static String path(Row row) {
    if (row.isNullAt(0)) {
      throw new UncheckedIOException(new FileListException("it has a row without a path"));
    }
    return row.getString(0);
  }

  /** Brings the files of a repository into one task. */
  private static final class ByRepository extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final int tasks;

    ByRepository(int tasks) {
      this.tasks = tasks;
    }

    @Override
    public int numPartitions() {
      return tasks;
    }

    @Override
    public int getPartition(Object key) {
      return Math.floorMod(((Placed) key).repository().directory().hashCode(), tasks);
    }
  }

  private static final class ByPath implements Comparator<Placed>, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public int compare(Placed one, Placed other) {
      return Placed.ORDER.compare(one, other);
    }
  }
}
