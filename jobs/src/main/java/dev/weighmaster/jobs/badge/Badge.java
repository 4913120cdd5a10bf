package dev.weighmaster.jobs.badge;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Verdict;
import java.util.Optional;

/**
 * The two fields of a badge: "provenance | quantized from acme/base-7b, verified".
 *
 * @param verdict what gives the colour, which says nothing that the message does not
 * @param message without control characters and overrides of the direction of writing
 */
public record Badge(Verdict verdict, String message) {
  /** The left field of every badge. */
  public static final String LABEL = "provenance";

  private static final int SHOWN_OF_SOURCE = 60;

  /** The badge of a row. Its message comes from the verdict alone, not from the row's own text. */
  public static Badge of(AuditRow row) {
    return of(row.verdict(), row.sourceModel());
  }

  /**
   * The badge of a verdict.
   *
   * @param source the model at the chain's end; it is named only where every link down to it holds
   */
  public static Badge of(Verdict verdict, Optional<String> source) {
    return new Badge(
        verdict,
        switch (verdict) {
          case VERIFIED ->
              source
                  .map(model -> "quantized from " + shortened(Quoted.line(model)) + ", verified")
                  .orElse("quantization verified");
          case UNVERIFIED -> "unverified quantization";
          case BROKEN -> "broken chain";
          case ERROR -> "could not be audited";
        });
  }

  /** The right field's colour, as {@code #rrggbb}: white text on it passes WCAG's level AA. */
  public String colour() {
    return switch (verdict) {
      case VERIFIED -> "#1a7f37";
      case UNVERIFIED -> "#8a6100";
      case BROKEN -> "#c1121f";
      case ERROR -> "#6a737d";
    };
  }

  /** Both fields, for who can't see them. */
  public String text() {
    return LABEL + ": " + message;
  }

  private static String shortened(String text) {
    return text.codePointCount(0, text.length()) <= SHOWN_OF_SOURCE
        ? text
        : text.substring(0, text.offsetByCodePoints(0, SHOWN_OF_SOURCE - 1)) + '…';
  }
}
