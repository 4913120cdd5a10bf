package dev.weighmaster.ggml;

/**
 * The search for a scale and a minimum: {@code make_qkx2_quants} and {@code make_qkx3_quants} in
 * {@code ggml-quants.c}, which differ only in what they do with NaN.
 *
 * <p>Each try rounds the weights to codes, fits a line through codes and weights by weighted least
 * squares, and measures the error of that line.
 */
final class ScaleAndMinSearch implements ScaleSearch {
  /** How an error counts. */
  enum Deviation {
    SQUARED,
    ABSOLUTE
  }

  private final int size;
  private final int maxCode;
  private final float[] spans;
  private final Deviation deviation;

  /**
   * @param size weights in a sub-block
   * @param maxCode the greatest code; the least is 0
   */
  ScaleAndMinSearch(int size, int maxCode, SearchSteps steps, Deviation deviation) {
    this.size = size;
    this.maxCode = maxCode;
    this.spans = steps.spans(maxCode);
    this.deviation = deviation;
  }

  @Override
  public void find(float[] row, int from, float[] importance, int subBlocks, FoundScales found) {
    find(row, from, importance, 0, subBlocks, found);
  }

  /** Searches some sub-blocks of a row: {@code count} from number {@code first} on. */
  void find(float[] row, int from, float[] importance, int first, int count, FoundScales found) {
    float[] codes = new float[size];
    for (int subBlock = first; subBlock < first + count; subBlock++) {
      int at = subBlock * size;
      searchOne(row, from + at, importance, at, codes, found, subBlock);
    }
  }

  private void searchOne(
      float[] row,
      int from,
      float[] importance,
      int importanceFrom,
      float[] codes,
      FoundScales found,
      int subBlock) {
    float min = row[from];
    float max = row[from];
    float sumOfImportance = importance[importanceFrom];
    float sumOfWeights = sumOfImportance * row[from];
    for (int i = 1; i < size; i++) {
      float x = row[from + i];
      if (x < min) {
        min = x;
      }
      if (x > max) {
        max = x;
      }
      float w = importance[importanceFrom + i];
      sumOfImportance += w;
      sumOfWeights += w * x;
    }
    if (min > 0) {
      min = 0;
    }
    if (!(max > min)) {
      found.scale[subBlock] = 0;
      found.min[subBlock] = -min;
      found.inverse[subBlock] = 0;
      found.base[subBlock] = 0;
      return;
    }
    float inverse = maxCode / (max - min);
    float scale = 1 / inverse;
    float base = min;
    float leastError = 0;
    for (int i = 0; i < size; i++) {
      float x = row[from + i];
      leastError += importance[importanceFrom + i] * error(scale * code(inverse, x, min) + min - x);
    }
    for (float span : spans) {
      // From here on min is that of the best line so far: ggml searches on from there.
      float tried = span / (max - min);
      float sumOfCodes = 0;
      float sumOfSquares = 0;
      float sumOfProducts = 0;
      for (int i = 0; i < size; i++) {
        float x = row[from + i];
        int code = code(tried, x, min);
        codes[i] = code;
        float weighted = importance[importanceFrom + i] * code;
        sumOfCodes += weighted;
        sumOfSquares += weighted * code;
        sumOfProducts += weighted * x;
      }
      float determinant = sumOfImportance * sumOfSquares - sumOfCodes * sumOfCodes;
      if (determinant > 0) {
        float fittedScale =
            (sumOfImportance * sumOfProducts - sumOfWeights * sumOfCodes) / determinant;
        float fittedMin = (sumOfSquares * sumOfWeights - sumOfCodes * sumOfProducts) / determinant;
        if (fittedMin > 0) {
          fittedMin = 0;
          fittedScale = sumOfProducts / sumOfSquares;
        }
        float error = 0;
        for (int i = 0; i < size; i++) {
          float x = row[from + i];
          error += importance[importanceFrom + i] * error(fittedScale * codes[i] + fittedMin - x);
        }
        if (error < leastError) {
          leastError = error;
          inverse = tried;
          base = min;
          scale = fittedScale;
          min = fittedMin;
        }
      }
    }
    found.scale[subBlock] = scale;
    found.min[subBlock] = -min;
    found.inverse[subBlock] = inverse;
    found.base[subBlock] = base;
  }

  private float error(float difference) {
    return deviation == Deviation.SQUARED ? difference * difference : Math.abs(difference);
  }

  private int code(float inverse, float x, float min) {
    return Math.max(0, Math.min(maxCode, GgmlFloats.nearestInt(inverse * (x - min))));
  }

  @Override
  public void codes(float[] row, int from, FoundScales found, int subBlock, byte[] codes, int at) {
    float inverse = found.inverse[subBlock];
    float base = found.base[subBlock];
    for (int i = 0; i < size; i++) {
      codes[at + i] = (byte) code(inverse, row[from + i], base);
    }
  }
}
