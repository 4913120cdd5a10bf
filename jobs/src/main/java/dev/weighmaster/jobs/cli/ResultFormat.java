package dev.weighmaster.jobs.cli;

import java.util.Locale;

/** How {@code weighmaster sql} prints a result. */
enum ResultFormat {
  TABLE,
  CSV,
  JSON,
  MARKDOWN;

  /** The name as it is written on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
