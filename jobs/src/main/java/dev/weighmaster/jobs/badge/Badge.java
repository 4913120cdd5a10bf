package dev.weighmaster.jobs.badge;

import dev.weighmaster.verdict.Verdict;
import java.util.Optional;

/**
 * What a badge says.
 *
 * @param label its left half
 * @param message its right half: may hold text of the hub's
 * @param colour of the right half, which says nothing that the message does not
 */
public record Badge(String label, String message, Colour colour) {
  private static final String LABEL = "provenance";

  /** The colours of shields.io. */
  public enum Colour {
    GREEN("brightgreen", "#2ea44f"),
    GREY("lightgrey", "#6e7681"),
    RED("red", "#c5221f"),
    ORANGE("orange", "#b35900");

    private final String shields;
    private final String hex;

    Colour(String shields, String hex) {
      this.shields = shields;
      this.hex = hex;
    }

    public String shields() {
      return shields;
    }

    public String hex() {
      return hex;
    }
  }

  /**
   * The badge of a verdict.
   *
   * @param source the model that a verified quantization was made from
   */
  public static Badge of(Verdict verdict, Optional<String> source) {
    return switch (verdict) {
      case VERIFIED ->
          new Badge(
              LABEL, "quantized from " + source.orElse("a signed model") + ", verified", Colour.GREEN);
      case UNVERIFIED -> new Badge(LABEL, "unverified quantization", Colour.GREY);
      case BROKEN -> new Badge(LABEL, "broken chain", Colour.RED);
      case ERROR -> new Badge(LABEL, "could not be audited", Colour.ORANGE);
    };
  }
}
