package dev.weighmaster.jobs.text;

import java.util.Locale;

/** Numbers as a person reads them. */
public final class Numbers {
  private Numbers() {}

  /** With a comma between thousands. */
  public static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** A number and what is counted, which takes an s unless it is one. */
  public static String count(long number, String what) {
    return number(number) + " " + what + (number == 1 ? "" : "s");
  }

  /** A part of a hundred; what is neither none nor all is never shown as one of them. */
  public static String percent(double part, double all) {
    if (all == 0) {
      return "–";
    }
    double percent = 100.0 * part / all;
    if (part > 0 && percent < 0.1) {
      return "< 0.1 %";
    }
    return part < all && percent > 99.9
        ? "> 99.9 %"
        : String.format(Locale.ROOT, "%.1f %%", percent);
  }

  /** The first three digits; nothing but 0 is shown as 0. */
  public static String threeDigits(double number) {
    return number == 0 ? "0" : String.format(Locale.ROOT, "%.3g", number);
  }
}
