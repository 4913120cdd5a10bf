package dev.weighmaster.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code docs/verdicts.md} explains what the code can say. */
class VerdictsDocumentTest {
  private final String document = read();

  @Test
  void everyReasonHasOneEntryBelowItsVerdict() {
    List<String> expected = new ArrayList<>();
    for (Verdict verdict : Verdict.values()) {
      expected.add("## " + verdict);
      Arrays.stream(Reason.values())
          .filter(reason -> reason.verdict() == verdict)
          .forEach(reason -> expected.add("### " + reason));
    }

    assertThat(document.lines().filter(line -> line.startsWith("##")))
        .containsExactlyElementsOf(expected);
  }

  @ParameterizedTest
  @EnumSource
  void anEntrySaysWhatItMeansWhoActsAndHowToFixIt(Reason reason) {
    String entry = document.split("### " + reason + "\n", 2)[1].split("\n##", 2)[0];

    assertThat(entry.lines().filter(line -> line.startsWith("- ")))
        .hasSize(3)
        .satisfiesExactly(
            line -> assertThat(line).startsWith("- **Means**: "),
            line -> assertThat(line).startsWith("- **Who acts**: "),
            line -> assertThat(line).startsWith("- **Fix**: "));
  }

  @ParameterizedTest
  @EnumSource
  void theDocumentAndTheCodeNameTheSamePartiesInTheSameOrder(Reason reason) {
    String entry = document.split("### " + reason + "\n", 2)[1].split("\n##", 2)[0];
    String acts = entry.split("\\*\\*Who acts\\*\\*: ", 2)[1].split("\n- ", 2)[0];

    assertThat(reason.parties())
        .containsExactlyElementsOf(
            Arrays.stream(Party.values())
                .filter(party -> acts.contains(party.title()))
                .sorted(Comparator.comparing(party -> acts.indexOf(party.title())))
                .toList());
    assertThat(acts.contains("nobody")).isEqualTo(reason.parties().isEmpty());
  }

  private static String read() {
    try {
      return Files.readString(Path.of(System.getProperty("weighmaster.root"), "docs/verdicts.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
