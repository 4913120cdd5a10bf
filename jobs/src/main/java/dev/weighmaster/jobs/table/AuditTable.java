package dev.weighmaster.jobs.table;

import dev.weighmaster.audit.AttestationRow;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.FileRow;
import dev.weighmaster.audit.PublishedRun;
import dev.weighmaster.audit.Run;
import dev.weighmaster.audit.RunHistory;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.io.StorageFailure;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit table in its folder: one Parquet data set a name, partitioned by {@code audit_date},
 * then {@code run_id}.
 *
 * <p>A run is visible once its row is in {@code runs}, which comes last: see {@link StagedRun}.
 */
public final class AuditTable {
  public static final String AUDIT = "audit";
  public static final String FILES = "files";
  public static final String ATTESTATIONS = "attestations";
  public static final String RUNS = "runs";

  /** In the order in which a run's data sets appear. */
  public static final List<String> DATA_SETS = List.of(FILES, ATTESTATIONS, AUDIT, RUNS);

  /** Engines that read Parquet folders pass over what begins with an underscore. */
  private static final String STAGING = "_staging";

  private static final String UNFINISHED = "_unfinished";

  private static final Logger LOG = LoggerFactory.getLogger(AuditTable.class);

  private final String name;
  private final Path root;
  private final FileSystem fileSystem;

  private AuditTable(String name, Path root, FileSystem fileSystem) {
    this.name = name;
    this.root = root;
    this.fileSystem = fileSystem;
  }

  /**
   * The table at a URI, or at a path of the local file system, whether it is there or not.
   *
   * @throws IOException if its file system can't be opened
   */
  public static AuditTable at(String uri, Configuration configuration) throws IOException {
    try {
      Path path = new Path(uri);
      FileSystem fileSystem = path.getFileSystem(configuration);
      return new AuditTable(uri, fileSystem.makeQualified(path), fileSystem);
    } catch (IOException | RuntimeException e) {
      throw unusable(uri, "opened", e);
    }
  }

  /**
   * The table at a URI, which must be one.
   *
   * @throws IOException if there is none, with a message for the person who named it
   */
  public static AuditTable existing(String uri, Configuration configuration) throws IOException {
    AuditTable table = at(uri, configuration);
    table.mustExist(uri);
    return table;
  }

  private void mustExist(String uri) throws IOException {
    if (!fileSystem.exists(new Path(root, RUNS))) {
      throw new IOException(
          "no audit table at %s: it has no folder 'runs'; 'weighmaster audit --table %s' makes one"
              .formatted(uri, uri));
    }
  }

  /**
   * Checks that the table's folder exists or can be made, if it is local.
   *
   * @throws IOException if something else is in its place
   */
  public void checkFolder() throws IOException {
    java.nio.file.Path there = localFolder().orElse(null);
    while (there != null && !Files.exists(there)) {
      there = there.getParent();
    }
    if (there != null && !Files.isDirectory(there)) {
      throw unusable(name, "written", new IOException(there + " is not a folder"));
    }
  }

  // Hadoop's exceptions are unchecked where a file system's classes or settings are missing.
  static IOException unusable(String table, String done, Exception cause) {
    return new IOException(
        "the audit table "
            + table
            + " can't be "
            + done
            + ": "
            + StorageFailure.reason(cause)
            + "; --table takes a folder that is writable, or can be made",
        cause);
  }

  /** What a row of a data set is, as this version writes it. */
  static Class<? extends Record> rowType(String dataSet) {
    return switch (dataSet) {
      case AUDIT -> AuditRow.class;
      case FILES -> FileRow.class;
      case ATTESTATIONS -> AttestationRow.class;
      case RUNS -> RunRow.class;
      default -> throw new IllegalArgumentException("no data set " + dataSet);
    };
  }

