package dev.weighmaster.weigh;

import static dev.weighmaster.weigh.Level.DEVIATES;
import static dev.weighmaster.weigh.Level.EQUIVALENT;
import static dev.weighmaster.weigh.Level.EXACT;
import static dev.weighmaster.weigh.Level.NOT_COMPARED;
import static dev.weighmaster.weigh.Level.WITHIN_BOUNDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What was done to a quantization, and what a weighing without an imatrix says of it. */
class TamperingTest {
  private static final int LENGTH = 512;
  private static final int ROWS = 64;
  private static final int BLOCK = 7;
  private static final String EMBEDDING = "token_embd.weight";
  private static final String MATRIX = "blk.0.attn_q.weight";
  private static final String NORM = "blk.0.attn_norm.weight";
  private static final List<GgmlType> TYPES =
      List.of(GgmlType.Q4_K, GgmlType.Q4_0, GgmlType.Q8_0, GgmlType.IQ3_S);

  private static final float[] EMBEDDED = TestModel.weights(LENGTH * ROWS, 1);
  private static final float[] WEIGHTS = TestModel.weights(LENGTH * ROWS, 2);
  private static final float[] NORMS = TestModel.weights(LENGTH, 3);

  @TempDir Path hub;

  /** Changes an honest quantization to a type. */
  private interface Tampering {
    void change(TestModel model, GgmlType type);
  }

  /** The levels are those of Q4_K, Q4_0, Q8_0 and IQ3_S; all but DEVIATES is not seen for sure. */
  static Stream<Arguments> table() {
    return Stream.of(
            row("nothing", (model, type) -> {}, EXACT, EXACT, EXACT, EXACT),
            row(
                "a code off by one",
                (model, type) -> flipInBlock(model, type, aCode(type)),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                WITHIN_BOUNDS),
            row(
                "the lowest bit of a sub-block's scale, or of the block's where there are none",
                (model, type) -> flipInBlock(model, type, aScale(type)),
                DEVIATES,
                EQUIVALENT,
                DEVIATES,
                WITHIN_BOUNDS),
            row(
                "the lowest bit of a half-precision scale, by which no code of the block changes",
                (model, type) -> flipInBlock(model, type, 0),
                EQUIVALENT,
                EQUIVALENT,
                DEVIATES,
                WITHIN_BOUNDS),
            row(
                "noise of a ten-thousandth of the weights' deviation",
                (model, type) -> put(model, type, MATRIX, noisy()),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                WITHIN_BOUNDS),
            row(
                "an update of rank 8",
                (model, type) -> put(model, type, MATRIX, updated()),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                WITHIN_BOUNDS),
            row(
                "two rows swapped",
                (model, type) -> model.swap(MATRIX, 3, 17, ROWS),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES),
            row(
                "a row of the embedding replaced",
                (model, type) -> put(model, type, EMBEDDING, withAnotherRow()),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES),
            row(
                "a row of the embedding clipped, under scales that make every code the nearest",
                TamperingTest::clipARow,
                WITHIN_BOUNDS,
                WITHIN_BOUNDS,
                DEVIATES,
                WITHIN_BOUNDS),
            row(
                "a block without weights: under a scale of 0 every code is the nearest",
                (model, type) -> {
                  int at = BLOCK * type.blockBytes();
                  Arrays.fill(model.bytes(MATRIX), at, at + 4, (byte) 0);
                },
                WITHIN_BOUNDS,
                WITHIN_BOUNDS,
                DEVIATES,
                WITHIN_BOUNDS),
            row(
                "the scales, or codes, of an importance matrix that nobody has",
                (model, type) ->
                    model.put(
                        MATRIX,
                        type,
                        List.of((long) LENGTH, (long) ROWS),
                        TestModel.encode(type, WEIGHTS, LENGTH, importance())),
                EQUIVALENT,
                EQUIVALENT,
                EXACT,
                WITHIN_BOUNDS),
            row(
                "a norm off by one unit in the last place",
                (model, type) -> model.bytes(NORM)[4 * 100] ^= 1,
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES),
            row(
                "a tensor of another model",
                (model, type) -> put(model, type, MATRIX, TestModel.weights(LENGTH * ROWS, 8)),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES),
            row(
                "another shape",
                (model, type) -> model.put(MATRIX, type, WEIGHTS, LENGTH / 2),
                DEVIATES,
                DEVIATES,
                DEVIATES,
                DEVIATES),
            row(
                "an extra tensor",
                (model, type) -> put(model, type, "extra.weight", WEIGHTS),
                NOT_COMPARED,
                NOT_COMPARED,
                NOT_COMPARED,
                NOT_COMPARED),
            row(
                "a missing tensor",
                (model, type) -> model.remove(NORM),
                NOT_COMPARED,
                NOT_COMPARED,
                NOT_COMPARED,
                NOT_COMPARED),
            row(
                "a changed template, which is reported beside the levels",
                (model, type) -> model.with("tokenizer.chat_template", "{{ messages }} And now"),
                EXACT,
                EXACT,
                EXACT,
                EXACT))
        .flatMap(row -> row);
  }

