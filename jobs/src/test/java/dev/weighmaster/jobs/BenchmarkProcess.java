package dev.weighmaster.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A class of the benchmarks in a JVM of its own, so that one measures nothing of another's. */
final class BenchmarkProcess {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));

  private BenchmarkProcess() {}

  /**
   * Runs a class to its end, on as many cores as Spark is told to use.
   *
   * @param options of the JVM, beside those that Spark asks for
   * @return the lines that it prints
   * @throws IOException if it fails
   */
  static List<String> run(Class<?> main, List<String> options, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + ROOT.resolve("bin/spark.jvm.options"));
    command.add("-Dweighmaster.root=" + ROOT);
    command.addAll(options);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader out = process.inputReader(UTF_8)) {
      List<String> lines = out.lines().toList();
      if (process.waitFor() != 0) {
        throw new IOException(main.getName() + " has failed");
      }
      return lines;
    } finally {
      process.destroyForcibly();
    }
  }
}
