package dev.weighmaster.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import dev.weighmaster.audit.FileRow;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import dev.weighmaster.jobs.filelist.S3Inventories;
import dev.weighmaster.jobs.spark.SparkSessions;
import dev.weighmaster.jobs.table.RowCodec;
import dev.weighmaster.trust.PolicySource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.SparkSession;

/**
 * Prints what a night costs over hubs that hardly exist: an S3 Inventory report tells of all their
 * files, the table of an earlier run over them, and of the files only what has changed is there.
 *
 * <p>A hub has ten files a repository. Every other repository is a model of six safetensors shards;
 * the others hold six GGUF quantizations each. One file in 200 has changed since the earlier run,
 * lies in the hub's folder and is read. One quantization is signed and attested, so that chains are
 * joined. Each audit runs in a process of its own, with 4 GiB of heap and Spark on two cores.
 * Printed are the time of each phase, by the descriptions of Spark's jobs, then for each hub the
 * seconds from the start of the audit to its end, the CPU time of the process (with Spark's start),
 * the time a file and its ratio to the smallest hub's, and the most heap in use after a collection.
 *
 * <p>Arguments: an empty folder, and how many files each hub has.
 */
public final class PlanBenchmark {
  private static final LocalDate FIRST = LocalDate.parse("2026-11-21");
  private static final Instant MODIFIED = Instant.parse("2026-11-01T00:00:00Z");

  /** Files of a repository, which all come from one of the two models. */
  private static final int FILES = 10;

  private static final String SAFETENSORS = "models/safetensors";
  private static final String GGUF = "models/gguf";

  /** Of so many repositories one file has changed in one: of 200 files one. */
  private static final int REPOSITORIES_A_CHANGE = 20;

  private static final int REPOSITORIES_AN_ORGANISATION = 100;
  private static final int ROWS_OF_A_FILE = 200_000;

  /** One hub, in a folder of its own. */
  private final Path folder;

  private final int repositories;
  private final SmallHub small;

  private PlanBenchmark(Path folder, int repositories, SmallHub small) {
    this.folder = folder;
    this.repositories = repositories;
    this.small = small;
  }

  public static void main(String[] args) throws Exception {
    Map<Long, Night> nights = new LinkedHashMap<>();
    for (String size : Arrays.asList(args).subList(1, args.length)) {
      long files = Long.parseLong(size);
      Path folder = Files.createDirectories(Path.of(args[0]).toRealPath().resolve(size));
      Path manifest = prepared(folder, (int) (files / FILES));
      List<String> lines =
          BenchmarkProcess.run(
              Night.class,
              List.of("-Xmx4g", "-Dspark.master=local[2]"),
              List.of(folder.toString(), manifest.toString()));
      lines.forEach(System.out::println);
      nights.put(files, Night.parse(lines.get(lines.size() - 1)));
    }
    double smallest = nights.entrySet().iterator().next().getValue().microseconds();
    System.out.println(
        "    files  seconds  on cores  us a file  ratio  heap MiB  carried over    read");
    nights.forEach(
        (files, night) ->
            System.out.printf(
                Locale.ROOT,
                "%9d %8.1f %9.1f %10.1f %6.2f %9d %13d %7d%n",
                files,
                night.seconds,
                night.onCores,
                night.microseconds(),
                night.microseconds() / smallest,
                night.heap,
                night.carriedOver,
                night.read));
  }

  /** Makes a hub, the run of the night before, and the report of the day. */
  private static Path prepared(Path folder, int repositories) throws Exception {
    PlanBenchmark hub = new PlanBenchmark(folder, repositories, SmallHub.write(folder));
    hub.writeModels();
    try (SparkSession session =
        SparkSessions.open("weighmaster benchmark", Optional.of("local[2]"))) {
      hub.writeFirstRun(session);
    }
    return hub.writeReport();
  }

  private void writeModels() throws IOException {
    List<String> shards =
        IntStream.rangeClosed(1, 6).mapToObj("model-%05d-of-00006.safetensors"::formatted).toList();
    List<String> places = new ArrayList<>();
    for (String shard : shards) {
      String tensor = "layers." + places.size() + ".weight";
      places.add("\"%s\": \"%s\"".formatted(tensor, shard));
      byte[] weights =
          new SafetensorsWriter()
              .tensor(tensor, SafetensorsType.F32, List.of(4L, 8L), new byte[128])
              .toByteArray();
      small.write(SAFETENSORS + "/" + shard, weights);
    }
    String index = "{\"metadata\": {}, \"weight_map\": {" + String.join(", ", places) + "}}";
    small.write(SAFETENSORS + "/model.safetensors.index.json", index.getBytes(UTF_8));
    for (String type : List.of("Q2_K", "Q3_K_M", "Q4_0", "Q5_K_M", "Q6_K", "Q8_0")) {
      small.write(GGUF + "/model-" + type + ".gguf", SmallHub.quantization());
    }
    small.write(GGUF + "/tokenizer.json", "{}".getBytes(UTF_8));
    for (String model : List.of(SAFETENSORS, GGUF)) {
      small.write(model + "/README.md", "---\nbase_model: acme/base\n---\n".getBytes(UTF_8));
      small.write(model + "/config.json", "{}".getBytes(UTF_8));
      small.write(model + "/LICENSE", "None.".getBytes(UTF_8));
    }
  }

