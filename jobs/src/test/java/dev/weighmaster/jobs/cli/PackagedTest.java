package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The jar and the launch script, as the build leaves them; runs after the jar is made. */
@Tag("packaged")
class PackagedTest {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));

  /** Packages that are ours, or that no cluster has. */
  private static final Pattern OWN_OR_ALONE =
      Pattern.compile(
          "(dev/(weighmaster|sigstore)|io/(grpc/netty/shaded|intoto)|me/tongfei|org/(erdtman|jline)"
              + "|picocli)/");

  @TempDir private Path elsewhere;

  @Test
  void theScriptRunsThroughALinkFromAnyDirectory() throws Exception {
    Path link = Files.createSymbolicLink(elsewhere.resolve("w m"), ROOT.resolve("bin/weighmaster"));

    Result result = run(link.toString(), "--version");
    Files.delete(link);

    assertThat(result.err()).isEmpty();
    assertThat(result.out()).matches("weighmaster \\d+\\.\\d+.*\\n");
    assertThat(result.exitCode()).isZero();
  }

  @Test
  void anEmbeddedRunSaysNothingButItsMessageAndLeavesNothingBehind() throws Exception {
    Result result =
        run(ROOT.resolve("bin/weighmaster").toString(), "sql", "--table", "nowhere", "SELECT 1");

    assertThat(result.err()).startsWith("weighmaster: no audit table at nowhere").hasLineCount(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(Main.EXIT_ERROR);
    assertThat(elsewhere.resolve("spark-warehouse")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "nowhere, table, 'the hub nowhere can''t be listed: '",
    "hub, file/table, 'the audit table file/table can''t be written: '",
  })
  void anAuditThatCanNotBeDoneSaysWhyInOneLine(String hub, String table, String message)
      throws Exception {
    Files.createDirectory(elsewhere.resolve("hub"));
    Files.createFile(elsewhere.resolve("file"));

    Result result =
        run(ROOT.resolve("bin/weighmaster").toString(), "audit", "--hub", hub, "--table", table);

    assertThat(result.err()).startsWith("weighmaster: " + message).hasLineCount(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(Main.EXIT_ERROR);
    assertThat(elsewhere.resolve("table")).doesNotExist();
  }

  @Test
  void everyCommandThatTheDemoNamesDoesWhatItSays() throws Exception {
    Result demo = run(ROOT.resolve("bin/weighmaster").toString(), "demo", "a demo");
    assertThat(demo.err()).isEmpty();
    assertThat(demo.out())
        .contains("quantco/tampered-GGUF", "25 quantizations: 5 verified, 4 unverified, 15 broken");
    List<String> commands =
        demo.out().lines().filter(line -> line.startsWith("  " + ROOT)).map(String::strip).toList();

    List<Result> results = new ArrayList<>();
    for (String command : commands) {
      results.add(run("bash", "-c", command));
    }

    assertThat(results).extracting(Result::err).containsOnly("");
    assertThat(results).extracting(Result::exitCode).containsExactly(0, 2, 0, 0, 0);
    assertThat(results.get(2).out()).contains("SOURCE_IDENTITY_MISMATCH");
    assertThat(results.get(4).out()).contains("6 verified, 3 unverified");
  }

  @Test
  void theJarBringsNoClassThatAClusterMayHaveInAnotherVersion() throws IOException {
    try (JarFile jar = new JarFile(ROOT.resolve("jobs/target/weighmaster.jar").toFile())) {
      assertThat(jar.stream().map(JarEntry::getName).filter(name -> name.endsWith(".class")))
          .filteredOn(name -> !OWN_OR_ALONE.matcher(name).lookingAt())
          .isEmpty();
    }
  }

  private Result run(String... command) throws IOException, InterruptedException {
    Path out = elsewhere.resolve("out");
    Path err = elsewhere.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(elsewhere.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("WEIGHMASTER_JAVA_OPTS");
    Process process = builder.start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("ended in time").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private record Result(int exitCode, String out, String err) {}
}
