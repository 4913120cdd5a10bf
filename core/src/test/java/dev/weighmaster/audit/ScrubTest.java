package dev.weighmaster.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScrubTest {
  private static final LocalDate DAY = LocalDate.parse("2026-11-22");

  @Test
  void inAsManyNightsAsPartsEveryFileIsReadOnce() {
    Scrub scrub = Scrub.parse("1/30");
    for (int file = 0; file < 300; file++) {
      String path = "org/name/file-" + file;
      assertThat(IntStream.range(0, 30).filter(n -> scrub.isDue(path, DAY.plusDays(n))).count())
          .as(path)
          .isEqualTo(1);
      assertThat(scrub.isDue(path, DAY)).isEqualTo(scrub.isDue(path, DAY.plusDays(30)));
    }
  }

  @Test
  void thePartsAreOfAboutEqualSize() {
    Scrub scrub = Scrub.parse("1/10");

    long due =
        IntStream.range(0, 10_000).filter(file -> scrub.isDue("org/name/" + file, DAY)).count();

    assertThat(due).isBetween(850L, 1150L);
  }

  @Test
  void sayWhichPartADayHas() {
    assertThat(new Scrub(1).describe(DAY)).isEqualTo("changed and scrub 1/1");
    assertThat(Scrub.parse("1/7").describe(LocalDate.EPOCH.plusDays(15)))
        .isEqualTo("changed and scrub 2/7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "30", "2/30", "1/0", "1/-1", "1/1001", "1/x", "1/30 ", "0.1"})
  void whatIsNoFractionOfAtMostAThousandPartsIsRefused(String text) {
    assertThatThrownBy(() -> Scrub.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
