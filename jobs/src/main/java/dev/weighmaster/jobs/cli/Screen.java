package dev.weighmaster.jobs.cli;

import dev.weighmaster.verdict.Verdict;
import dev.weighmaster.weigh.Level;
import java.util.Map;
import java.util.OptionalInt;
import picocli.CommandLine.Help.Ansi;

/**
 * What a command's output is shown on.
 *
 * @param columns how wide a terminal is; empty for a file or a pipe, where nothing is cut
 * @param ansi whether there are colours; they never say anything alone
 */
record Screen(OptionalInt columns, Ansi ansi) {
  /** A file or a pipe. */
  static final Screen NONE = new Screen(OptionalInt.empty(), Ansi.OFF);

  /**
   * The launcher says here how wide standard output is, if that is a terminal; the JDK can't tell
   * before version 22.
   */
  private static final String COLUMNS = "weighmaster.columns";

  /** What standard output is shown on, by the properties of this JVM and the environment. */
  static Screen standard(Map<String, String> environment) {
    Integer columns = Integer.getInteger(COLUMNS);
    OptionalInt width =
        columns == null || columns <= 0 ? OptionalInt.empty() : OptionalInt.of(columns);
    if (!isColorful(environment)) {
      return new Screen(width, Ansi.OFF);
    }
    return new Screen(width, columns == null ? Ansi.AUTO : Ansi.ON);
  }

  /** Whether a terminal may be sent more than text: no-color.org, and what terminfo calls dumb. */
  static boolean isColorful(Map<String, String> environment) {
    return environment.getOrDefault("NO_COLOR", "").isEmpty() && !isDumb(environment);
  }

  static boolean isDumb(Map<String, String> environment) {
    return environment.getOrDefault("TERM", "").equals("dumb");
  }

  /** A text of ours in a verdict's colour. */
  String colored(Verdict verdict, String text) {
    return colored(
        switch (verdict) {
          case VERIFIED -> "bold,green";
          case UNVERIFIED -> "bold,yellow";
          case BROKEN -> "bold,red";
          case ERROR -> "bold,magenta";
        },
        text);
  }

  /** A text of ours in a level's colour. */
  String colored(Level level, String text) {
    return colored(
        switch (level) {
          case EXACT, EQUIVALENT -> "bold,green";
          case WITHIN_BOUNDS, NOT_COMPARED -> "bold,yellow";
          case DEVIATES -> "bold,red";
        },
        text);
  }

  private String colored(String color, String text) {
    return ansi.string("@|" + color + " " + text + "|@");
  }
}
