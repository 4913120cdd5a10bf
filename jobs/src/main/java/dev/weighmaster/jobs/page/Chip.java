package dev.weighmaster.jobs.page;

import dev.weighmaster.verdict.Verdict;
import dev.weighmaster.weigh.Level;

/**
 * A verdict or a level as the pages show it.
 *
 * @param style its class in {@code style.css}, which gives the colour and the sign
 * @param words what is read
 */
public record Chip(String style, String words) {

  /** The chip of a verdict. */
  public static Chip of(Verdict verdict) {
    return switch (verdict) {
      case VERIFIED -> new Chip("verified", "Verified");
      case UNVERIFIED -> new Chip("unverified", "Unverified");
      case BROKEN -> new Chip("broken", "Broken");
      case ERROR -> new Chip("error", "Not audited");
    };
  }

  /** The chip of a level. */
  public static Chip of(Level level) {
    String style =
        switch (level) {
          case EXACT -> "exact";
          case EQUIVALENT -> "equivalent";
          case WITHIN_BOUNDS -> "within-bounds";
          case NOT_COMPARED -> "not-compared";
          case DEVIATES -> "deviates";
        };
    return new Chip(style, level.name());
  }
}
