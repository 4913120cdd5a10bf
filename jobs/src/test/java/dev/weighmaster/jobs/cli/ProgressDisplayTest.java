package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressDisplayTest {
  @Test
  void aLineOfTheLogGoesInThePlaceOfTheBarWhichIsDrawnAgainBelow() {
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    PrintStream before = System.err;
    try (ProgressDisplay bar = new ProgressDisplay.Bar(new PrintStream(screen, true, UTF_8))) {
      bar.read(1, 4, 1 << 20, 4 << 20);
      System.err.print("12:00:00 WARN  a line, ");
      System.err.println("in two pieces");
      System.err.print("without an end");
    }
    PrintStream after = System.err;
    System.setErr(before);

    assertThat(screen.toString(UTF_8))
        .contains("\r\u001b[K12:00:00 WARN  a line, in two pieces\n", "\r\u001b[Kwithout an end")
        .containsPattern("1/4 MiB .* MiB/s, 1/4 files");
    assertThat(after).isNotSameAs(before);
  }

  @Test
  void whatBeginsIsALineAboveTheBar() {
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    PrintStream before = System.err;
    try (ProgressDisplay bar = new ProgressDisplay.Bar(new PrintStream(screen, true, UTF_8))) {
      bar.begins("listing the hub");
      bar.read(1, 4, 1 << 20, 4 << 20);
      bar.begins("following chains");
    }
    System.setErr(before);

    assertThat(screen.toString(UTF_8))
        .contains("weighmaster: listing the hub ...\n", "weighmaster: following chains ...\n");
  }

  @Test
  void nothingIsSaidOfWhatBeginsWhereThereIsNoTerminal() {
    StringWriter err = new StringWriter();
    try (ProgressDisplay lines = ProgressDisplay.on(new PrintWriter(err, true))) {
      lines.begins("listing the hub");
      ProgressDisplay.say(new PrintWriter(err, true), "starting Spark");
    }

    assertThat(err.toString()).isEmpty();
  }

  @Test
  void theBarStandsStillWhereEveryFileIsRead() {
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    PrintStream before = System.err;
    String atTheEnd;
    try (ProgressDisplay bar = new ProgressDisplay.Bar(new PrintStream(screen, true, UTF_8))) {
      bar.read(1, 2, 1 << 20, 4 << 20);
      bar.read(2, 2, 4 << 20, 4 << 20);
      atTheEnd = screen.toString(UTF_8);
      bar.read(2, 2, 4 << 20, 4 << 20);
    }
    System.setErr(before);

    assertThat(atTheEnd).contains("4/4 MiB").endsWith("\n");
    assertThat(screen.toString(UTF_8)).isEqualTo(atTheEnd);
  }
}
