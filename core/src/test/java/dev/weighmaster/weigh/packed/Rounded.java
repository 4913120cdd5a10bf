package dev.weighmaster.weigh.packed;

import static dev.weighmaster.weigh.packed.SourceWeights.NAME;
import static dev.weighmaster.weigh.packed.SourceWeights.STEM;
import static dev.weighmaster.weigh.packed.SourceWeights.round;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.packing.CodeType;
import dev.weighmaster.packing.PackedWriter;
import dev.weighmaster.packing.Quantized;
import dev.weighmaster.packing.TestFloats;
import java.util.Arrays;
import java.util.List;

/**
 * Round-to-nearest quantizers, written after what their projects publish. Where a tool computes in
 * the weights' type, each result is rounded to it.
 */
final class Rounded {
  /** Where the kernels of bitsandbytes round up, as they have it. */
  private static final float[] NF4_PIVOTS = {
    -0.8480964f, -0.6106329f, -0.45999527f, -0.33967942f,
    -0.2346074f, -0.13791174f, -0.045525018f, 0.03979015f,
    0.12025525f, 0.20352125f, 0.29201376f, 0.38931254f,
    0.50166345f, 0.6427869f, 0.86147845f
  };

  private static final float[] FP4_PIVOTS = {
    0.00260417f, 0.0859375f, 0.20833333f, 0.29166666f, 0.4166667f, 0.583333f, 0.8333333f
  };

  /** The codes of sizes between those. */
  private static final int[] FP4_CODES = {0, 1, 6, 7, 4, 5, 2, 3};

  private Rounded() {}

  /** bitsandbytes: NF4 or FP4, scales quantized or not. */
  static PackedWriter blockwise(SourceWeights source, CodeType type, int block, boolean nested) {
    float[] weights = flat(source);
    int[] codes = new int[weights.length];
    float[] absmax = new float[weights.length / block];
    for (int i = 0; i < absmax.length; i++) {
      for (int j = i * block; j < (i + 1) * block; j++) {
        absmax[i] = Math.max(absmax[i], Math.abs(weights[j]));
      }
      for (int j = i * block; j < (i + 1) * block; j++) {
        float part = weights[j] * (1 / absmax[i]);
        codes[j] = type == CodeType.NF4 ? above(NF4_PIVOTS, part) : fp4(part);
      }
    }
    String state =
        "{\"quant_type\": \"%s\", \"blocksize\": %d, \"dtype\": \"x\", \"shape\": [%d, %d]%s}";
    String kind = type == CodeType.NF4 ? "nf4" : "fp4";
    if (!nested) {
      return new PackedWriter()
          .blockwise(
              NAME,
              codes,
              type,
              state.formatted(kind, block, source.count(), source.columns(), ""),
              absmax);
    }
    float sum = 0;
    for (float each : absmax) {
      sum += each;
    }
    float mean = sum / absmax.length;
    String more =
        ", \"nested_blocksize\": 256, \"nested_dtype\": \"float32\", \"nested_offset\": " + mean;
    PackedWriter writer =
        new PackedWriter()
            .blockwise(
                NAME,
                codes,
                type,
                state.formatted(kind, block, source.count(), source.columns(), more),
                absmax);
    nest(writer, absmax, mean);
    return writer;
  }

  private static void nest(PackedWriter writer, float[] absmax, float mean) {
    float[] levels = dynamicLevels();
    float[] greatest = new float[(absmax.length + 255) / 256];
    byte[] codes = new byte[absmax.length];
    for (int i = 0; i < absmax.length; i++) {
      greatest[i / 256] = Math.max(greatest[i / 256], Math.abs(absmax[i] - mean));
    }
    for (int i = 0; i < absmax.length; i++) {
      float part = (absmax[i] - mean) * (1 / greatest[i / 256]);
      int best = 0;
      for (int code = 1; code < levels.length; code++) {
        if (Math.abs(levels[code] - part) < Math.abs(levels[best] - part)) {
          best = code;
        }
      }
      codes[i] = (byte) best;
    }
    writer
        .put(NAME + ".absmax", SafetensorsType.U8, List.of((long) codes.length), codes)
        .vector(NAME + ".nested_absmax", SafetensorsType.F32, greatest)
        .vector(NAME + ".nested_quant_map", SafetensorsType.F32, levels);
  }

