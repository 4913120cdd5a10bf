package dev.weighmaster.jobs.table;

import dev.weighmaster.audit.AttestationRow;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.FileRow;
import dev.weighmaster.audit.PublishedRun;
import dev.weighmaster.audit.Run;
import dev.weighmaster.audit.RunFile;
import dev.weighmaster.audit.RunHistory;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.json.JsonFields;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
import java.util.UUID;
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
 * <p>A run is written beside the table first, looked at, and then moved into it with one rename a
 * data set, {@code runs} last: a run whose row is not in {@code runs} is not there. An object store
 * renames by copying; what has arrived is compared with what was written before the row appears.
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

  private static final String SIGNATURES = "_signatures";
  private static final String SIGNATURE = ".sig";

  /** What a bundle can have at most; each of a run's files takes a few hundred. */
  private static final int MAX_SIGNATURE_BYTES = JsonFields.MAX_BYTES;

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
   * Looks whether a folder of this machine is one, or can be made.
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
  private static IOException unusable(String table, String done, Exception cause) {
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
      for (FileStatus status : fileSystem.listStatus(run(dataSet, date, runId))) {
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
    return run(name, date, runId).toString();
  }

  private Path run(String name, LocalDate date, String runId) {
    return new Path(new Path(new Path(root, name), "audit_date=" + date), "run_id=" + runId);
  }

  /** Where a run's signature lies, relative to the table. */
  public static String signatureName(String runId) {
    return SIGNATURES + "/" + runId + SIGNATURE;
  }

  /**
   * The signature of a run: an OMS bundle over its Parquet files, whose paths are relative to the
   * table.
   *
   * @return empty where nobody has signed it
   * @throws IOException if it can't be read, or is larger than any
   */
  Optional<byte[]> signature(String runId) throws IOException {
    Path file = new Path(root, signatureName(runId));
    try (InputStream bundle = fileSystem.open(file)) {
      byte[] bytes = bundle.readNBytes(MAX_SIGNATURE_BYTES + 1);
      if (bytes.length > MAX_SIGNATURE_BYTES) {
        throw new IOException(file + " is larger than any signature");
      }
      return Optional.of(bytes);
    } catch (FileNotFoundException e) {
      return Optional.empty();
    }
  }

  /**
   * Puts the signature of a run where {@link #signature} finds it, in the place of an older one.
   */
  public void writeSignature(String runId, byte[] bundle) throws IOException {
    Path file = new Path(root, signatureName(runId));
    Path unfinished = new Path(file.getParent(), "_" + UUID.randomUUID());
    try {
      try (OutputStream out = fileSystem.create(unfinished, false)) {
        out.write(bundle);
      }
      // Where a rename does not replace, a reader may find the run not signed for a moment.
      fileSystem.delete(file, false);
      if (!fileSystem.rename(unfinished, file)) {
        throw new IOException("can't move the signature to " + file);
      }
    } catch (IOException | RuntimeException e) {
      throw unusable(name, "written", e);
    } finally {
      fileSystem.delete(unfinished, false);
    }
  }

  /** The signatures that are there: how many bytes each has, by its run. */
  Map<String, Long> signatures() throws IOException {
    Map<String, Long> bytes = new HashMap<>();
    Path folder = new Path(root, SIGNATURES);
    if (fileSystem.exists(folder)) {
      for (FileStatus status : fileSystem.listStatus(folder)) {
        String file = status.getPath().getName();
        if (status.isFile() && !file.startsWith("_") && file.endsWith(SIGNATURE)) {
          bytes.put(file.substring(0, file.length() - SIGNATURE.length()), status.getLen());
        }
      }
    }
    return bytes;
  }

  /** Removes the signature of a run, if it has one. */
  void removeSignature(String runId) throws IOException {
    fileSystem.delete(new Path(root, signatureName(runId)), false);
  }

  /** Where a run may keep what it needs until it is over. */
  public String scratch(Run run) {
    return new Path(new Path(new Path(root, STAGING), run.id()), "scratch").toString();
  }

  /** Where runs write down what they have read until they are published. */
  public String unfinished() {
    return new Path(root, UNFINISHED).toString();
  }

  /** Where a data set of a run is written to, so that no reader sees it yet. */
  Path staged(Run run, String name) {
    return new Path(new Path(new Path(root, STAGING), run.id()), name);
  }

  private Path target(Run run, String name) {
    return run(name, run.date(), run.id());
  }

  /** Reads Parquet files, whose paths are relative to the table. */
  @FunctionalInterface
  interface PartReader {
    List<PartFile> read(List<String> paths);
  }

  /**
   * Reads back what was staged.
   *
   * @param rows how many each data set must have
   * @return each Parquet file, as it will lie in the table, by its path
   * @throws IOException if one can't be read, or rows are missing or too many
   */
  List<RunFile> inspect(Run run, Map<String, Long> rows, PartReader reader) throws IOException {
    Map<String, String> dataSets = new HashMap<>();
    for (String name : rows.keySet()) {
      for (FileStatus status : fileSystem.listStatus(staged(run, name))) {
        if (!TableListing.isHidden(status.getPath().getName())) {
          dataSets.put(TableListing.relative(root, status.getPath()), name);
        }
      }
    }
    List<RunFile> files = new ArrayList<>();
    for (PartFile part : reader.read(List.copyOf(dataSets.keySet()))) {
      if (part.problem().isPresent()) {
        throw new IOException(
            part.path()
                + " of the audit table "
                + root
                + " can't be read back: "
                + part.problem().get()
                + "; nothing was published");
      }
      String name = dataSets.get(part.path());
      files.add(
          new RunFile(
              name,
              TableListing.relative(
                  root, new Path(target(run, name), new Path(part.path()).getName())),
              part.rows().orElseThrow(),
              part.bytes(),
              part.sha256().orElseThrow()));
    }
    files.sort(Comparator.comparing(RunFile::path));
    mustHave(rows, files);
    return files;
  }

  private void mustHave(Map<String, Long> rows, List<RunFile> files) throws IOException {
    for (Map.Entry<String, Long> expected : rows.entrySet()) {
      long written =
          files.stream()
              .filter(file -> file.dataSet().equals(expected.getKey()))
              .mapToLong(RunFile::rows)
              .sum();
      if (written != expected.getValue()) {
        throw new IOException(
            "the run has "
                + expected.getValue()
                + " rows for "
                + expected.getKey()
                + ", and "
                + written
                + " arrived in the audit table "
                + root
                + "; nothing was published, run the audit again");
      }
    }
  }

  /**
   * Makes a run visible, once all of it is staged.
   *
   * @param contents what reading it back has found
   * @throws TableInUseException if the lock was lost
   * @throws IOException if the run can't be moved; then nothing of it is visible
   */
  public void publish(Run run, List<RunFile> contents, TableLock lock) throws IOException {
    try {
      for (String name : DATA_SETS) {
        if (name.equals(RUNS)) {
          lock.confirm();
        }
        move(run, name);
        if (!name.equals(RUNS)) {
          mustHaveArrived(run, name, contents);
        }
      }
    } catch (IOException | RuntimeException e) {
      withdraw(run, e);
      throw e;
    }
  }

  private void move(Run run, String name) throws IOException {
    Path target = target(run, name);
    fileSystem.mkdirs(target.getParent());
    if (!fileSystem.rename(staged(run, name), target)) {
      throw new IOException("can't move the run's " + name + " to " + target);
    }
  }

  private void mustHaveArrived(Run run, String name, List<RunFile> contents) throws IOException {
    Map<String, Long> arrived = new HashMap<>();
    for (FileStatus status : fileSystem.listStatus(target(run, name))) {
      arrived.put(TableListing.relative(root, status.getPath()), status.getLen());
    }
    for (RunFile file : contents) {
      if (file.dataSet().equals(name)
          && !Long.valueOf(file.bytes()).equals(arrived.get(file.path()))) {
        throw new IOException(
            file.path()
                + " has not arrived whole in the audit table "
                + root
                + "; nothing was published, run the audit again");
      }
    }
  }

  /** Takes back what was moved, the run's own row before what it stands for. */
  private void withdraw(Run run, Exception cause) {
    for (int i = DATA_SETS.size() - 1; i >= 0; i--) {
      try {
        fileSystem.delete(target(run, DATA_SETS.get(i)), true);
      } catch (IOException | RuntimeException e) {
        cause.addSuppressed(e);
        return;
      }
    }
  }

  /** Removes what a run has staged and not published; where that fails, the next run will. */
  public void discard(Run run) {
    try {
      fileSystem.delete(new Path(new Path(root, STAGING), run.id()), true);
    } catch (IOException | RuntimeException e) {
      LOG.warn("what run {} has staged in the audit table {} is left there", run.id(), root, e);
    }
  }

  @Override
  public String toString() {
    return root.toString();
  }
}
