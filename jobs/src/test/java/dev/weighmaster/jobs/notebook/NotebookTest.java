package dev.weighmaster.jobs.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The notebooks, executed by Jupyter from the first cell to the last on the demo's table. */
@Tag("packaged")
class NotebookTest {
  /**
   * Names of repositories, and of what their model cards declare, each with how a page shows it.
   */
  private static final Map<String, String> HOSTILE =
      Map.of(
          "<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;",
          "<svg onload=alert(1)>", "&lt;svg onload=alert(1)&gt;",
          "\u001b[2J\u009b31m", "&#92;<!-- -->u{1B}[2J&#92;<!-- -->u{9B}31m",
          "txt\u202egpj.exe", "txt&#92;<!-- -->u{202E}gpj.exe",
          "=HYPERLINK(1)", "=HYPERLINK(1)",
          "$\\href{javascript:alert(1)}{x}$",
              "&#36;<!-- -->&#92;<!-- -->href{javascript:alert(1)}{x}&#36;<!-- -->");

  private static final String SHORT_RUN =
      "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
          + " -Dspark.default.parallelism=1 -Dspark.sql.shuffle.partitions=1";

  @TempDir private static Path folder;
  private static Path table;

  /** Two runs; between them, repositories with hostile names were uploaded. */
  @BeforeAll
  static void auditTwice() throws Exception {
    // Continuous integration installs it: a test that skipped there could never fail.
    assumeTrue(
        isInstalled("jupyter-nbconvert") || "true".equals(System.getenv("CI")),
        "Jupyter is not installed");
    Path demo = folder.resolve("demo");
    weighmaster("demo", demo.toString());
    table = demo.resolve("audit");
    for (String name : HOSTILE.keySet()) {
      upload(demo.resolve("hub"), name);
    }
    weighmaster(
        "audit",
        "--hub",
        demo.resolve("hub").toString(),
        "--table",
        table.toString(),
        "--policy",
        demo.resolve("policy.yaml").toString(),
        "--date",
        LocalDate.now(ZoneOffset.UTC).plusDays(1).toString());
    executeAll();
  }

  /** Weights that nobody has attested, and a bundle beside others that is none. */
  private static void upload(Path hub, String name) throws IOException {
    Path repository = Files.createDirectories(hub.resolve("quantco").resolve(name));
    Path weights = hub.resolve("quantco/not-attested-GGUF/tiny-Q8_0.gguf");
    Files.copy(weights, repository.resolve("tiny-Q8_0.gguf"));
    Files.copy(weights, repository.resolve(name + ".gguf"));
    Files.writeString(repository.resolve(name + ".gguf.quantization.sigstore.json"), name);
    Files.writeString(
        repository.resolve("README.md"),
        "---\nbase_model: %s\n---\n".formatted(new ObjectMapper().writeValueAsString(name)));
  }

  @ParameterizedTest
  @CsvSource({
    "first-look, 4, 8, SOURCE_DIGEST_MISMATCH",
    "trends, 4, 3, quantco",
    "broken-chain, 1, 8, does not hold"
  })
  void runsFromTheFirstCellToTheLast(String name, int plots, int tables, String found)
      throws Exception {
    NotebookFile executed = NotebookFile.read(folder.resolve(name + ".ipynb"));

    assertThat(executed.outputs())
        .noneMatch(output -> output.path("output_type").asText().equals("error"));
    assertThat(executed.codeCells())
        .allMatch(cell -> cell.path("execution_count").isInt())
        .filteredOn(cell -> cell.path("outputs").isEmpty())
        .as("cells that show nothing: the first, which opens the table")
        .hasSize(1);
    assertThat(executed.shown("image/png"))
        .hasSize(plots)
        .allMatch(png -> png.startsWith("iVBORw0KGgo"));
    assertThat(executed.shown("text/html"))
        .hasSize(tables)
        .anyMatch(html -> html.contains(found))
        .noneMatch(html -> html.contains("<img") || html.contains("<svg"));
    for (String type : List.of("text/html", "text/plain")) {
      assertThat(executed.shown(type))
          .allMatch(text -> text.codePoints().noneMatch(NotebookTest::isUnseen));
    }
    if (name.equals("trends")) {
      assertThat(String.join("", executed.shown("text/html"))).contains(HOSTILE.values());
    }
  }

  private static boolean isUnseen(int character) {
    // Rows as text have tabs between their values.
    return (Character.isISOControl(character) && character != '\n' && character != '\t')
        || Character.getType(character) == Character.FORMAT;
  }

  private static void executeAll() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(NotebookFile.ROOT.resolve("bin/notebooks").toString());
    command.addAll(List.of("nbconvert", "--to", "notebook", "--execute", "--allow-errors"));
    command.addAll(List.of("--output-dir", folder.toString()));
    for (Path notebook : NotebookFile.committed()) {
      command.add(notebook.toString());
    }
    run(Map.of("WEIGHMASTER_TABLE", table.toString()), command.toArray(String[]::new));
  }

  private static void weighmaster(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(NotebookFile.ROOT.resolve("bin/weighmaster").toString());
    command.addAll(Arrays.asList(arguments));
    run(Map.of("WEIGHMASTER_JAVA_OPTS", SHORT_RUN), command.toArray(String[]::new));
  }

  private static void run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile(folder, "command", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    process.getOutputStream().close();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(log)).isZero();
  }

  private static boolean isInstalled(String program) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .map(place -> Path.of(place, program))
        .anyMatch(Files::isExecutable);
  }
}
