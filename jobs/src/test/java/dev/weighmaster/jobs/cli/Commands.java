package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Runs commands as from a shell, but in this process. */
final class Commands {
  private Commands() {}

  record Result(int exitCode, String out, String err) {
    /** What was printed by a command that must have come to its end. */
    String succeeded() {
      assertThat(exitCode).as(err).isZero();
      assertThat(err).isEmpty();
      return out;
    }

    /** The one line that says what was wrong. */
    String failed(int expected) {
      assertThat(exitCode).as(out + err).isEqualTo(expected);
      assertThat(out).isEmpty();
      assertThat(err).startsWith("weighmaster: ").endsWith("\n");
      return err.substring("weighmaster: ".length()).stripTrailing();
    }
  }

  static Result run(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = arguments[i].toString();
    }
    int exitCode =
        Main.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(words);
    return new Result(exitCode, out.toString(), err.toString());
  }
}
