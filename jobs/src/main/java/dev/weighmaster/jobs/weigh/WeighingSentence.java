package dev.weighmaster.jobs.weigh;

import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.weigh.ComparedValue.Kind;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weighing;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a weighing says, in one sentence that can be quoted without the rest. */
public final class WeighingSentence {
  private final String quantization;
  private final String source;
  private final String maker;
  private final Weighing weighing;
  private final WeighingTotals totals;

  private WeighingSentence(String quantization, String source, String maker, Weighing weighing) {
    this.quantization = PlainText.line(quantization);
    this.source = PlainText.line(source);
    this.maker = maker;
    this.weighing = weighing;
    this.totals = WeighingTotals.of(weighing.tensors());
  }

  /**
   * The sentence, on one line and without anything that is not visible.
   *
   * @param quantization name of its file: hostile text
   * @param source name of its file: hostile text
   * @param maker who quantizes so, to follow "what"
   */
  public static String of(String quantization, String source, String maker, Weighing weighing) {
    WeighingSentence sentence = new WeighingSentence(quantization, source, maker, weighing);
    return sentence.weights() + sentence.metadata() + ".";
  }

  private String weights() {
    return switch (weighing.level()) {
      case EXACT -> exact();
      case EQUIVALENT ->
          "%s is EQUIVALENT to a quantization of %s: %s has the codes that its type's algorithm picks under the stored scales, and the scales are about as good as the algorithm's own"
              .formatted(quantization, source, but(Level.EQUIVALENT));
      case WITHIN_BOUNDS ->
          "%s is WITHIN_BOUNDS of %s, which proves little: %s has errors that contradict nothing and leave room for changes"
              .formatted(quantization, source, but(Level.WITHIN_BOUNDS));
      case NOT_COMPARED ->
          totals.tensors() == 0
              ? "%s is NOT_COMPARED with %s: it has no tensors".formatted(quantization, source)
              : "%s is NOT_COMPARED with %s as a whole: %d of %s could not be compared, the first of them %s"
                  .formatted(
                      quantization,
                      source,
                      totals.notCompared(),
                      tensors(totals.tensors()),
                      first(Level.NOT_COMPARED));
      case DEVIATES ->
          "%s DEVIATES from %s: %d of %s can't come from it, the first of them %s"
              .formatted(
                  quantization,
                  source,
                  totals.deviates(),
                  tensors(totals.tensors()),
                  first(Level.DEVIATES));
    };
  }

  private String exact() {
    long copies = weighing.tensors().stream().filter(WeighingSentence::isCopy).count();
    String imatrices = imatrices();
    return copies == totals.tensors()
        ? "%s is EXACT: %s is a copy of the one in %s".formatted(quantization, each(), source)
        : "%s is EXACT: %s is, bit for bit, what %s makes of %s%s"
            .formatted(quantization, each(), maker, source, imatrices);
  }

  private String each() {
    return totals.tensors() == 1 ? "its only tensor" : "each of its " + tensors(totals.tensors());
  }

  private static boolean isCopy(TensorWeighing tensor) {
    return tensor.recipe().filter(recipe -> recipe.version().isEmpty()).isPresent();
  }

  private String imatrices() {
    List<String> names =
        weighing.tensors().stream()
            .flatMap(tensor -> tensor.recipe().stream())
            .flatMap(recipe -> recipe.imatrix().stream())
            .distinct()
            .map(PlainText::line)
            .toList();
    return names.isEmpty()
        ? ""
        : " with the importance matri%s %s"
            .formatted(names.size() == 1 ? "x" : "ces", String.join(" and ", names));
  }

  /** The tensors of the lowest level, after those that have better ones. */
  private String but(Level lowest) {
    String better =
        Arrays.stream(Level.values())
            .filter(level -> level.compareTo(lowest) < 0 && totals.of(level) > 0)
            .map(level -> "%d %s %s".formatted(totals.of(level), isAre(totals.of(level)), level))
            .collect(Collectors.joining(" and "));
    return better.isEmpty()
        ? each()
        : "of its %s %s, and %s"
            .formatted(
                tensors(totals.tensors()),
                better,
                totals.of(lowest) == 1
                    ? "the other one"
                    : "each of the other " + totals.of(lowest));
  }

  private static String isAre(int count) {
    return count == 1 ? "is" : "are";
  }

  private String first(Level level) {
    return weighing.tensors().stream()
        .filter(tensor -> tensor.level() == level)
        .map(TensorWeighing::name)
        .map(PlainText::line)
        .findFirst()
        .orElseThrow();
  }

  private static String tensors(int count) {
    return count == 1 ? "1 tensor" : "%,d tensors".formatted(count);
  }

  /** What the weights do not show must not be quoted without. */
  private String metadata() {
    List<String> differing =
        Arrays.stream(Kind.values())
            .filter(kind -> MetadataTotals.of(weighing.metadata(), kind).differ())
            .map(WeighingSentence::name)
            .toList();
    return differing.isEmpty()
        ? ""
        : "; its %s differ%s from the source's"
            .formatted(
                String.join(" and ", differing),
                differing.equals(List.of(name(Kind.HYPERPARAMETERS))) || differing.size() > 1
                    ? ""
                    : "s");
  }

  private static String name(Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
