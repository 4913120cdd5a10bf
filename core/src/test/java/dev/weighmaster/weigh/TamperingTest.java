package dev.weighmaster.weigh;

import static dev.weighmaster.weigh.Level.DEVIATES;
import static dev.weighmaster.weigh.Level.EQUIVALENT;
import static dev.weighmaster.weigh.Level.EXACT;
import static dev.weighmaster.weigh.Level.NOT_COMPARED;
import static dev.weighmaster.weigh.Level.WITHIN_BOUNDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What was done to a quantization, and what a weighing without an imatrix says of it. */
class TamperingTest {
  private static final int LENGTH = 512;
  private static final int ROWS = 32;
  private static final String EMBEDDING = "token_embd.weight";
  private static final String MATRIX = "blk.0.attn_q.weight";
  private static final String NORM = "blk.0.attn_norm.weight";

  @TempDir Path hub;

  private static final float[] EMBEDDED = TestModel.weights(LENGTH * ROWS, 1);
  private static final float[] WEIGHTS = TestModel.weights(LENGTH * ROWS, 2);
  private static final float[] NORMS = TestModel.weights(LENGTH, 3);

  private static TestModel quantized(GgmlType type, float[] weights) {
    return new TestModel()
        .put(EMBEDDING, type, EMBEDDED, LENGTH)
        .put(MATRIX, type, weights, LENGTH)
        .put(NORM, GgmlType.F32, NORMS, LENGTH);
  }

  /** Something done to a quantization of a type. */
  private enum Tampering {
    NOTHING {
      @Override
      TestModel of(GgmlType type) {
        return quantized(type, WEIGHTS);
      }
    },
    /** By the lowest bit of a byte that holds codes. */
    A_CODE_OFF_BY_ONE {
      @Override
      TestModel of(GgmlType type) {
        TestModel model = quantized(type, WEIGHTS);
        int code =
            switch (type) {
              case Q4_K -> 20;
              case Q4_0, Q8_0 -> 5;
              case IQ3_S -> 10;
              default -> throw new AssertionError();
            };
        model.bytes(MATRIX)[7 * type.blockBytes() + code] ^= 1;
        return model;
      }
    },
    /** A sub-block's in Q4_K and IQ3_S, which have a few bits. */
    A_SCALES_LOWEST_BIT {
      @Override
      TestModel of(GgmlType type) {
        TestModel model = quantized(type, WEIGHTS);
        int scale =
            switch (type) {
              case Q4_K -> 4;
              case Q4_0, Q8_0 -> 0;
              case IQ3_S -> 106;
              default -> throw new AssertionError();
            };
        model.bytes(MATRIX)[7 * type.blockBytes() + scale] ^= 1;
        return model;
      }
    },
    /** A thousandth of the scale, by which few codes change: in this block of Q4_K none does. */
    A_HALF_PRECISION_SCALES_LOWEST_BIT {
      @Override
      TestModel of(GgmlType type) {
        TestModel model = quantized(type, WEIGHTS);
        model.bytes(MATRIX)[7 * type.blockBytes()] ^= 1;
        return model;
      }
    },
    NOISE_OF_A_TEN_THOUSANDTH {
      @Override
      TestModel of(GgmlType type) {
        var random = new Random(5);
        float[] changed = WEIGHTS.clone();
        for (int i = 0; i < changed.length; i++) {
          changed[i] += (float) random.nextGaussian() * TestModel.DEVIATION * 1e-4f;
        }
        return quantized(type, changed);
      }
    },
    AN_UPDATE_OF_RANK_8 {
      @Override
      TestModel of(GgmlType type) {
        var random = new Random(6);
        float[] changed = WEIGHTS.clone();
        for (int rank = 0; rank < 8; rank++) {
          float[] column = new float[ROWS];
          float[] row = new float[LENGTH];
          for (int i = 0; i < ROWS; i++) {
            column[i] = (float) random.nextGaussian() * TestModel.DEVIATION * 0.01f;
          }
          for (int i = 0; i < LENGTH; i++) {
            row[i] = (float) random.nextGaussian();
          }
          for (int i = 0; i < changed.length; i++) {
            changed[i] += column[i / LENGTH] * row[i % LENGTH];
          }
        }
        return quantized(type, changed);
      }
    },
    TWO_ROWS_SWAPPED {
      @Override
      TestModel of(GgmlType type) {
        TestModel model = quantized(type, WEIGHTS);
        model.swap(MATRIX, 3, 17, ROWS);
        return model;
      }
    },
    A_ROW_OF_THE_EMBEDDING_REPLACED {
      @Override
      TestModel of(GgmlType type) {
        float[] changed = EMBEDDED.clone();
        System.arraycopy(TestModel.weights(LENGTH, 7), 0, changed, 9 * LENGTH, LENGTH);
        return quantized(type, WEIGHTS).put(EMBEDDING, type, changed, LENGTH);
      }
    },
    A_BLOCK_WITHOUT_WEIGHTS {
      @Override
      TestModel of(GgmlType type) {
        TestModel model = quantized(type, WEIGHTS);
        int at = 7 * type.blockBytes();
        // A scale of 0 makes every code the nearest one.
        Arrays.fill(model.bytes(MATRIX), at, at + 4, (byte) 0);
        return model;
      }
    },
    A_NORM_OFF_BY_ONE_UNIT_IN_THE_LAST_PLACE {
      @Override
      TestModel of(GgmlType type) {
        TestModel model = quantized(type, WEIGHTS);
        model.bytes(NORM)[4 * 100] ^= 1;
        return model;
      }
    },
    A_TENSOR_OF_ANOTHER_MODEL {
      @Override
      TestModel of(GgmlType type) {
        return quantized(type, TestModel.weights(LENGTH * ROWS, 8));
      }
    },
    ANOTHER_SHAPE {
      @Override
      TestModel of(GgmlType type) {
        return quantized(type, WEIGHTS).put(MATRIX, type, WEIGHTS, LENGTH / 2);
      }
    },
    AN_EXTRA_TENSOR {
      @Override
      TestModel of(GgmlType type) {
        return quantized(type, WEIGHTS).put("extra.weight", type, WEIGHTS, LENGTH);
      }
    },
    A_MISSING_TENSOR {
      @Override
      TestModel of(GgmlType type) {
        return quantized(type, WEIGHTS).remove(NORM);
      }
    },
    A_CHANGED_TEMPLATE {
      @Override
      TestModel of(GgmlType type) {
        return quantized(type, WEIGHTS).template("{{ messages }} And now for something else.");
      }
    };

