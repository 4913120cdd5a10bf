package dev.weighmaster.conversion;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a converter computes from the configuration alone: floats in the order of a vector.
 *
 * @param text as the table has it
 */
record Computation(String text) {
  private static final Pattern LIST = Pattern.compile("list\\(([^()]*)\\)");
  private static final String LLAMA3 = "llama3Factors";
  private static final Pattern OR = Pattern.compile("\\s+or\\s+");

  static Computation parse(String text) {
    if (!text.equals(LLAMA3) && !LIST.matcher(text).matches()) {
      throw new IllegalArgumentException("no computation of this name: " + text);
    }
    return new Computation(text);
  }

  /**
   * The vectors that converters of different years compute, today's first; none if the
   * configuration does not ask for it.
   *
   * @throws UnmappedException if the configuration has no values that make sense
   */
  List<float[]> vectors(ModelConfig config) throws UnmappedException {
    if (text.equals(LLAMA3)) {
      return Llama3Factors.vectors(config);
    }
    Matcher list = LIST.matcher(text);
    if (!list.matches()) {
      throw new IllegalStateException(text);
    }
    for (String path : List.of(OR.split(list.group(1)))) {
      Optional<List<Double>> numbers = config.numbers(path);
      if (numbers.isPresent()) {
        float[] floats = new float[numbers.get().size()];
        for (int i = 0; i < floats.length; i++) {
          floats[i] = numbers.get().get(i).floatValue();
        }
        return List.of(floats);
      }
    }
    return List.of();
  }
}