  /**
   * Takes the table for writing, and makes its folder where it is missing. Everything below that
   * writes is for the holder of the lock.
   *
   * @param work what will be done, for the message that another one gets meanwhile
   * @throws TableInUseException if somebody else is writing to it
   * @throws IOException if it can't be written, with a message for the person who named the table
   */
  public TableLock lock(String work) throws IOException {
    try {
      return TableLock.acquire(fileSystem, root, work, TableLock.HEARTBEAT);
    } catch (TableInUseException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw unusable(name, "written", e);
    }
  }

  Path root() {
    return root;
  }

  Configuration configuration() {
    return fileSystem.getConf();
  }

  /** The URI or path that the table was opened by. */
  public String name() {
    return name;
  }

  /** What lies in the table's folders; all is there of a run that has its row in {@code runs}. */
  TableListing list() throws IOException {
    return TableListing.of(fileSystem, root, List.of(RUNS, FILES, ATTESTATIONS, AUDIT));
  }

  /** The runs whose row is in {@code runs} now. */
  TableListing listRuns() throws IOException {
    return TableListing.of(fileSystem, root, List.of(RUNS));
  }

  /** The ids of the runs that are visible now. */
  public Set<String> visibleRuns() throws IOException {
    return listRuns().published();
  }

  /**
   * Of these runs, the newest first, the ids of those that are still visible. Whatever was listed
   * of such a run after its history was read was whole: a run is published with its row in {@code
   * runs} last, and removed with that first.
   */
  public List<String> stillVisible(RunHistory history) throws IOException {
    Set<String> stillThere = visibleRuns();
    return history.newestFirst().stream()
        .map(PublishedRun::id)
        .filter(stillThere::contains)
        .toList();
  }

  /** What readers see now. A data set that has no folder is not among the files. */
  public VisibleRuns visible() throws IOException {
    TableListing listing = list();
    List<String> newestFirst = stillVisible(history(listing));
    Map<String, Map<String, List<String>>> files = new HashMap<>();
    for (String dataSet : DATA_SETS) {
      if (fileSystem.exists(new Path(root, dataSet))) {
        files.put(dataSet, VisibleRuns.byRun(newestFirst));
      }
    }
    for (TableListing.Folder folder : listing.folders()) {
      List<String> parts = files.getOrDefault(folder.dataSet(), Map.of()).get(folder.run());
      if (parts != null) {
        folder.parts().stream()
            .map(part -> new Path(root, part.path()).toUri().getPath())
            .forEach(parts::add);
      }
    }
    return new VisibleRuns(newestFirst, files);
  }

  /**
   * The table's folder on this machine.
   *
   * @return empty where it lies in other storage
   */
  public Optional<java.nio.file.Path> localFolder() {
    return Optional.of(root.toUri())
        .filter(uri -> "file".equals(uri.getScheme()))
        .map(uri -> java.nio.file.Path.of(uri.getPath()));
  }

  /** What of a row in {@code runs} it takes to choose among them. */
  private record Choice(
      String runId, LocalDate auditDate, String hub, Instant startedAt, Instant finishedAt) {
    PublishedRun run() {
      return new PublishedRun(runId, auditDate, hub, startedAt, finishedAt);
    }
  }

  /** The runs that are visible now. */
  public RunHistory history() throws IOException {
    return history(listRuns());
  }

  /** The runs that are listed. */
  RunHistory history(TableListing listing) throws IOException {
    return RunHistory.of(runs(listing, Choice.class).stream().map(Choice::run).toList());
  }

  /** The rows in {@code runs} of the runs that are listed, as records of some of its columns. */
  <T extends Record> List<T> runs(TableListing listing, Class<T> columns) throws IOException {
    List<String> files =
        listing.folders().stream()
            .filter(folder -> folder.dataSet().equals(RUNS))
            .flatMap(folder -> folder.parts().stream())
            .map(TableListing.File::path)
            .toList();
    List<T> runs = new ArrayList<>();
    try (RowStream<T> rows = rows(files, columns)) {
      for (Optional<T> row = rows.next(); row.isPresent(); row = rows.next()) {
        runs.add(row.get());
      }
    }
    return runs;
  }

