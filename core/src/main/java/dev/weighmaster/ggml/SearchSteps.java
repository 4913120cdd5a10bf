package dev.weighmaster.ggml;

/**
 * Which spans of codes a {@link ScaleAndMinSearch} tries: {@code first + step * i} codes more than
 * there are, for {@code i} from 0 to {@code last}.
 */
record SearchSteps(float first, float step, int last) {
  /** What ggml tries wherever weights have importance. */
  static final SearchSteps BY_IMPORTANCE = new SearchSteps(-0.9f, 0.05f, 36);

  /** Each try's span, for codes from 0 to {@code maxCode}. */
  float[] spans(int maxCode) {
    float[] spans = new float[last + 1];
    for (int i = 0; i <= last; i++) {
      spans[i] = first + step * i + maxCode;
    }
    return spans;
  }
}
