package dev.weighmaster.jobs.weigh;

import dev.weighmaster.jobs.text.Numbers;
import dev.weighmaster.weigh.Deviation;
import dev.weighmaster.weigh.Errors;
import dev.weighmaster.weigh.Errors.WorstBlock;
import dev.weighmaster.weigh.Intermediate;
import dev.weighmaster.weigh.Recipe;
import dev.weighmaster.weigh.TensorWeighing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What was found out about a tensor, in words. Text from files in it is as it is there. */
public final class TensorText {
  private static final String DASH = "–";
  private static final String COPIED = "copied";

  private TensorText() {}

  /** The tensor's type; the source's for one that the source alone has. */
  public static String type(TensorWeighing tensor) {
    return tensor.type().or(tensor::sourceType).orElse(DASH);
  }

  /** The lengths of its dimensions, the row's first. */
  public static String shape(TensorWeighing tensor) {
    return tensor.shape().stream().map(String::valueOf).collect(Collectors.joining(" × "));
  }

  /** How many weights it has, which a file can claim to be more than a {@code long} holds. */
  public static double weights(TensorWeighing tensor) {
    return tensor.shape().stream().mapToDouble(Long::doubleValue).reduce(1, (a, b) -> a * b);
  }

  /** The recipe, such as {@code F16 → Q4_K, with imatrix.gguf}; a dash where none is known. */
  public static String recipe(TensorWeighing tensor) {
    return tensor.recipe().map(TensorText::recipe).orElse(DASH);
  }

  private static String recipe(Recipe recipe) {
    if (recipe.version().isEmpty()) {
      return COPIED;
    }
    return recipe.source()
        + through(recipe.intermediate()).map(type -> " → " + type).orElse("")
        + " → "
        + recipe.type()
        + imatrix(recipe);
  }

  /**
   * The recipe beside the type, such as {@code F32 via F16, with imatrix.gguf}; a dash where none
   * is known.
   */
  public static String recipeBesideType(TensorWeighing tensor) {
    return tensor.recipe().map(TensorText::recipeBesideType).orElse(DASH);
  }

  private static String recipeBesideType(Recipe recipe) {
    if (recipe.version().isEmpty()) {
      return COPIED;
    }
    return recipe.source()
        + through(recipe.intermediate()).map(type -> " via " + type).orElse("")
        + imatrix(recipe);
  }

  private static String imatrix(Recipe recipe) {
    return recipe.imatrix().map(name -> ", with " + name).orElse("");
  }

  private static Optional<String> through(Intermediate intermediate) {
    return switch (intermediate) {
      case NONE -> Optional.empty();
      case F16, BF16 -> Optional.of(intermediate.name());
    };
  }

  /** The error relative to the source's weights, in percent. */
  public static String relative(TensorWeighing tensor) {
    return tensor.errors().map(errors -> percent(errors.relative())).orElse(DASH);
  }

  /** A part as a percentage of three digits; nothing but 0 is shown as 0. */
  static String percent(double part) {
    return Numbers.threeDigits(100 * part) + " %";
  }

  /** The largest distance of two weights. */
  public static String largest(TensorWeighing tensor) {
    return tensor.errors().map(errors -> Numbers.threeDigits(errors.largest())).orElse(DASH);
  }

  /** Where the block with the greatest error is; a dash where there is no error. */
  public static String worstBlock(TensorWeighing tensor) {
    return tensor
        .errors()
        .filter(errors -> errors.largest() > 0)
        .map(errors -> worstBlock(errors.worst()))
        .orElse(DASH);
  }

  /**
   * The same in less room: the block's error relative to the tensor's weights, and its row and
   * first column.
   */
  public static String worstPlace(TensorWeighing tensor) {
    return tensor
        .errors()
        .filter(errors -> errors.largest() > 0)
        .map(TensorText::worstPlace)
        .orElse(DASH);
  }

  private static String worstPlace(Errors errors) {
    WorstBlock worst = errors.worst();
    return "%s at %d:%d"
        .formatted(
            percent(errors.relative() * (worst.rms() / errors.rms())), worst.row(), worst.column());
  }

  private static String worstBlock(WorstBlock block) {
    return "row %s, columns %s to %s: %s"
        .formatted(
            Numbers.number(block.row()),
            Numbers.number(block.column()),
            Numbers.number(block.column() + block.weights() - 1),
            Numbers.threeDigits(block.rms()));
  }

  /** What else there is to say about its level; empty where there is nothing. */
  public static String detail(TensorWeighing tensor) {
    List<String> details = new ArrayList<>();
    tensor.detail().ifPresent(details::add);
    tensor.deviation().map(TensorText::deviation).ifPresent(details::add);
    tensor.certificate().map(CertificateText::of).ifPresent(details::add);
    tensor
        .intermediate()
        .flatMap(TensorText::through)
        .ifPresent(type -> details.add("its codes fit best through " + type));
    tensor
        .toReference()
        .ifPresent(
            times ->
                details.add("%s times its type's own error".formatted(Numbers.threeDigits(times))));
    return String.join("; ", details);
  }

  private static String deviation(Deviation deviation) {
    return "%s can't come from the source, the first in row %s, column %s: stored %s, expected %s, source %s"
        .formatted(
            Numbers.count(deviation.weights(), "weight"),
            Numbers.number(deviation.row()),
            Numbers.number(deviation.column()),
            exact(deviation.stored()),
            exact(deviation.expected()),
            exact(deviation.source()));
  }

  /** As many digits as tell a weight from all others. */
  private static String exact(double weight) {
    return Float.toString((float) weight);
  }
}
