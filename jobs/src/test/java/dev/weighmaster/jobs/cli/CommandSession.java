package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weighmaster.jobs.ShortRuns;
import dev.weighmaster.jobs.cli.Commands.Result;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs commands that open a Spark session of their own, one after the other in one JVM beside the
 * tests': there they would close the session that all tests share. What they give is the bytes of
 * the standard streams, with the lines that Spark and Hadoop log.
 */
final class CommandSession {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root", "."));

  private final Path folder;
  private final Path here;
  private final Map<String, List<String>> commands = new LinkedHashMap<>();
  private Process process;

  /**
   * Sets it up.
   *
   * @param folder for the streams, made by {@link #start}
   * @param here where the commands are run
   */
  CommandSession(Path folder, Path here) {
    this.folder = folder;
    this.here = here;
  }

  /** Adds a command line, by a name for what it gives. */
  void add(String name, Object... words) {
    List<String> line = new ArrayList<>();
    for (Object word : words) {
      line.add(word.toString());
    }
    commands.put(name, line);
  }

  /** Begins to run the commands. */
  void start() throws IOException {
    Files.createDirectories(folder);
    Files.write(folder.resolve("commands"), new JsonMapper().writeValueAsBytes(commands.values()));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + ROOT.resolve("bin/spark.jvm.options"));
    command.addAll(ShortRuns.OPTIONS);
    // As for the tests' own session.
    command.add("-Dspark.sql.codegen.factoryMode=NO_CODEGEN");
    command.add("-Dspark.sql.codegen.wholeStage=false");
    Collections.addAll(
        command,
        "-cp",
        System.getProperty("java.class.path"),
        CommandSession.class.getName(),
        folder.toString());
    process =
        new ProcessBuilder(command)
            .directory(here.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log().toFile())
            .start();
  }

  private Path log() {
    return folder.resolve("log");
  }

  /** Waits until all commands have come to their end; gives what each gave, by its name. */
  Map<String, Result> results() throws IOException, InterruptedException {
    boolean ended = process.waitFor(5, TimeUnit.MINUTES);
    assertThat(ended).as(Files.readString(log())).isTrue();
    assertThat(process.exitValue()).as(Files.readString(log())).isZero();
    Map<String, Result> results = new HashMap<>();
    for (String name : commands.keySet()) {
      int i = results.size();
      results.put(
          name,
          new Result(
              Integer.parseInt(Files.readString(folder.resolve(i + ".code"))),
              Files.readString(folder.resolve(i + ".out")),
              Files.readString(folder.resolve(i + ".err"))));
    }
    return results;
  }

  /** Ends the commands, wherever they are: nothing is written any more. */
  void end() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  /** Runs the commands of a folder. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    String[][] commands =
        new JsonMapper()
            .readValue(Files.readAllBytes(folder.resolve("commands")), String[][].class);
    for (int i = 0; i < commands.length; i++) {
      try (PrintStream out = stream(folder.resolve(i + ".out"));
          PrintStream err = stream(folder.resolve(i + ".err"))) {
        System.setOut(out);
        System.setErr(err);
        int exitCode = Main.commandLine().execute(commands[i]);
        Files.writeString(folder.resolve(i + ".code"), Integer.toString(exitCode));
      }
    }
    // Spark's threads must not keep a session open that nobody uses any more.
    System.exit(0);
  }

  private static PrintStream stream(Path file) throws IOException {
    return new PrintStream(Files.newOutputStream(file), true, UTF_8);
  }
}
