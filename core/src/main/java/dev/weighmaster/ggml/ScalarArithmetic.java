package dev.weighmaster.ggml;

import dev.weighmaster.ggml.ScaleAndMinSearch.Deviation;
import java.util.Arrays;

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
  public void nearestLevels(
      float[] row, int from, int size, byte[] levels, float scale, byte[] codes) {
    for (int i = 0; i < size; i++) {
      float x = row[from + i];
      int nearest = 0;
      float least = Math.abs(levels[0] * scale - x);
      for (int code = 1; code < levels.length; code++) {
        float distance = Math.abs(levels[code] * scale - x);
        if (distance < least) {
          nearest = code;
          least = distance;
        }
      }
      codes[i] = (byte) nearest;
    }
  }

  @Override
  public float greatestDistance(float[] row, int from, int size) {
    return RowWeights.greatestDistance(row, from, size);
  }

  @Override
  public boolean areNearest(
      float[] row,
      int from,
      int size,
      float[] scales,
      float[] mins,
      int leastCode,
      int greatestCode,
      float[] decoded) {
    for (int i = 0; i < size * scales.length; i++) {
      float scale = scales[i / size];
      float min = mins[i / size];
      int code = GgmlFloats.nearestInt((row[from + i] + min) / scale);
      int limited = Math.max(leastCode, Math.min(greatestCode, code));
      if (scale * limited - min != decoded[from + i]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void weighBySize(
      float[] row,
      int from,
      int length,
      float variance,
      float[] importance,
      float[] weights,
      int at) {
    RowWeights.bySize(row, from, length, variance, importance, at, weights, at);
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

  @Override
  public void weightsOfNibbles(
      byte[] nibbles,
      int at,
      int size,
      float[] scales,
      float[] mins,
      int subBlock,
      float[] row,
      int from) {
    for (int i = 0; i < size; i++) {
      int pair = nibbles[at + i];
      row[from + i] = scales[subBlock] * (pair & 0xF) - mins[subBlock];
      row[from + size + i] = scales[subBlock + 1] * ((pair >> 4) & 0xF) - mins[subBlock + 1];
    }
  }

  @Override
  public void fromHalves(byte[] halves, int at, float[] row, int from, int count) {
    for (int i = 0; i < count; i++) {
      row[from + i] = BlockBytes.halfAt(halves, at + Short.BYTES * i);
    }
  }

  @Override
  public void toHalves(float[] row, int from, int count, byte[] halves, int at) {
    for (int i = 0; i < count; i++) {
      BlockBytes.putHalf(halves, at + Short.BYTES * i, row[from + i]);
    }
  }

  @Override
  public void fromBfloat16s(byte[] bfloat16s, int at, float[] row, int from, int count) {
    for (int i = 0; i < count; i++) {
      row[from + i] = GgmlFloats.fromBfloat16(BlockBytes.shortAt(bfloat16s, at + Short.BYTES * i));
    }
  }

  @Override
  public void addErrors(
      float[] source, float[] decoded, int from, int count, BlockErrors.Parts parts) {
    Arrays.fill(parts.squares, 0);
    Arrays.fill(parts.sourceSquares, 0);
    Arrays.fill(parts.greatest, 0);
    Arrays.fill(parts.sizes, 0);
    Arrays.fill(parts.gains, 0);
    for (int i = 0; i < count; i++) {
      int part = i % BlockErrors.PARTS;
      double x = source[from + i];
      double difference = decoded[from + i] - x;
      double square = difference * difference;
      parts.squares[part] += square;
      parts.sourceSquares[part] += x * x;
      parts.greatest[part] = square > parts.greatest[part] ? square : parts.greatest[part];
      parts.sizes[part] += Math.abs(x);
      parts.gains[part] += Math.copySign(1, x) * difference;
    }
  }
}
