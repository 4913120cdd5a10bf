package dev.weighmaster.ggml;

import dev.weighmaster.ggml.ScaleAndMinSearch.Deviation;

/** One weight after the other. */
final class ScalarArithmetic implements Arithmetic {
  @Override
  public ScaleSearch scaleAndMin(int size, int maxCode, SearchSteps steps, Deviation deviation) {
    return new ScaleAndMinSearch(size, maxCode, steps, deviation);
  }

  @Override
  public ScaleSearch centered(int size, int half) {
    return new CenteredScaleSearch(size, half);
  }

  @Override
  public ScaleSearch descending(int size, int half) {
    return new DescendingScaleSearch(size, half);
  }

  @Override
  public void nearestCodes(
      float[] row,
      int from,
      int size,
      float scale,
      float min,
      int leastCode,
      int greatestCode,
      byte[] codes,
      int at) {
    for (int i = 0; i < size; i++) {
      int code = GgmlFloats.nearestInt((row[from + i] + min) / scale);
      codes[at + i] = (byte) (Math.max(leastCode, Math.min(greatestCode, code)) - leastCode);
    }
  }

  @Override
  public void truncatedCodes(
      float[] row,
      int from,
      int size,
      float min,
      float inverse,
      float shift,
      int greatestCode,
      byte[] codes,
      int at) {
    for (int i = 0; i < size; i++) {
      int code = (byte) GgmlFloats.truncate((row[from + i] - min) * inverse + shift);
      codes[at + i] = (byte) Math.min(greatestCode, code);
    }
  }

  @Override
  public void roundedCodes(float[] row, int from, int size, float inverse, byte[] codes, int at) {
    for (int i = 0; i < size; i++) {
      codes[at + i] = (byte) GgmlFloats.roundHalfAway(row[from + i] * inverse);
    }
  }

  @Override
  public float greatestDistance(float[] row, int from, int size) {
    return RowWeights.greatestDistance(row, from, size);
  }

  @Override
  public void weights(
      byte[] codes,
      int at,
      int size,
      float scale,
      float min,
      int leastCode,
      float[] row,
      int from) {
    for (int i = 0; i < size; i++) {
      row[from + i] = scale * (codes[at + i] + leastCode) - min;
    }
  }
}
