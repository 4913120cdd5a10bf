package dev.weighmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.audit.RunRow;
import dev.weighmaster.hub.HubIdentity;
import dev.weighmaster.jobs.FaultProxy.Faults;
import dev.weighmaster.jobs.StandaloneCluster.Ended;
import dev.weighmaster.jobs.StandaloneCluster.Job;
import dev.weighmaster.jobs.stage.DigestJournal;
import dev.weighmaster.jobs.table.RowCodec;
import dev.weighmaster.jobs.table.TableRows;
import dev.weighmaster.trust.PolicySource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are killed in the middle of the digests of a hub in object storage. */
@Tag("packaged")
class KilledTest {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));
  private static final String DATE = "2026-11-22";
  private static final String HUB = "s3a://hub/";
  private static final int MINUTES_TO_RUN = 3;
  private static final int LARGE = 9 << 20;

  /** The read of this one is not answered: the audit stops there, wherever that is. */
  private static final String HELD = "held/one/model.bin";

  @TempDir private Path folder;
  private SmallHub small;
  private S3Server server;
  private FaultProxy proxy;
  private String inFolder;

  @BeforeEach
  void putAHubIntoABucket() throws Exception {
    small = SmallHub.write(folder);
    byte[] weights = new byte[LARGE];
    for (int i = 0; i < 6; i++) {
      new Random(i).nextBytes(weights);
      small.write("large/number-" + i + "/model.bin", weights);
    }
    small.write(HELD, weights);
    inFolder = folder.resolve("in-folder").toString();
    new AuditJob(TestSpark.session(), small.hub().toString(), inFolder)
        .policy(PolicySource.read(small.policy()))
        .date(LocalDate.parse(DATE))
        .execute();
    server = S3Server.start(folder);
    server.publish(small.hub(), "hub");
    server.age("hub", Duration.ofHours(1));
    proxy = FaultProxy.start(server.port(), Faults.NONE);
  }

  @AfterEach
  void stopServers() throws IOException {
    proxy.close();
    server.close();
  }

  @Test
  void aRepeatedAuditReadsOnlyWhatTheKilledDriverHadNotFinished() throws Exception {
    Path table = folder.resolve("table");
    CompletableFuture<Void> reached = proxy.hold(HELD);
    Process killed = start(table);
    try {
      await(reached, killed, folder.resolve("err"));
      awaitJournal(killed, table, "large/");
    } finally {
      killed.destroyForcibly().waitFor();
    }
    assertThat(table.resolve("runs")).doesNotExist();
    proxy.release();
    proxy.reset();

    Process repeated = start(table);

    assertThat(repeated.waitFor(MINUTES_TO_RUN, TimeUnit.MINUTES)).isTrue();
    assertThat(repeated.exitValue()).as(Files.readString(folder.resolve("err"))).isZero();
    assertThat(proxy.log()).noneMatch(request -> request.contains("GET /hub/large/"));
    assertThat(proxy.log()).anyMatch(request -> request.contains("GET /hub/" + HELD));
    assertThat(TableRows.ofResumed(table.toString())).isEqualTo(TableRows.ofResumed(inFolder));
    RunRow run = onlyRun(table);
    assertThat(run.filesCarriedOver()).isGreaterThanOrEqualTo(6);
    assertThat(run.weightsBytesRead()).isBetween((long) LARGE, 2L * LARGE - 1);
  }

  @Test
  void anExecutorThatIsKilledCostsNoRow() throws Exception {
    Path table = folder.resolve("table");
    CompletableFuture<Void> reached = proxy.hold(HELD);
    try (StandaloneCluster cluster = StandaloneCluster.start(folder)) {
      Job job = cluster.start(sparkSettings(""), arguments(table));
      await(reached, job.process(), job.err());
      List<ProcessHandle> executors = cluster.executors();
      assertThat(executors).hasSize(1);
      executors.forEach(ProcessHandle::destroyForcibly);
      for (ProcessHandle executor : executors) {
        executor.onExit().get(1, TimeUnit.MINUTES);
      }
      proxy.release();

      Ended ended = job.await();

      assertThat(ended.exitCode()).as(ended.err()).isZero();
    }
    assertThat(TableRows.ofResumed(table.toString())).isEqualTo(TableRows.ofResumed(inFolder));
    assertThat(onlyRun(table).retries()).isPositive();
  }

  /** Until an audit has come as far as the held read. */
  private static void await(CompletableFuture<Void> reached, Process audit, Path err)
      throws Exception {
    CompletableFuture<Object> either = CompletableFuture.anyOf(reached, audit.onExit());
    either.completeOnTimeout("", MINUTES_TO_RUN, TimeUnit.MINUTES).join();
    assertThat(reached).as(() -> read(err)).isDone();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private RunRow onlyRun(Path table) {
    List<Row> runs =
        TestSpark.session()
            .read()
            .option("recursiveFileLookup", true)
            .parquet(table.resolve("runs").toString())
            .collectAsList();
    assertThat(runs).hasSize(1);
    return RowCodec.record(runs.get(0), RunRow.class);
  }

  private String[] arguments(Path table) {
    return new String[] {
      "audit", "--hub=" + HUB, "--table=" + table, "--policy=" + small.policy(), "--date=" + DATE
    };
  }

  private List<String> sparkSettings(String prefix) {
    return S3Server.sparkOptions(proxy.port(), prefix);
  }

  /** The packaged command with Spark in its own process, on two cores. */
  private Process start(Path table) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + ROOT.resolve("bin/spark.jvm.options"));
    command.addAll(ShortRuns.JVM);
    // Unlike in ShortRuns, there are tasks beside the one that is held.
    command.add("-Dspark.sql.shuffle.partitions=1");
    command.add("-Dspark.master=local[2]");
    command.addAll(sparkSettings("-D"));
    Collections.addAll(
        command,
        "-cp",
        ROOT.resolve("jobs/target/weighmaster.jar")
            + ":"
            + Files.readString(ROOT.resolve("spark/target/spark.classpath")),
        "dev.weighmaster.jobs.cli.Main");
    Collections.addAll(command, arguments(table));
    return new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectOutput(folder.resolve("out").toFile())
        .redirectError(folder.resolve("err").toFile())
        .start();
  }

  /** Until all files below a part of the hub are written down as read. */
  private void awaitJournal(Process audit, Path table, String part) throws Exception {
    DigestJournal journal =
        new DigestJournal(
            table.resolve("_unfinished").toUri().toString(), HubIdentity.of(HUB), "test");
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(TestSpark.session().sparkContext());
    long wanted;
    try (Stream<Path> files = Files.walk(small.hub().resolve(part))) {
      wanted = files.filter(Files::isRegularFile).count();
    }
    long written = 0;
    while (written < wanted) {
      // Its two cores are for the audit.
      assertThat(audit.waitFor(100, TimeUnit.MILLISECONDS)).as("ended").isFalse();
      written =
          journal.knownFiles(spark, Instant.EPOCH, Optional.empty()).collect().stream()
              .filter(known -> known._2().path().startsWith(part))
              .count();
    }
  }
}
