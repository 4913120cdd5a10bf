package dev.weighmaster.gptq;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * GPTQ as it is published and as the usual tools do it, in single precision: columns are rounded in
 * turn, each error is spread over the columns of its block of 128 at once and over those behind
 * when the block is done. Codes are packed as the tools do it, too: from the decoded weights, which
 * were rounded to the model's type, and the stored scales.
 *
 * @param groupSize less than 0 for one group
 * @param descAct the columns with the greatest inputs are rounded first
 * @param staticGroups groups are of neighbours, and their scales are of the source
 * @param leastSquares scales are shrunk to what makes the errors least, which clips weights
 * @param keepsZeros weights of zero stay zero, as llm-compressor has it for sparse sources
 */
record Gptq(
    int bits,
    int groupSize,
    boolean symmetric,
    boolean descAct,
    boolean staticGroups,
    boolean leastSquares,
    boolean keepsZeros,
    double damp,
    Number16 storedScale) {
  private static final int BLOCK = 128;

  /** A type of 16 bits. */
  enum Number16 {
    F16(10, -14),
    BF16(7, -126);

    private final int fraction;
    private final int leastExponent;

    Number16(int fraction, int leastExponent) {
      this.fraction = fraction;
      this.leastExponent = leastExponent;
    }

    float round(float value) {
      int shift = fraction - Math.max(Math.getExponent(value), leastExponent);
      return (float) Math.scalb(Math.rint(Math.scalb((double) value, shift)), -shift);
    }
  }

  /** What GPTQ makes of a matrix. */
  static final class Quantized {
    private final int[][] codes;
    private final float[][] scales;
    private final int[][] zeros;
    private final int[] groups;
    private final int[] order;

    private Quantized(int rows, int groupCount, int[] groups, int[] order) {
      this.codes = new int[rows][order.length];
      this.scales = new float[rows][groupCount];
      this.zeros = new int[rows][groupCount];
      this.groups = groups;
      this.order = order;
    }

    /** By row and column. */
    int[][] codes() {
      return codes;
    }

    /** As stored, by row and group. */
    float[][] scales() {
      return scales;
    }

    /** By row and group. */
    int[][] zeros() {
      return zeros;
    }

    /** Each column's group. */
    int[] groups() {
      return groups;
    }

    /** The columns as they were rounded. */
    int[] order() {
      return order;
    }
  }

  static Gptq of4Bits() {
    return new Gptq(4, 128, true, false, false, false, false, 0.01, Number16.F16);
  }

  private int greatestCode() {
    return (1 << bits) - 1;
  }

  /** Quantizes a whole matrix. */
  Quantized quantize(float[][] source, Calibration calibration) {
    return quantize(source, calibration, calibration.columns());
  }

  /** Rounds no more than the columns whose turn is first; the others' codes and scales are 0. */
  Quantized quantize(float[][] source, Calibration calibration, int count) {
    int columns = calibration.columns();
    int[] order = descAct ? calibration.descending() : IntStream.range(0, columns).toArray();
    float[][] factor = calibration.factor(order, count, damp);
    boolean[] dead = new boolean[columns];
    for (int j = 0; j < columns; j++) {
      dead[j] = calibration.isDead(j);
    }
    int size = groupSize < 0 ? columns : groupSize;
    int groupCount = (columns + size - 1) / size;
    int[] groups = new int[columns];
    for (int i = 0; i < columns; i++) {
      groups[order[i]] = (staticGroups ? order[i] : i) / size;
    }
    Quantized result = new Quantized(source.length, groupCount, groups, order);
    for (int row = 0; row < source.length; row++) {
      float[] weights = new float[columns];
      for (int i = 0; i < columns; i++) {
        weights[i] = dead[order[i]] ? 0 : source[row][order[i]];
      }
      new Row(weights, order, factor, size, result, row).round(count);
    }
    return result;
  }

  /** One row, its weights in the order of rounding. */
  private final class Row {
    private final float[] weights;
    private final int[] order;
    private final float[][] factor;
    private final int size;
    private final Quantized result;
    private final int row;
    private final float[] scales;
    private final boolean[] kept;

    Row(float[] weights, int[] order, float[][] factor, int size, Quantized result, int row) {
      this.weights = weights;
      this.order = order;
      this.factor = factor;
      this.size = size;
      this.result = result;
      this.row = row;
      this.scales = new float[result.scales[row].length];
      this.kept = new boolean[weights.length];
      for (int i = 0; i < weights.length; i++) {
        kept[i] = keepsZeros && weights[i] == 0;
      }
      if (staticGroups) {
        float[] inPlace = new float[weights.length];
        for (int i = 0; i < weights.length; i++) {
          inPlace[order[i]] = weights[i];
        }
        for (int group = 0; group < scales.length; group++) {
          findScale(group, inPlace, group * size);
        }
      }
    }

    void round(int count) {
      for (int start = 0; start < count; start += BLOCK) {
        int end = Math.min(start + BLOCK, count);
        float[] block = Arrays.copyOfRange(weights, start, end);
        float[] errors = new float[end - start];
        for (int i = start; i < end; i++) {
          if (!staticGroups && i % size == 0) {
            findScale(i / size, weights, i);
          }
          errors[i - start] = (block[i - start] - decoded(i, block[i - start])) / factor[i][i];
          for (int j = i; j < end; j++) {
            block[j - start] -= kept[j] ? 0 : errors[i - start] * factor[i][j];
          }
        }
        for (int j = end; j < count; j++) {
          float sum = 0;
          for (int i = start; i < end; i++) {
            sum += errors[i - start] * factor[i][j];
          }
          weights[j] -= kept[j] ? 0 : sum;
        }
      }
    }

    private float decoded(int i, float weight) {
      int group = result.groups[order[i]];
      int zero = result.zeros[row][group];
      float decoded = scales[group] * (code(weight, scales[group], zero) - zero);
      float sum = Number16.BF16.round(decoded) + zero * scales[group];
      result.codes[row][order[i]] = code(sum, result.scales[row][group], 0);
      return decoded;
    }

    private int code(float weight, float scale, int zero) {
      return (int) Math.max(0, Math.min(greatestCode(), (float) Math.rint(weight / scale) + zero));
    }

    private void findScale(int group, float[] from, int start) {
      float[] of = Arrays.copyOfRange(from, start, Math.min(start + size, from.length));
      float least = 0;
      float greatest = 0;
      for (float weight : of) {
        least = Math.min(least, weight);
        greatest = Math.max(greatest, weight);
      }
      if (symmetric) {
        greatest = Math.max(-least, greatest);
        least = least < 0 ? -greatest : least;
      }
      if (least == 0 && greatest == 0) {
        least = -1;
        greatest = 1;
      }
      float best = Float.POSITIVE_INFINITY;
      for (int i = 0; i < (leastSquares ? 40 : 1); i++) {
        float shrunk = 1 - i * 0.02f;
        float scale = (greatest * shrunk - least * shrunk) / greatestCode();
        int zero = symmetric ? (greatestCode() + 1) / 2 : (int) Math.rint(-least * shrunk / scale);
        float error = leastSquares ? error(of, scale, zero) : 0;
        if (error < best) {
          best = error;
          scales[group] = scale;
          result.zeros[row][group] = zero;
          result.scales[row][group] = storedScale.round(scale);
        }
      }
    }

    private float error(float[] of, float scale, int zero) {
      float sum = 0;
      for (float weight : of) {
        float error = scale * (code(weight, scale, zero) - zero) - weight;
        sum += (float) Math.pow(Math.abs(error), 2.4);
      }
      return sum;
    }
  }
}
