package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.apache.logging.log4j.message.SimpleMessage;
import org.junit.jupiter.api.Test;

/** The lines of the log that an embedded run prints. */
class LogLinesTest {
  @Test
  void aNameFromAHubNeitherSteersATerminalNorBeginsALine() throws IOException {
    String line =
        line(
            "acme/\u001b[2J\u009b31m\u202egnp\u2028 \n12:00:00 WARN  forged: \r\u007f\u0000", null);

    assertThat(line.lines()).hasSize(1);
    assertThat(line.strip().chars()).allMatch(c -> c >= ' ' && c < 0x7f);
    assertThat(line).contains("acme/?[2J?31m?gnp? \\n12:00:00 WARN  forged: ");
  }

  @Test
  void anExceptionKeepsItsLinesAndNothingElse() throws IOException {
    String lines = line("lost", new IllegalStateException("\u001b[31mred"));

    assertThat(lines).contains("IllegalStateException: ?[31mred").doesNotContain("\u001b");
    assertThat(lines.lines().count()).isGreaterThan(2);
  }

  private static String line(String message, Throwable thrown) throws IOException {
    Properties shipped = new Properties();
    try (InputStream file = LogLinesTest.class.getResourceAsStream("/log4j2.properties")) {
      shipped.load(file);
    }
    return PatternLayout.newBuilder()
        .withPattern(shipped.getProperty("appender.console.layout.pattern"))
        .build()
        .toSerializable(
            Log4jLogEvent.newBuilder()
                .setLoggerName("dev.weighmaster.Some")
                .setLevel(Level.WARN)
                .setMessage(new SimpleMessage(message))
                .setThrown(thrown)
                .build());
  }
}