  /**
   * The rows of some files.
   *
   * @param files relative to the table
   */
  <T extends Record> RowStream<T> rows(List<String> files, Class<T> columns) {
    return RowStream.of(
        fileSystem.getConf(), files.stream().map(file -> new Path(root, file)).toList(), columns);
  }

  /**
   * The rows of a data set of one run, which must be in an order.
   *
   * @throws IOException if the run has no such folder
   */
  <T extends Record> RowStream<T> rows(
      String dataSet, LocalDate date, String runId, Class<T> columns, Comparator<T> order)
      throws IOException {
    List<Path> files = new ArrayList<>();
    try {
      for (FileStatus status : fileSystem.listStatus(run(root, dataSet, date, runId))) {
        if (status.isFile() && !TableListing.isHidden(status.getPath().getName())) {
          files.add(status.getPath());
        }
      }
    } catch (FileNotFoundException e) {
      throw new IOException(
          "the run %s has no %s in the audit table %s; 'weighmaster table verify' says what is missing"
              .formatted(runId, dataSet, root),
          e);
    }
    files.sort(Comparator.comparing(Path::getName));
    return RowStream.sorted(fileSystem.getConf(), files, columns, order);
  }

  /**
   * Removes what a run that was broken off has left: nobody sees it. Each run and each pruning does
   * so first, so there is one at most; where there are more, {@code runs} has been tampered with or
   * lost, and nothing is removed.
   */
  public void sweep() throws IOException {
    List<TableListing.Folder> orphans = list().orphans();
    long runs = orphans.stream().map(TableListing.Folder::run).distinct().count();
    if (runs > 1) {
      LOG.warn(
          "the audit table {} holds {} runs that have no row in runs; 'weighmaster table verify'"
              + " names them, 'weighmaster table prune' removes them",
          root,
          runs);
    } else {
      for (TableListing.Folder orphan : orphans) {
        remove(orphan);
      }
    }
    removeStaging();
  }

  /** Removes all that is staged, and says how many bytes that were. */
  long removeStaging() throws IOException {
    long bytes = stagedBytes();
    fileSystem.delete(new Path(root, STAGING), true);
    return bytes;
  }

  /** How much is staged. */
  long stagedBytes() throws IOException {
    Path staging = new Path(root, STAGING);
    return fileSystem.exists(staging) ? fileSystem.getContentSummary(staging).getLength() : 0;
  }

  /** Removes one data set of one run, and the folder of its date if nothing else is in it. */
  void remove(TableListing.Folder folder) throws IOException {
    Path path = new Path(root, folder.path());
    if (!fileSystem.delete(path, true) && fileSystem.exists(path)) {
      throw new IOException("can't remove " + path);
    }
    if (fileSystem.listStatus(path.getParent()).length == 0) {
      fileSystem.delete(path.getParent(), false);
    }
  }

  /** Where a data set of one run is. */
  String folder(String name, LocalDate date, String runId) {
    return run(root, name, date, runId).toString();
  }

  /** Where a data set of one run is in the table of this folder. */
  static Path run(Path root, String name, LocalDate date, String runId) {
    return new Path(new Path(new Path(root, name), "audit_date=" + date), "run_id=" + runId);
  }

  /** Where runs write down what they have read until they are published. */
  public String unfinished() {
    return new Path(root, UNFINISHED).toString();
  }

  /** What a run has written and not published. */
  public StagedRun staged(Run run) {
    return new StagedRun(fileSystem, root, new Path(new Path(root, STAGING), run.id()), run);
  }

  /** The signatures of the runs. */
  public SignatureFiles signatures() {
    return new SignatureFiles(name, fileSystem, root);
  }

  @Override
  public String toString() {
    return root.toString();
  }
}