    abstract TestModel of(GgmlType type);
  }

  private static final List<GgmlType> TYPES =
      List.of(GgmlType.Q4_K, GgmlType.Q4_0, GgmlType.Q8_0, GgmlType.IQ3_S);

  /** What stands there as WITHIN_BOUNDS or EQUIVALENT is not seen as tampering. */
  static Stream<Arguments> table() {
    return Stream.of(
            row(Tampering.NOTHING, EXACT, EXACT, EXACT, EXACT),
            row(Tampering.A_CODE_OFF_BY_ONE, DEVIATES, DEVIATES, DEVIATES, WITHIN_BOUNDS),
            row(Tampering.A_SCALES_LOWEST_BIT, DEVIATES, EQUIVALENT, DEVIATES, WITHIN_BOUNDS),
            row(
                Tampering.A_HALF_PRECISION_SCALES_LOWEST_BIT,
                EQUIVALENT,
                EQUIVALENT,
                DEVIATES,
                WITHIN_BOUNDS),
            row(Tampering.NOISE_OF_A_TEN_THOUSANDTH, DEVIATES, DEVIATES, DEVIATES, WITHIN_BOUNDS),
            row(Tampering.AN_UPDATE_OF_RANK_8, DEVIATES, DEVIATES, DEVIATES, WITHIN_BOUNDS),
            row(Tampering.TWO_ROWS_SWAPPED, DEVIATES, DEVIATES, DEVIATES, DEVIATES),
            row(Tampering.A_ROW_OF_THE_EMBEDDING_REPLACED, DEVIATES, DEVIATES, DEVIATES, DEVIATES),
            row(
                Tampering.A_BLOCK_WITHOUT_WEIGHTS,
                WITHIN_BOUNDS,
                WITHIN_BOUNDS,
                DEVIATES,
                WITHIN_BOUNDS),
            row(
                Tampering.A_NORM_OFF_BY_ONE_UNIT_IN_THE_LAST_PLACE,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES),
            row(Tampering.A_TENSOR_OF_ANOTHER_MODEL, DEVIATES, DEVIATES, DEVIATES, DEVIATES),
            row(Tampering.ANOTHER_SHAPE, DEVIATES, DEVIATES, DEVIATES, DEVIATES),
            row(Tampering.AN_EXTRA_TENSOR, NOT_COMPARED, NOT_COMPARED, NOT_COMPARED, NOT_COMPARED),
            row(Tampering.A_MISSING_TENSOR, NOT_COMPARED, NOT_COMPARED, NOT_COMPARED, NOT_COMPARED),
            row(Tampering.A_CHANGED_TEMPLATE, EXACT, EXACT, EXACT, EXACT))
        .flatMap(row -> row);
  }

  /** The levels of Q4_K, Q4_0, Q8_0 and IQ3_S. */
  private static Stream<Arguments> row(Tampering tampering, Level... levels) {
    return Stream.of(0, 1, 2, 3).map(i -> arguments(tampering, TYPES.get(i), levels[i]));
  }

  @ParameterizedTest
  @MethodSource("table")
  void tamperingIsSeenAsFarAsTheTypeLetsItBeSeen(Tampering tampering, GgmlType type, Level level)
      throws IOException {
    ModelTensors source =
        new TestModel()
            .put(EMBEDDING, GgmlType.F32, EMBEDDED, LENGTH)
            .put(MATRIX, GgmlType.F32, WEIGHTS, LENGTH)
            .put(NORM, GgmlType.F32, NORMS, LENGTH)
            .write(hub, "source.gguf");
    ModelTensors quantization = tampering.of(type).write(hub, "quantization.gguf");

    Weighing weighing = new Weigher(quantization, source, List.of(), Weigher.Depth.EXACT).weigh();

    assertThat(weighing.level()).as(() -> weighing.tensors().toString()).isEqualTo(level);
    assertThat(weighing.metadata())
        .filteredOn(value -> value.state() != ComparedValue.State.EQUAL)
        .extracting(ComparedValue::kind)
        .isEqualTo(
            tampering == Tampering.A_CHANGED_TEMPLATE
                ? List.of(ComparedValue.Kind.CHAT_TEMPLATE)
                : List.of());
  }
}
