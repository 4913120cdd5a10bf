package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @CsvSource({
    "'', no command given",
    "xyz, Unmatched argument at index 0: 'xyz'",
    "sql, 'Missing required option'",
    "table, no command given",
    "table prune --table t --keep 30, 'Invalid value for option ''--keep'': ''30'' is not a time span;'",
    "sign d, 'Missing required argument (specify one of these): ([--key='",
    "sign d --keyless --certificate c, 'Missing required argument(s): --key='",
    "sql --table t --format xml q, 'Invalid value for option'",
  })
  void aCommandLineThatMakesNoSenseIsExplainedInTwoLines(String line, String explanation) {
    assertThat(execute(line.isEmpty() ? new String[0] : line.split(" "))).isEqualTo(64);
    assertThat(err.toString()).startsWith("weighmaster: " + explanation).hasLineCount(2);
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"audit --hub h --table t", "verify h"})
  void aMisspeltKeyOfAPolicyIsNamedWithItsLine(String command, @TempDir Path folder)
      throws IOException {
    Path policy = Files.writeString(folder.resolve("policy.yaml"), "version: 1\npublisher: []\n");

    assertThat(execute((command + " --policy " + policy).split(" "))).isEqualTo(64);
    assertThat(err.toString())
        .isEqualTo(
            "weighmaster: policy.yaml:2:1: unknown key \"publisher\", did you mean"
                + " \"publishers\"?\n");
  }

  @ParameterizedTest
  @CsvSource({"audit --hub h --table t", "verify h"})
  void aPolicyThatIsNotThereIsNamed(String command, @TempDir Path folder) {
    Path policy = folder.resolve("policy.yaml");

    assertThat(execute((command + " --policy " + policy).split(" "))).isEqualTo(64);
    assertThat(err.toString())
        .isEqualTo("weighmaster: %s: can't be read: no such file or folder\n".formatted(policy));
  }

  @Test
  void helpNamesEveryCommand() {
    assertThat(execute("--help")).isZero();
    assertThat(out.toString()).contains("sql", "table", "sign", "attest", "inspect");
  }

  @Test
  void aFileThatMayNotBeReadIsNotOnlyNamed() {
    CommandLine line =
        Main.commandLine()
            .addSubcommand("fail", new Failing(new AccessDeniedException("private.pem")));

    assertThat(run(line, "fail")).isEqualTo(3);
    assertThat(err.toString()).isEqualTo("weighmaster: private.pem: permission denied\n");
  }

  @Test
  void aFailureIsOneLineAndItsStackTraceIsForDebug() {
    CommandLine line =
        Main.commandLine()
            .addSubcommand(
                "fail",
                new Failing(new IllegalStateException("what was \u001b[31mwrong\nand more")));

    assertThat(run(line, "fail")).isEqualTo(3);
    assertThat(err.toString()).isEqualTo("weighmaster: what was \\u001b[31mwrong\n");

    assertThat(run(line, "fail", "--debug")).isEqualTo(3);
    assertThat(err.toString())
        .contains("    at " + MainTest.class.getName())
        .doesNotContain("\u001b");
  }

  private int execute(String... arguments) {
    return run(Main.commandLine(), arguments);
  }

  private int run(CommandLine line, String... arguments) {
    return line.setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @CommandLine.Command
  private static final class Failing implements Callable<Integer> {
    private final Exception failure;

    Failing(Exception failure) {
      this.failure = failure;
    }

    @Override
    public Integer call() throws Exception {
      throw failure;
    }
  }
}
