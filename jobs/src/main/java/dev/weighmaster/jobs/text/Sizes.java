package dev.weighmaster.jobs.text;

import java.time.Duration;
import java.util.Locale;

/** Sizes, rates and times as a person reads them. */
public final class Sizes {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Sizes() {}

  /** Bytes with a binary unit, such as {@code 1.2 GiB}. */
  public static String bytes(long count) {
    int unit = 0;
    double value = (double) count;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    String number =
        unit == 0 || value >= 100
            ? String.format(Locale.ROOT, "%.0f", value)
            : String.format(Locale.ROOT, "%.1f", value);
    return number + " " + UNITS[unit];
  }

  /** Bytes a second. */
  public static String rate(long bytes, Duration time) {
    return bytes((long) (bytes / Math.max(0.001, time.toMillis() / 1000.0))) + "/s";
  }

  /** Seconds with a decimal below a minute, else minutes and hours. */
  public static String time(Duration time) {
    if (time.toSeconds() < 60) {
      return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }
    return time.toHours() > 0
        ? String.format("%d h %02d min", time.toHours(), time.toMinutesPart())
        : String.format("%d min %02d s", time.toMinutes(), time.toSecondsPart());
  }
}