  /** In single precision, as torch computes {@code linspace}. */
  static float[] dynamicLevels() {
    float[] levels = new float[256];
    int next = 0;
    for (int i = 0; i < 7; i++) {
      int parts = 1 << i;
      for (int j = 0; j < parts; j++) {
        float from = 0.1f + 0.9f * j / parts;
        float to = 0.1f + 0.9f * (j + 1) / parts;
        float level = (float) (Math.pow(10, i - 6) * ((from + to) / 2));
        levels[next++] = level;
        levels[next++] = -level;
      }
    }
    levels[255] = 1;
    Arrays.sort(levels);
    return levels;
  }

  private static float[] flat(SourceWeights source) {
    float[] flat = new float[source.count() * source.columns()];
    for (int row = 0; row < source.count(); row++) {
      System.arraycopy(source.rows()[row], 0, flat, row * source.columns(), source.columns());
    }
    return flat;
  }

  private static int above(float[] pivots, float value) {
    int count = 0;
    while (count < pivots.length && value > pivots[count]) {
      count++;
    }
    return count;
  }

  private static int fp4(float value) {
    return FP4_CODES[above(FP4_PIVOTS, Math.abs(value))] + (value < 0 ? 8 : 0);
  }

  /** bitsandbytes: integers of eight bits, of weights in half precision. */
  static PackedWriter int8(SourceWeights source) {
    SourceWeights half = source.through(SafetensorsType.F16);
    int[][] codes = new int[source.count()][source.columns()];
    float[] absmax = new float[source.count()];
    for (int row = 0; row < codes.length; row++) {
      for (float weight : half.rows()[row]) {
        absmax[row] = Math.max(absmax[row], Math.abs(weight));
      }
      for (int i = 0; i < source.columns(); i++) {
        codes[row][i] = (int) Math.rint(half.rows()[row][i] * (127 / absmax[row]));
      }
    }
    return new PackedWriter()
        .bytes(NAME, SafetensorsType.I8, codes)
        .vector(STEM + ".SCB", SafetensorsType.F32, absmax);
  }

  /**
   * FP8 with a scale for each block.
   *
   * @param computed what each result is rounded to
   * @param byInverse whether weights are multiplied by the inverse scale, which is inverted then
   * @param stored the type of scales
   */
  static PackedWriter fp8(
      SourceWeights source,
      int blockRows,
      int blockColumns,
      SafetensorsType computed,
      boolean byInverse,
      SafetensorsType stored) {
    int[][] codes = new int[source.count()][source.columns()];
    float[][] scales =
        new float[(source.count() - 1) / blockRows + 1][(source.columns() - 1) / blockColumns + 1];
    float[][] absmax = absmax(source, blockRows, blockColumns);
    for (int row = 0; row < codes.length; row++) {
      for (int i = 0; i < source.columns(); i++) {
        float greatest = absmax[row / blockRows][i / blockColumns];
        float weight = source.rows()[row][i];
        float scale;
        float value;
        if (byInverse) {
          float inverse = round(448 / greatest, computed);
          scale = 1 / inverse;
          value = round(weight * inverse, computed);
        } else {
          scale = round(round(greatest / 448, computed), stored);
          value = round(weight / scale, computed);
        }
        scales[row / blockRows][i / blockColumns] = scale;
        codes[row][i] = TestFloats.e4m3(value);
      }
    }
    return new PackedWriter()
        .bytes(NAME, SafetensorsType.F8_E4M3, codes)
        .floats(NAME + "_scale", stored, scales);
  }

  private static float[][] absmax(SourceWeights source, int blockRows, int blockColumns) {
    float[][] absmax =
        new float[(source.count() - 1) / blockRows + 1][(source.columns() - 1) / blockColumns + 1];
    for (int row = 0; row < source.count(); row++) {
      for (int i = 0; i < source.columns(); i++) {
        float[] line = absmax[row / blockRows];
        line[i / blockColumns] = Math.max(line[i / blockColumns], Math.abs(source.rows()[row][i]));
      }
    }
    return absmax;
  }

