package dev.weighmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A master and a worker of Spark's standalone cluster, each a process of its own, on ports of the
 * loopback interface that are free. A job has one executor of two cores, unless it asks for others.
 */
final class StandaloneCluster implements AutoCloseable {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));
  private static final Path JAR = ROOT.resolve("jobs/target/weighmaster.jar");

  private static final String SHORT_RUN = String.join(" ", ShortRuns.JVM);

  private static final int SECONDS_TO_START = 60;
  private static final int SECONDS_TO_END = 10;
  private static final int MINUTES_TO_RUN = 3;

  private final Path folder;
  private final Path sparkHome;
  private final List<Process> processes = new ArrayList<>();
  private String master = "";

  private StandaloneCluster(Path folder) throws IOException {
    this.folder = folder;
    this.sparkHome = installSpark(folder.resolve("spark"));
  }

  /** Starts a cluster whose files are all below a folder. */
  static StandaloneCluster start(Path folder) throws Exception {
    StandaloneCluster cluster = new StandaloneCluster(folder);
    try {
      cluster.startMaster();
      cluster.startWorker();
      return cluster;
    } catch (Exception | Error e) {
      cluster.close();
      throw e;
    }
  }

  /** What a process that has ended has left. */
  record Ended(int exitCode, String out, String err) {}

  /** Runs the packaged jar on the cluster, as {@link #start} does, to its end. */
  Ended submit(List<String> settings, String... arguments) throws Exception {
    return start(settings, arguments).await();
  }

  /** A job that may still be running. */
  record Job(Process process, Path out, Path err) {
    Ended await() throws Exception {
      if (!process.waitFor(MINUTES_TO_RUN, TimeUnit.MINUTES)) {
        throw new AssertionError("the job did not end: " + Files.readString(err));
      }
      return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    }
  }

  /** The processes that run tasks now. */
  List<ProcessHandle> executors() {
    return processes.stream().flatMap(Process::children).toList();
  }

  /**
   * Starts the packaged jar on the cluster, through spark-submit's own class.
   *
   * @param settings of Spark, as in {@code name=value}
   */
  Job start(List<String> settings, String... arguments) throws Exception {
    List<String> command =
        java("org.apache.spark.deploy.SparkSubmit", "--master", master, "--deploy-mode", "client");
    Collections.addAll(command, "--driver-memory", "512m", "--executor-memory", "512m");
    Collections.addAll(command, "--conf", "spark.ui.enabled=false");
    // For a few files, but enough for each executor to have some.
    Collections.addAll(command, "--conf", "spark.sql.shuffle.partitions=2");
    Collections.addAll(command, "--conf", "spark.executor.extraJavaOptions=" + SHORT_RUN);
    for (String setting : settings) {
      Collections.addAll(command, "--conf", setting);
    }
    Collections.addAll(command, "--class", "dev.weighmaster.jobs.cli.Main", JAR.toString());
    Collections.addAll(command, arguments);
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Process process =
        launch(builder(command).redirectOutput(out.toFile()).redirectError(err.toFile()));
    return new Job(process, out, err);
  }

  @Override
  public void close() {
    // Workers end their executors when they are asked to end, and not when they are killed.
    Collections.reverse(processes);
    processes.forEach(Process::destroy);
    for (Process process : processes) {
      process.onExit().completeOnTimeout(process, SECONDS_TO_END, TimeUnit.SECONDS).join();
      if (process.isAlive()) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
      }
    }
    uninstallSpark();
  }

  /** A distribution of Spark is a folder of its jars. */
  private static Path installSpark(Path home) throws IOException {
    Path jars = Files.createDirectories(home.resolve("jars"));
    String classPath = Files.readString(ROOT.resolve("spark/target/spark.classpath"));
    for (String jar : classPath.split(File.pathSeparator, -1)) {
      Path target = Path.of(jar);
      Files.createSymbolicLink(jars.resolve(target.getFileName()), target);
    }
    return home;
  }

  /** JUnit warns of every link out of a folder that it removes. */
  private void uninstallSpark() {
    for (File jar : Objects.requireNonNull(sparkHome.resolve("jars").toFile().listFiles())) {
      assertThat(jar.delete()).isTrue();
    }
  }

  private void startMaster() throws Exception {
    List<String> command =
        java("org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", "0");
    Collections.addAll(command, "--webui-port", "0");
    Pattern ready = Pattern.compile("Starting Spark master at (spark://127\\.0\\.0\\.1:\\d+)");
    master = started(command, ready).get(SECONDS_TO_START, TimeUnit.SECONDS);
  }

  private void startWorker() throws Exception {
    List<String> command =
        java("org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--port", "0");
    Collections.addAll(command, "--webui-port", "0", "--cores", "2", "--memory", "1g");
    Collections.addAll(command, "--work-dir", folder.resolve("worker").toString(), master);
    Pattern ready = Pattern.compile("(Successfully registered with master)");
    started(command, ready).get(SECONDS_TO_START, TimeUnit.SECONDS);
  }

  private List<String> java(String mainClass, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + ROOT.resolve("bin/spark.jvm.options"));
    command.addAll(ShortRuns.JVM);
    Collections.addAll(command, "-Xmx512m", "-cp", sparkHome.resolve("jars") + "/*", mainClass);
    Collections.addAll(command, arguments);
    return command;
  }

  private ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("SPARK_"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SPARK_HOME", sparkHome.toString());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    return builder;
  }

  private Process launch(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  /** Starts a process that says so in its log once it is ready; gives the pattern's first group. */
  private CompletableFuture<String> started(List<String> command, Pattern ready)
      throws IOException {
    return ProcessOutput.firstMatch(launch(builder(command).redirectErrorStream(true)), ready);
  }
}
