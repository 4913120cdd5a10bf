package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @CsvSource({
    "'', no command given",
    "nonsense, Unmatched argument at index 0: 'nonsense'",
    "sql, 'Missing required option'",
    "sql --table t --format xml q, 'Invalid value for option'",
  })
  void aCommandLineThatMakesNoSenseIsExplainedInTwoLines(String line, String explanation) {
    assertThat(execute(line.isEmpty() ? new String[0] : line.split(" "))).isEqualTo(64);
    assertThat(err.toString()).startsWith("weighmaster: " + explanation).hasLineCount(2);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void helpNamesEveryCommand() {
    assertThat(execute("--help")).isZero();
    assertThat(out.toString()).contains("sql");
  }

  @Test
  void aFailureIsOneLineAndItsStackTraceIsForDebug() {
    CommandLine line = Main.commandLine().addSubcommand("fail", new Failing());

    assertThat(run(line, "fail")).isEqualTo(3);
    assertThat(err.toString()).isEqualTo("weighmaster: what was \\u001b[31mwrong\n");

    assertThat(run(line, "fail", "--debug")).isEqualTo(3);
    assertThat(err.toString()).contains("\tat " + Failing.class.getName() + ".run");
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
  private static final class Failing implements Runnable {
    @Override
    public void run() {
      throw new IllegalStateException("what was \u001b[31mwrong\nand more");
    }
  }
}