  /**
   * Integers of compressed-tensors.
   *
   * @param shrink by which the greatest weight is made smaller, as an observer that tries several
   *     does; 1 for none
   */
  static Quantized integers(
      SourceWeights source,
      int bits,
      int groupSize,
      boolean symmetric,
      SafetensorsType computed,
      float shrink) {
    int groups = source.columns() / groupSize;
    int half = 1 << (bits - 1);
    int[][] codes = new int[source.count()][source.columns()];
    float[][] scales = new float[source.count()][groups];
    int[][] zeros = new int[source.count()][groups];
    for (int row = 0; row < codes.length; row++) {
      float[] weights = source.rows()[row];
      for (int group = 0; group < groups; group++) {
        float min = 0;
        float max = 0;
        for (int i = group * groupSize; i < (group + 1) * groupSize; i++) {
          min = Math.min(min, weights[i] * shrink);
          max = Math.max(max, weights[i] * shrink);
        }
        float range = (1 << bits) - 1;
        float scale =
            symmetric
                ? round(Math.max(-min, max) / (range / 2), computed)
                : round(round(max - min, computed) / range, computed);
        float zero = 0;
        if (!symmetric) {
          zero = round(-half - round(min / scale, computed), computed);
          zero = (float) Math.rint(Math.max(-half, Math.min(half - 1, zero)));
        }
        scales[row][group] = scale;
        zeros[row][group] = (int) zero + half;
        for (int i = group * groupSize; i < (group + 1) * groupSize; i++) {
          float value = round(round(weights[i] / scale, computed) + zero, computed);
          codes[row][i] = (int) Math.rint(Math.max(-half, Math.min(half - 1, value))) + half;
        }
      }
    }
    return new Quantized(codes, scales, zeros, Quantized.inOrder(source.columns(), groupSize));
  }

  /**
   * Of an observer that tries smaller scales for each group and keeps the best, by a norm of 2.4.
   */
  static Quantized observed(SourceWeights source, int bits, int groupSize) {
    Quantized best = integers(source, bits, groupSize, true, SafetensorsType.F32, 1);
    for (int i = 1; i < 20; i++) {
      Quantized other = integers(source, bits, groupSize, true, SafetensorsType.F32, 1 - i / 100f);
      for (int row = 0; row < source.count(); row++) {
        float[] weights = source.rows()[row];
        for (int group = 0; group < best.groups(); group++) {
          if (loss(other, row, group, weights) < loss(best, row, group, weights)) {
            best.scales()[row][group] = other.scales()[row][group];
            int from = group * groupSize;
            System.arraycopy(other.codes()[row], from, best.codes()[row], from, groupSize);
          }
        }
      }
    }
    return best;
  }

  private static double loss(Quantized quantized, int row, int group, float[] weights) {
    float[] decoded = quantized.decoded(row);
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      if (quantized.groupOf()[i] == group) {
        sum += Math.pow(Math.abs(decoded[i] - weights[i]), 2.4);
      }
    }
    return sum;
  }

  /** NVFP4 of compressed-tensors. */
  static PackedWriter nvfp4(SourceWeights source) {
    float[][] absmax = absmax(source, 1, 16);
    float greatest = 0;
    for (float[] row : absmax) {
      for (float each : row) {
        greatest = Math.max(greatest, each);
      }
    }
    float global = 448 * 6 / greatest;
    int[][] scales = new int[source.count()][source.columns() / 16];
    int[][] codes = new int[source.count()][source.columns()];
    for (int row = 0; row < codes.length; row++) {
      for (int i = 0; i < source.columns(); i++) {
        float local = round(absmax[row][i / 16] / 6, source.type());
        scales[row][i / 16] = TestFloats.e4m3(local * global);
        float scale = TestFloats.e4m3(scales[row][i / 16]) / global;
        codes[row][i] = TestFloats.e2m1(source.rows()[row][i] / scale);
      }
    }
    return new PackedWriter()
        .nibbles(NAME + "_packed", codes)
        .bytes(NAME + "_scale", SafetensorsType.F8_E4M3, scales)
        .vector(NAME + "_global_scale", SafetensorsType.F32, new float[] {global});
  }

  /**
   * MXFP4.
   *
   * @param rounded whether the power of 2 is the nearest one, as compressed-tensors takes it, or
   *     the one below, as the specification has it
   */
  static PackedWriter mxfp4(SourceWeights source, boolean rounded) {
    float[][] absmax = absmax(source, 1, 32);
    int[][] scales = new int[source.count()][source.columns() / 32];
    int[][] codes = new int[source.count()][source.columns()];
    for (int row = 0; row < codes.length; row++) {
      for (int i = 0; i < source.columns(); i++) {
        float greatest = absmax[row][i / 32];
        int power = Math.getExponent(greatest);
        if (rounded && greatest / Math.scalb(1f, power) >= 1.75f) {
          power++;
        }
        scales[row][i / 32] = power - 2 + 127;
        codes[row][i] = TestFloats.e2m1(source.rows()[row][i] / Math.scalb(1f, power - 2));
      }
    }
    return new PackedWriter()
        .nibbles(NAME + "_packed", codes)
        .bytes(NAME + "_scale", SafetensorsType.U8, scales);
  }
}