  private static Stream<Arguments> row(String what, Tampering tampering, Level... levels) {
    return IntStream.range(0, TYPES.size())
        .mapToObj(i -> arguments(what, TYPES.get(i), tampering, levels[i]));
  }

  @ParameterizedTest(name = "{0}: {1} is {3}")
  @MethodSource("table")
  void tamperingIsSeenAsFarAsTheTypeLetsItBeSeen(
      String what, GgmlType type, Tampering tampering, Level level) throws IOException {
    TestModel quantization = quantized(type);
    tampering.change(quantization, type);

    Weighing weighing = weigh(quantization, Weigher.Depth.EXACT);

    assertThat(weighing.level()).as(() -> weighing.tensors().toString()).isEqualTo(level);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("table")
  void tamperingIsSeenByCodesAloneToo(String what, GgmlType type, Tampering tampering, Level level)
      throws IOException {
    TestModel quantization = quantized(type);
    tampering.change(quantization, type);
    Level best =
        switch (type) {
          case Q8_0 -> EXACT;
          case IQ3_S -> WITHIN_BOUNDS;
          default -> EQUIVALENT;
        };

    Weighing weighing = weigh(quantization, Weigher.Depth.CODES);

    assertThat(weighing.level())
        .as(() -> weighing.tensors().toString())
        .isEqualTo(level == EXACT ? best : level);
  }

  @ParameterizedTest
  @CsvSource({
    "tokenizer.chat_template, CHAT_TEMPLATE, DIFFERENT",
    "tokenizer.chat_template.tool_use, CHAT_TEMPLATE, ABSENT",
    "tokenizer.ggml.model, TOKENIZER, DIFFERENT",
    "general.architecture, HYPERPARAMETERS, DIFFERENT",
    "llama.rope.scaling.type, HYPERPARAMETERS, DIFFERENT",
    "llama.expert_used_count, HYPERPARAMETERS, ABSENT",
    // Of no architecture's keys, as those of an activation function.
    "xielu.alpha_n, HYPERPARAMETERS, ABSENT",
    "granite.logit_scale, HYPERPARAMETERS, ABSENT",
    "general.sampling.temp, HYPERPARAMETERS, ABSENT"
  })
  void aValueThatDecidesWhatTheModelDoesIsReportedAndChangesNoLevel(
      String key, ComparedValue.Kind kind, ComparedValue.State state) throws IOException {
    Weighing weighing = weigh(quantized(GgmlType.Q8_0).with(key, "other"));

    assertThat(weighing.level()).isEqualTo(EXACT);
    assertThat(weighing.metadata())
        .filteredOn(value -> value.state() != ComparedValue.State.EQUAL)
        .extracting(ComparedValue::key, ComparedValue::kind, ComparedValue::state)
        .containsExactly(tuple(key, kind, state));
  }

  @ParameterizedTest
  @CsvSource({"general.name", "general.file_type", "quantize.imatrix.file", "split.count"})
  void whatTheQuantizerWritesIsNotReported(String key) throws IOException {
    assertThat(weigh(quantized(GgmlType.Q8_0).with(key, "other")).metadata())
        .allSatisfy(value -> assertThat(value.state()).isEqualTo(ComparedValue.State.EQUAL));
  }

  private Weighing weigh(TestModel quantization) throws IOException {
    return weigh(quantization, Weigher.Depth.EXACT);
  }

  private Weighing weigh(TestModel quantization, Weigher.Depth depth) throws IOException {
    ModelTensors source = quantized(GgmlType.F32).write(hub, "source.gguf");
    ModelTensors written = quantization.write(hub, "quantization.gguf");
    return new Weigher(written, source, List.of(), depth).weigh();
  }

  private static TestModel quantized(GgmlType type) {
    return new TestModel()
        .put(EMBEDDING, type, EMBEDDED, LENGTH)
        .put(MATRIX, type, WEIGHTS, LENGTH)
        .put(NORM, GgmlType.F32, NORMS, LENGTH);
  }

  private static void put(TestModel model, GgmlType type, String name, float[] weights) {
    model.put(name, type, weights, LENGTH);
  }

  private static void flipInBlock(TestModel model, GgmlType type, int at) {
    model.bytes(MATRIX)[BLOCK * type.blockBytes() + at] ^= 1;
  }

  /** A byte of a block whose lowest bit is that of a code. */
  private static int aCode(GgmlType type) {
    return switch (type) {
      case Q4_K -> 20;
      case Q4_0, Q8_0 -> 5;
      case IQ3_S -> 10;
      default -> throw new AssertionError(type);
    };
  }

  /** A byte of a block whose lowest bit is that of a scale. */
  private static int aScale(GgmlType type) {
    return switch (type) {
      case Q4_K -> 4;
      case Q4_0, Q8_0 -> 0;
      case IQ3_S -> 106;
      default -> throw new AssertionError(type);
    };
  }

  private static float[] noisy() {
    var random = new Random(5);
    float[] changed = WEIGHTS.clone();
    for (int i = 0; i < changed.length; i++) {
      changed[i] += (float) random.nextGaussian() * TestModel.DEVIATION * 1e-4f;
    }
    return changed;
  }

  private static float[] updated() {
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
    return changed;
  }

  private static float[] withAnotherRow() {
    float[] changed = EMBEDDED.clone();
    System.arraycopy(TestModel.weights(LENGTH, 7), 0, changed, 9 * LENGTH, LENGTH);
    return changed;
  }

  /** Log-normal, as wild as real ones at most. */
  private static float[] importance() {
    var random = new Random(9);
    float[] importance = new float[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      importance[i] = (float) Math.exp(1.5 * random.nextGaussian());
    }
    return importance;
  }

  /**
   * Leaves a quarter of a token's embedding. Of Q4_K and Q4_0 the scales are those of the clipped
   * weights, and each code is the one that is nearest to the source's weight.
   */
  private static void clipARow(TestModel model, GgmlType type) {
    int row = rowWithoutOutliers();
    float[] original = Arrays.copyOfRange(EMBEDDED, row * LENGTH, (row + 1) * LENGTH);
    float[] clipped = original.clone();
    float limit = 0.35f * TestModel.DEVIATION;
    for (int i = 0; i < LENGTH; i++) {
      clipped[i] = Math.max(-limit, Math.min(limit, clipped[i]));
    }
    byte[] bytes = TestModel.encode(type, clipped, LENGTH);
    if (type == GgmlType.Q4_K || type == GgmlType.Q4_0) {
      chooseNibblesAnew(type, bytes, original);
    }
    System.arraycopy(bytes, 0, model.bytes(EMBEDDING), row * bytes.length, bytes.length);
  }

  private static int rowWithoutOutliers() {
    return IntStream.range(0, ROWS)
        .filter(
            row ->
                IntStream.range(row * LENGTH, (row + 1) * LENGTH)
                    .allMatch(i -> Math.abs(EMBEDDED[i]) < 5 * TestModel.DEVIATION))
        .findFirst()
        .orElseThrow();
  }

  /** Codes are nibbles at the end of a block: of so many weights the low ones, then the high. */
  private static void chooseNibblesAnew(GgmlType type, byte[] bytes, float[] weights) {
    int together = type == GgmlType.Q4_K ? 32 : 16;
    int codes = type.blockBytes() - type.blockElements() / 2;
    float[][] decoded = new float[16][];
    for (int code = 0; code < 16; code++) {
      byte[] same = bytes.clone();
      for (int at = 0; at < same.length; at += type.blockBytes()) {
        Arrays.fill(same, at + codes, at + type.blockBytes(), (byte) (code * 0x11));
      }
      decoded[code] = GgmlDecoded.of(type, same, LENGTH);
    }
    for (int i = 0; i < LENGTH; i++) {
      int nearest = 0;
      for (int code = 1; code < 16; code++) {
        if (Math.abs(decoded[code][i] - weights[i]) < Math.abs(decoded[nearest][i] - weights[i])) {
          nearest = code;
        }
      }
      int inBlock = i % type.blockElements();
      int at =
          i / type.blockElements() * type.blockBytes()
              + codes
              + inBlock / (2 * together) * together
              + inBlock % together;
      boolean high = inBlock / together % 2 == 1;
      bytes[at] = (byte) (high ? (bytes[at] & 0xF) | (nearest << 4) : (bytes[at] & 0xF0) | nearest);
    }
  }
}
