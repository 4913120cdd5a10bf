package dev.weighmaster.weigh.packed;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.packing.PackedWriter;
import dev.weighmaster.packing.TestFloats;
import java.util.Random;

/**
 * Random weights of a full-precision model.
 *
 * @param rows the weights, which the type holds exactly
 * @param type in which they are stored
 */
@SuppressWarnings("ArrayRecordComponent") // they are changed in tests
record SourceWeights(float[][] rows, SafetensorsType type) {
  static final String STEM = "model.layers.0.self_attn.o_proj";
  static final String NAME = STEM + ".weight";
  static final float DEVIATION = 0.05f;

  /** Normal ones with a few outliers. */
  static SourceWeights random(int rows, int columns, SafetensorsType type, Random random) {
    float[][] weights = new float[rows][columns];
    for (float[] row : weights) {
      for (int i = 0; i < columns; i++) {
        float size = DEVIATION * (random.nextInt(500) == 0 ? 8 : 1);
        row[i] = (float) random.nextGaussian() * size;
      }
    }
    return new SourceWeights(weights, type).through(type);
  }

  static float round(float value, SafetensorsType type) {
    return switch (type) {
      case F16 -> TestFloats.throughHalf(value);
      case BF16 -> TestFloats.throughBfloat16(value);
      default -> value;
    };
  }

  /** The weights rounded to a type. */
  SourceWeights through(SafetensorsType to) {
    float[][] rounded = new float[rows.length][columns()];
    for (int row = 0; row < rows.length; row++) {
      for (int i = 0; i < columns(); i++) {
        rounded[row][i] = round(rows[row][i], to);
      }
    }
    return new SourceWeights(rounded, to);
  }

  /** Other weights, rounded to the same type. */
  SourceWeights changed(float[][] others) {
    return new SourceWeights(others, type).through(type);
  }

  int count() {
    return rows.length;
  }

  int columns() {
    return rows[0].length;
  }

  PackedWriter writer() {
    return new PackedWriter().floats(NAME, type, rows);
  }
}
