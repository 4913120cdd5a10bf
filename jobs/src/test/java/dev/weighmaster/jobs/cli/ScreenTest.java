package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.verdict.Verdict;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine.Help.Ansi;

class ScreenTest {
  @ParameterizedTest
  @CsvSource({"NO_COLOR, 1, false", "NO_COLOR, '', true", "TERM, dumb, false", "TERM, xterm, true"})
  void theEnvironmentCanForbidColours(String name, String value, boolean colorful) {
    assertThat(Screen.isColorful(Map.of(name, value))).isEqualTo(colorful);
    if (!colorful) {
      assertThat(Screen.standard(Map.of(name, value)).ansi().enabled()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(Verdict.class)
  void aColourStandsBesideTheWord(Verdict verdict) {
    Screen terminal = new Screen(OptionalInt.of(80), Ansi.ON);

    assertThat(terminal.colored(verdict, verdict.name()))
        .startsWith("\u001b[")
        .contains(verdict.name());
    assertThat(Screen.NONE.colored(verdict, verdict.name())).isEqualTo(verdict.name());
  }

  @Test
  void aTableGivesWayInItsWidestColumnsOnANarrowTerminal() {
    String table = table(new Screen(OptionalInt.of(40), Ansi.OFF));

    assertThat(table.lines()).allSatisfy(line -> assertThat(line).hasSize(40));
    assertThat(table).contains("│ VERIFIED    │ acme/").contains("…");
  }

  @Test
  void aTableInAFileIsNotCut() {
    assertThat(table(Screen.NONE)).contains("x".repeat(60)).doesNotContain("…", "\u001b");
  }

  @Test
  void aTableOfMoreColumnsThanATerminalHoldsKeepsTheBeginningOfEach() {
    assertThat(table(new Screen(OptionalInt.of(5), Ansi.OFF))).contains("│ VERIF… │ acme/… │");
  }

  @Test
  void onlyACellThatIsAVerdictHasItsColour() {
    assertThat(table(new Screen(OptionalInt.of(200), Ansi.ON)))
        .containsOnlyOnce("\u001b[1m")
        .contains("VERIFIED");
  }

  private static String table(Screen screen) {
    StringWriter text = new StringWriter();
    TableWriter writer =
        new TableWriter(
            List.of(
                new ResultWriter.Column("verdict", false),
                new ResultWriter.Column("repository", false)),
            new PrintWriter(text),
            screen);
    writer.row(List.of(Optional.of("VERIFIED"), Optional.of("acme/" + "x".repeat(60))));
    writer.row(List.of(Optional.of("of VERIFIED"), Optional.empty()));
    writer.end();
    return text.toString();
  }
}
