package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.tensor.RowReader;
import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.TensorType;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a rule makes of a source's tensors: views that follow each other.
 *
 * @param dimensions of all of them together, the outermost first, in units
 * @param sources how many tensors of the source it is made of
 */
record MappedTensor(MappingRule rule, List<View> parts, List<Long> dimensions, int sources) {
  MappedTensor {
    parts = List.copyOf(parts);
    dimensions = List.copyOf(dimensions);
  }

  /**
   * Puts together what a rule makes of each expert's tensors, or of a model without any.
   *
   * @param experts the views of each; at least one, and all alike
   */
  static MappedTensor of(MappingRule rule, List<List<View>> experts) throws UnmappedException {
    List<Long> dimensions = dimensions(experts.get(0));
    for (List<View> expert : experts) {
      if (!dimensions(expert).equals(dimensions)) {
        throw new UnmappedException("its experts are not of one shape in the source");
      }
    }
    if (rule.stacks()) {
      dimensions.add(0, (long) experts.size());
    }
    List<View> parts = experts.stream().flatMap(List::stream).toList();
    GgmlType type = parts.get(0).units().type();
    for (View part : parts) {
      if (part.units().type() != type) {
        throw new UnmappedException("its sources are not of one type");
      }
      if (part.size() == 0) {
        throw new UnmappedException("its source has no weights");
      }
      ViewReader.check(part);
    }
    if (rule.addsOne() && type.blockElements() > 1) {
      throw new UnmappedException("nothing can be added to " + type);
    }
    return new MappedTensor(rule, parts, dimensions, experts.size() * rule.sources().size());
  }

  /** Of views whose rows follow each other. */
  private static List<Long> dimensions(List<View> views) throws UnmappedException {
    List<Long> all = new ArrayList<>(views.get(0).lengths());
    int rows = views.get(0).rows();
    for (View view : views.subList(1, views.size())) {
      List<Long> others = new ArrayList<>(view.lengths());
      long more = others.set(Math.min(rows, others.size() - 1), all.get(rows));
      boolean stacked = all.subList(0, rows).stream().anyMatch(length -> length > 1);
      if (!others.equals(all) || stacked) {
        throw new UnmappedException("its parts do not follow each other row by row");
      }
      all.set(rows, all.get(rows) + more);
    }
    return all;
  }

  private GgmlType storedType() {
    return parts.get(0).units().type();
  }

  /** Where one is added, bfloat16 is made a float first, and half precision stays what it is. */
  private GgmlType type() {
    return rule.addsOne() && storedType() == GgmlType.BF16 ? GgmlType.F32 : storedType();
  }

  SourceTensor tensor() {
    Units first = parts.get(0).units();
    List<Long> shape = new ArrayList<>(dimensions);
    Collections.reverse(shape);
    if (shape.isEmpty()) {
      shape.add(1L);
    }
    shape.set(0, shape.get(0) * storedType().blockElements());
    return new SourceTensor(
        first.names().get(0),
        first.storedType(),
        new TensorType.Ggml(type()),
        shape,
        how(),
        this::open);
  }

  private Optional<String> how() {
    String more = sources == 1 ? "" : " and %d more".formatted(sources - 1);
    String steps = rule.steps().stream().map(Step::text).collect(Collectors.joining(" > "));
    return sources == 1 && steps.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "it is made of the source's %s%s%s"
                .formatted(
                    Quoted.line(parts.get(0).units().names().get(0)),
                    more,
                    steps.isEmpty() ? "" : " by " + steps));
  }

  /** Bytes that its sources take in the source. */
  long storedBytes() {
    return parts.stream().map(View::units).distinct().mapToLong(Units::storedBytes).sum();
  }

  private RowReader open() throws IOException {
    RowReader rows = parts.size() == 1 ? ViewReader.open(parts.get(0)) : new PartsReader(parts);
    return rule.addsOne() ? new PlusOneReader(rows, storedType(), type()) : rows;
  }
}
