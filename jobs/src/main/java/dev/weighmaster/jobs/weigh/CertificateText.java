package dev.weighmaster.jobs.weigh;

import dev.weighmaster.jobs.text.Numbers;
import dev.weighmaster.weigh.DecidedColumns;
import dev.weighmaster.weigh.TensorWeighing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What the certificate of GPTQ has decided, in words. */
public final class CertificateText {
  /** Ranges of columns that are named; the JSON has all columns. */
  private static final int MOST_RANGES = 4;

  private CertificateText() {}

  /** Of one matrix. */
  static String of(DecidedColumns decided) {
    int count = decided.fit().size() + decided.deviate().size();
    String of = "GPTQ's certificate decides %s of %s";
    String all = of.formatted(Numbers.number(count), Numbers.count(decided.columns(), "column"));
    if (!decided.fit().isEmpty()) {
      all += "; of %s the codes can be GPTQ's".formatted(ranges(decided.fit()));
    }
    if (!decided.deviate().isEmpty()) {
      all += "; of %s they can't, under any calibration data".formatted(ranges(decided.deviate()));
    }
    return decided.matrices().size() == 1
        ? all
        : all + "; weighed as one of %d matrices".formatted(decided.matrices().size());
  }

  /** Such as {@code 0 to 12 and 14}. */
  private static String ranges(List<Integer> columns) {
    List<String> ranges = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= columns.size(); i++) {
      if (i == columns.size() || columns.get(i) != columns.get(i - 1) + 1) {
        int first = columns.get(from);
        int last = columns.get(i - 1);
        ranges.add(
            first == last
                ? Numbers.number(first)
                : "%s to %s".formatted(Numbers.number(first), Numbers.number(last)));
        from = i;
      }
    }
    boolean more = ranges.size() > MOST_RANGES;
    return (columns.size() == 1 ? "column " : "columns ")
        + String.join(", ", more ? ranges.subList(0, MOST_RANGES) : ranges)
        + (more ? " and more" : "");
  }

  /** Of all matrices; empty if it was not computed. */
  public static Optional<String> ofAll(Collection<TensorWeighing> tensors) {
    List<DecidedColumns> all =
        tensors.stream().flatMap(tensor -> tensor.certificate().stream()).toList();
    if (all.isEmpty()) {
      return Optional.empty();
    }
    long columns = all.stream().mapToLong(DecidedColumns::columns).sum();
    long fit = all.stream().mapToLong(each -> each.fit().size()).sum();
    long deviate = all.stream().mapToLong(each -> each.deviate().size()).sum();
    return Optional.of(
        "GPTQ's certificate: of %s in %s, %s can be GPTQ's, %s can't, %s are not decided"
            .formatted(
                Numbers.count(columns, "column"),
                all.size() == 1 ? "1 matrix" : Numbers.number(all.size()) + " matrices",
                Numbers.number(fit),
                Numbers.number(deviate),
                Numbers.number(columns - fit - deviate)));
  }
}
