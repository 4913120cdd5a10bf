package dev.weighmaster.jobs.table;

import dev.weighmaster.audit.AuditRow;
import java.util.Comparator;

/**
 * What the rows of {@code audit} are sorted by, in the order of UTF-16 as Java compares strings.
 */
public record QuantizationKey(String repository, String revision, String quantization)
    implements Comparable<QuantizationKey> {
  private static final Comparator<QuantizationKey> ORDER =
      Comparator.comparing(QuantizationKey::repository)
          .thenComparing(QuantizationKey::revision)
          .thenComparing(QuantizationKey::quantization);

  /** The key of a row. */
  public static QuantizationKey of(AuditRow row) {
    return new QuantizationKey(row.repository(), row.revision(), row.quantization());
  }

  @Override
  public int compareTo(QuantizationKey other) {
    return ORDER.compare(this, other);
  }
}