  /** Audits what is there, and puts the rows of all that is not beside the rows of that. */
  private void writeFirstRun(SparkSession session) throws Exception {
    RunRow run =
        new AuditJob(session, small.hub().toString(), table(folder))
            .policy(PolicySource.read(small.policy()))
            .date(FIRST)
            .execute()
            .run();
    String rows = table(folder) + "/files/audit_date=" + run.auditDate() + "/run_id=" + run.runId();
    List<FileRow> audited =
        session.read().schema(RowCodec.schema(FileRow.class)).parquet(rows).collectAsList().stream()
            .map(row -> RowCodec.record(row, FileRow.class))
            .toList();
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    Broadcast<List<FileRow>> safetensors = spark.broadcast(ofRepository(audited, SAFETENSORS));
    Broadcast<List<FileRow>> gguf = spark.broadcast(ofRepository(audited, GGUF));
    session
        .createDataFrame(
            spark
                .parallelize(
                    LongStream.range(0, repositories).boxed().toList(),
                    repositories * FILES / ROWS_OF_A_FILE + 1)
                .flatMap(
                    number ->
                        (number % 2 == 0 ? safetensors : gguf)
                            .value().stream().map(model -> of(model, number)).iterator())
                .map(RowCodec::row),
            RowCodec.schema(FileRow.class))
        .write()
        .mode("append")
        .parquet(rows);
  }

  private static List<FileRow> ofRepository(List<FileRow> rows, String repository) {
    List<FileRow> files = rows.stream().filter(row -> row.repository().equals(repository)).toList();
    if (files.size() != FILES) {
      throw new IllegalStateException(repository + " has " + files.size() + " files");
    }
    // Kryo knows no other list.
    return new ArrayList<>(files);
  }

  /** The row of a file of the model as if it lay in another repository, with other bytes. */
  private static FileRow of(FileRow model, long number) {
    String path = path(model.path(), number);
    return new FileRow(
        model.runId(),
        model.auditDate(),
        repository(number),
        model.revision(),
        path,
        model.size(),
        model.kind(),
        Optional.of(etag(path)),
        MODIFIED,
        model.declaredSha256(),
        Optional.of(Sha256Hex.of(path.getBytes(UTF_8))),
        model.digestedBy(),
        model.digestedAt(),
        model.earlierSha256(),
        model.earlierDigestedBy(),
        model.earlierDigestedAt(),
        model.readMethod(),
        model.bytesRead(),
        model.readMillis(),
        model.retries(),
        model.error(),
        model.findings());
  }

  private static String repository(long number) {
    return "org-%05d/model-%07d".formatted(number / REPOSITORIES_AN_ORGANISATION, number);
  }

  private static String path(String modelPath, long number) {
    return repository(number) + modelPath.substring(modelPath.lastIndexOf('/'));
  }

  private static String etag(String path) {
    return "%08x-1".formatted(path.hashCode());
  }

  private Path writeReport() throws IOException {
    try (Storage storage = new LocalStorage(small.hub())) {
      List<Entry> there = entriesBelow(storage, "");
      Map<Boolean, List<Entry>> models =
          Map.of(
              true, storage.list(SAFETENSORS),
              false, storage.list(GGUF));
      Iterator<Entry> others =
          LongStream.range(0, repositories)
              .boxed()
              .flatMap(number -> entries(storage, models.get(number % 2 == 0), number))
              .iterator();
      return S3Inventories.csv(
          folder.resolve("report"),
          "hub",
          Stream.concat(there.stream(), Stream.generate(others::next).limit(files())).iterator(),
          ROWS_OF_A_FILE);
    }
  }

  private long files() {
    return (long) repositories * FILES;
  }

  private static List<Entry> entriesBelow(Storage storage, String directory) throws IOException {
    List<Entry> files = new ArrayList<>();
    for (Entry entry : storage.list(directory)) {
      if (entry.type() == Storage.Type.DIRECTORY) {
        files.addAll(entriesBelow(storage, entry.path()));
      } else {
        files.add(entry);
      }
    }
    return files;
  }

