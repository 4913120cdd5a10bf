package dev.weighmaster.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What {@link Level#EQUIVALENT} leaves open: under each pair of scale and minimum a sub-block has
 * other codes, and so another error. Whoever may choose among the good pairs can have the errors of
 * many sub-blocks add up to a change of the weights.
 */
class SteeredScalesTest {
  private static final int LENGTH = 1024;
  private static final int ROWS = 32;
  private static final GgmlType TYPE = GgmlType.Q4_K;
  private static final int SUPER_BLOCK = 256;
  private static final int SUB_BLOCK = 32;
  private static final int SCALES_AT = 4;
  private static final int CODES_AT = 16;
  private static final int MAX_STORED = 63;
  private static final int MAX_CODE = 15;

  private static final float[] WEIGHTS = TestModel.weights(LENGTH * ROWS, 1);

  /** A matrix of rank one with a hundredth of the weights' deviation. */
  private static final float[] CHANGE = change();

  @TempDir Path hub;

  /** Chooses scales. */
  private static final class Steering {
    private final float[] weights;
    private final float[] change;
    private final double price;
    private final int mostSteps;

    /**
     * @param change to which errors are to add up
     * @param price how much an error counts against what it adds to the change
     * @param mostSteps how far a stored scale may be from what it was
     */
    Steering(float[] weights, float[] change, double price, int mostSteps) {
      this.weights = weights;
      this.change = change;
      this.price = price;
      this.mostSteps = mostSteps;
    }

    /** Chooses the scales of a super-block anew, with their codes. */
    void steer(byte[] blocks, int offset, int first) {
      float[] halves = new float[2];
      GgmlCodecs.of(GgmlType.F16).orElseThrow().decode(blocks, offset, halves, 0, 2);
      int[] scales = new int[SUPER_BLOCK / SUB_BLOCK];
      int[] mins = new int[scales.length];
      int[] codes = new int[SUPER_BLOCK];
      for (int i = 0; i < scales.length; i++) {
        int low = blocks[offset + SCALES_AT + i % 4] & 0xFF;
        int lowMin = blocks[offset + SCALES_AT + 4 + i % 4] & 0xFF;
        int high = blocks[offset + SCALES_AT + 8 + i % 4] & 0xFF;
        scales[i] = i < 4 ? low & MAX_STORED : (high & 15) | ((low >> 6) << 4);
        mins[i] = i < 4 ? lowMin & MAX_STORED : (high >> 4) | ((lowMin >> 6) << 4);
        int at = first + i * SUB_BLOCK;
        double best = Double.NEGATIVE_INFINITY;
        int scaleWas = scales[i];
        int minWas = mins[i];
        for (int scale = Math.max(1, scaleWas - mostSteps);
            scale <= Math.min(MAX_STORED, scaleWas + mostSteps);
            scale++) {
          for (int min = Math.max(0, minWas - mostSteps);
              min <= Math.min(MAX_STORED, minWas + mostSteps);
              min++) {
            double worth = worth(at, halves[0] * scale, halves[1] * min);
            if (worth > best) {
              best = worth;
              scales[i] = scale;
              mins[i] = min;
            }
          }
        }
        for (int j = 0; j < SUB_BLOCK; j++) {
          codes[i * SUB_BLOCK + j] =
              code(weights[at + j], halves[0] * scales[i], halves[1] * mins[i]);
        }
      }
      for (int i = 0; i < 4; i++) {
        int at = offset + SCALES_AT + i;
        blocks[at] = (byte) (scales[i] | ((scales[i + 4] >> 4) << 6));
        blocks[at + 4] = (byte) (mins[i] | ((mins[i + 4] >> 4) << 6));
        blocks[at + 8] = (byte) ((scales[i + 4] & 15) | ((mins[i + 4] & 15) << 4));
      }
      for (int i = 0; i < SUPER_BLOCK / 2; i++) {
        int low = i / SUB_BLOCK * 2 * SUB_BLOCK + i % SUB_BLOCK;
        blocks[offset + CODES_AT + i] = (byte) (codes[low] | (codes[low + SUB_BLOCK] << 4));
      }
    }

    /** What the errors of a sub-block add to the change, less what they cost. */
    private double worth(int at, float scale, float min) {
      double worth = 0;
      for (int i = at; i < at + SUB_BLOCK; i++) {
        double error = scale * code(weights[i], scale, min) - min - weights[i];
        worth += error * change[i] - price * error * error;
      }
      return worth;
    }

    private static int code(float weight, float scale, float min) {
      return (int) Math.max(0, Math.min(MAX_CODE, Math.rint((weight + min) / scale)));
    }
  }

  private static float[] change() {
    var random = new Random(2);
    double[] row = random.doubles(LENGTH, -1, 1).toArray();
    double[] column = random.doubles(ROWS, -1, 1).toArray();
    float[] change = new float[LENGTH * ROWS];
    for (int i = 0; i < change.length; i++) {
      // The product of two even distributions has a deviation of a third.
      change[i] = (float) (column[i / LENGTH] * row[i % LENGTH] * 0.03 * TestModel.DEVIATION);
    }
    return change;
  }

  /** How much of the change is in some weights: 0 is nothing of it, 1 is all. */
  private static double carried(byte[] blocks) {
    return carried(blocks, WEIGHTS, CHANGE);
  }

  private static double carried(byte[] blocks, float[] source, float[] change) {
    float[] weights = new float[source.length];
    GgmlCodecs.of(TYPE).orElseThrow().decode(blocks, 0, weights, 0, weights.length);
    double products = 0;
    double squares = 0;
    for (int i = 0; i < weights.length; i++) {
      products += (double) (weights[i] - source[i]) * change[i];
      squares += (double) change[i] * change[i];
    }
    return products / squares;
  }

  private TensorWeighing weigh(byte[] blocks) throws IOException {
    return weigh(blocks, WEIGHTS, Weigher.Depth.EXACT);
  }

  private TensorWeighing weigh(byte[] blocks, float[] weights, Weigher.Depth depth)
      throws IOException {
    ModelTensors quantization =
        new TestModel()
            .put("a", TYPE, List.of((long) LENGTH, (long) weights.length / LENGTH), blocks)
            .write(hub, "q.gguf");
    ModelTensors source =
        new TestModel().put("a", GgmlType.F32, weights, LENGTH).write(hub, "s.gguf");
    return new Weigher(quantization, source, List.of(), depth)
        .weigh(quantization.find("a").orElseThrow());
  }

  private static byte[] honest() {
    return TestModel.encode(TYPE, WEIGHTS, LENGTH);
  }

  @Test
  void anHonestFileCarriesNothingOfTheChange() throws IOException {
    assertThat(weigh(honest()).level()).isEqualTo(Level.EXACT);
    assertThat(carried(honest())).isBetween(-0.2, 0.2);
  }

  @Test
  void whoeverQuantizesTheChangedWeightsIsSeen() throws IOException {
    float[] changed = WEIGHTS.clone();
    for (int i = 0; i < changed.length; i++) {
      changed[i] += CHANGE[i];
    }
    byte[] blocks = TestModel.encode(TYPE, changed, LENGTH);

    assertThat(carried(blocks)).isBetween(0.8, 1.2);
    assertThat(weigh(blocks).level()).isEqualTo(Level.DEVIATES);
  }

  @Test
  void whoeverChoosesScalesToCarryAChangeIsNotSeen() throws IOException {
    byte[] blocks = honest();
    Steering steering = new Steering(WEIGHTS, CHANGE, 0.1, 9);
    for (int at = 0; at < WEIGHTS.length; at += SUPER_BLOCK) {
      steering.steer(blocks, at / SUPER_BLOCK * TYPE.blockBytes(), at);
    }

    TensorWeighing weighing = weigh(blocks);

    assertThat(carried(blocks)).isGreaterThan(1);
    assertThat(weighing.level()).isEqualTo(Level.EQUIVALENT);
    assertThat(weighing.toReference().orElseThrow()).isLessThan(1.05);
  }

  /**
   * One row in 64, which in an embedding is a token: no block is without its weights, nor are there
   * too many bad ones among all, nor is the row greater or smaller on the whole.
   *
   * @param price the less, the further each weight is moved
   */
  @ParameterizedTest
  @CsvSource({"2, 0.05", "1, 0.1", "0.5, 0.15", "0.25, 0.18"})
  void aRowCanNotBeRewrittenByScalesThatMoveEachOfItsWeights(double price, double moved)
      throws IOException {
    float[] weights = TestModel.weights(64 * LENGTH, 3);
    float[] change = new float[weights.length];
    var random = new Random(4);
    for (int i = 0; i < LENGTH; i++) {
      change[i] = random.nextBoolean() ? TestModel.DEVIATION : -TestModel.DEVIATION;
    }
    byte[] blocks = TestModel.encode(TYPE, weights, LENGTH);
    Steering steering = new Steering(weights, change, price, MAX_STORED);
    for (int at = 0; at < LENGTH; at += SUPER_BLOCK) {
      int offset = at / SUPER_BLOCK * TYPE.blockBytes();
      // Four times as great: two more in the exponents of scale and minimum.
      blocks[offset + 1] = (byte) (blocks[offset + 1] + 8);
      blocks[offset + 3] = (byte) (blocks[offset + 3] + 8);
      steering.steer(blocks, offset, at);
    }

    assertThat(carried(blocks, weights, change)).isGreaterThan(moved);
    for (Weigher.Depth depth : Weigher.Depth.values()) {
      TensorWeighing weighing = weigh(blocks, weights, depth);
      assertThat(weighing.deviation()).isEmpty();
      assertThat(weighing.level()).isEqualTo(Level.WITHIN_BOUNDS);
    }
  }
}