  private Stream<Entry> entries(Storage storage, List<Entry> model, long number) {
    return IntStream.range(0, FILES)
        .mapToObj(
            place ->
                hasChanged(number, place)
                    ? changed(storage, model.get(place), number)
                    : unchanged(model.get(place), number));
  }

  /** By turns in a repository of either model, and by turns each of its files. */
  private static boolean hasChanged(long number, int place) {
    long change = number / REPOSITORIES_A_CHANGE;
    return number % REPOSITORIES_A_CHANGE == change % 2 && place == change / 2 % FILES;
  }

  private static Entry unchanged(Entry model, long number) {
    String path = path(model.path(), number);
    return new Entry(
        path, Storage.Type.FILE, model.size(), MODIFIED, Optional.of(etag(path)), Optional.empty());
  }

  private Entry changed(Storage storage, Entry model, long number) {
    try {
      Path file = small.hub().resolve(path(model.path(), number));
      Files.createDirectories(file.getParent());
      Files.copy(small.hub().resolve(model.path()), file, StandardCopyOption.REPLACE_EXISTING);
      return storage.stat(path(model.path(), number));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String table(Path folder) {
    return folder.resolve("table").toString();
  }

  /**
   * One night, in a process of its own, and what it has come to.
   *
   * @param onCores seconds that the process has taken of all cores, Spark's start included
   */
  record Night(double seconds, double onCores, long files, long heap, long carriedOver, long read) {

    double microseconds() {
      return seconds * 1e6 / files;
    }

    static Night parse(String line) {
      String[] fields = line.split(" ", -1);
      return new Night(
          Double.parseDouble(fields[0]),
          Double.parseDouble(fields[1]),
          Long.parseLong(fields[2]),
          Long.parseLong(fields[3]),
          Long.parseLong(fields[4]),
          Long.parseLong(fields[5]));
    }

    /** Arguments: the hub's folder, and the report's manifest. */
    public static void main(String[] args) throws Exception {
      Path folder = Path.of(args[0]);
      PeakMemory memory = new PeakMemory();
      Phases phases = new Phases();
      try (SparkSession session = SparkSessions.open("weighmaster benchmark", Optional.empty())) {
        session.sparkContext().addSparkListener(phases);
        long start = System.nanoTime();
        RunRow run =
            new AuditJob(session, folder.resolve("hub").toString(), table(folder))
                .policy(PolicySource.read(folder.resolve("policy.yaml")))
                .inventory(args[1])
                .date(FIRST.plusDays(1))
                .execute()
                .run();
        double seconds = (System.nanoTime() - start) / 1e9;
        check(run);
        System.out.printf(
            Locale.ROOT,
            "%d files, %d repositories, %d quantizations, of them %d verified; heap %d MiB after a"
                + " collection, %d MiB before, resident %d MiB%n",
            run.files(),
            run.repositories(),
            run.quantizations(),
            run.verified(),
            memory.heapAfterCollection(),
            memory.heap(),
            PeakMemory.resident());
        phases.print(seconds);
        System.out.printf(
            Locale.ROOT,
            "%.3f %.3f %d %d %d %d%n",
            seconds,
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime()
                / 1e9,
            run.files(),
            memory.heapAfterCollection(),
            run.filesCarriedOver(),
            run.filesRead());
      }
    }

    private static void check(RunRow run) {
      if (run.filesFailed() > 0 || run.earlierRun().isEmpty() || !run.scope().equals("changed")) {
        throw new IllegalStateException("that was no night: " + run);
      }
    }
  }

  /** How long Spark's jobs take by what they are described as. */
  private static final class Phases extends SparkListener {
    private final Map<String, Long> millis = new LinkedHashMap<>();
    private final Map<Integer, SparkListenerJobStart> started = new ConcurrentHashMap<>();

    @Override
    public void onJobStart(SparkListenerJobStart job) {
      started.put(job.jobId(), job);
    }

    @Override
    public synchronized void onJobEnd(SparkListenerJobEnd job) {
      SparkListenerJobStart start = started.remove(job.jobId());
      String work = start.properties().getProperty("spark.job.description", "before");
      millis.merge(work.replaceAll(":.*", ""), job.time() - start.time(), Long::sum);
    }

    synchronized void print(double seconds) {
      millis.forEach(
          (work, taken) -> System.out.printf(Locale.ROOT, "  %-12s %8.1f s%n", work, taken / 1e3));
      double jobs = millis.values().stream().mapToLong(Long::longValue).sum() / 1e3;
      System.out.printf(Locale.ROOT, "  %-12s %8.1f s%n", "no job", seconds - jobs);
    }
  }
}
