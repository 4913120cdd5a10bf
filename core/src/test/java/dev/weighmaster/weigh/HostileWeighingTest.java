package dev.weighmaster.weigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufType;
import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.UnreadableModelException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files that lie: each gives a level or the reason why there is none, throws nothing else, and
 * takes no memory for what is not there.
 */
class HostileWeighingTest {
  private static final int LENGTH = 512;
  private static final int ROWS = 4;
  private static final String NAME = "blk.0.attn_q.weight";
  private static final String OTHER = "blk.0.attn_k.weight";
  private static final float[] WEIGHTS = TestModel.weights(LENGTH * ROWS, 1);

  /** What a weighing may allocate, buffers for reading among it. */
  private static final long MOST_BYTES = 64L << 20;

  @TempDir Path hub;

  private static final class Pair {
    private final byte[] quantization;
    private final byte[] source;

    Pair(byte[] quantization, byte[] source) {
      this.quantization = quantization;
      this.source = source;
    }
  }

  private static TestModel model(GgmlType type) {
    return new TestModel()
        .put(NAME, type, WEIGHTS, LENGTH)
        .put(OTHER, type, TestModel.weights(LENGTH * ROWS, 2), LENGTH);
  }

  private static byte[] sound(GgmlType type) {
    return model(type).toByteArray();
  }

  /** Where the number of a tensor's dimensions stands, which follows its name. */
  private static int directoryEntry(byte[] file, String name) {
    String text = new String(file, StandardCharsets.ISO_8859_1);
    return text.indexOf(name) + name.length();
  }

  private static ByteBuffer little(byte[] file) {
    return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static UnaryOperator<byte[]> shape(long first, long second) {
    return file -> {
      int at = directoryEntry(file, NAME);
      little(file).putLong(at + 4, first).putLong(at + 12, second);
      return file;
    };
  }

  private static UnaryOperator<byte[]> type(int id) {
    return file -> {
      little(file).putInt(directoryEntry(file, NAME) + 20, id);
      return file;
    };
  }

  /** Of the second tensor. */
  private static UnaryOperator<byte[]> offset(long offset) {
    return file -> {
      little(file).putLong(directoryEntry(file, OTHER) + 24, offset);
      return file;
    };
  }

  private static byte[] renamed(byte[] file, String from, String to) {
    byte[] name = to.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(name, 0, file, directoryEntry(file, from) - from.length(), name.length);
    return file;
  }

  static Stream<Arguments> lies() {
    long bytes = 34L * LENGTH / 32 * ROWS;
    return Stream.of(
            lie("2^40 weights that are not there", shape(1 << 20, 1 << 20), "MALFORMED_WEIGHTS"),
            lie("2^80 weights", shape(1L << 40, 1L << 40), "MALFORMED_WEIGHTS"),
            lie("a dimension below 0", shape(LENGTH, -ROWS), "MALFORMED_WEIGHTS"),
            lie("rows of less than a block", shape(16, 128), "MALFORMED_WEIGHTS"),
            lie("fewer rows than its bytes", shape(LENGTH, ROWS - 1), "MALFORMED_WEIGHTS"),
            lie("the bytes of another tensor", offset(0), "MALFORMED_WEIGHTS"),
            lie("the last bytes of another tensor", offset(bytes - 32), "MALFORMED_WEIGHTS"),
            lie("bytes behind a hole", offset(bytes + 64), "MALFORMED_WEIGHTS"),
            lie("bytes before the file", offset(-32), "MALFORMED_WEIGHTS"),
            lie("a type that nobody knows", type(99), "UNSUPPORTED"),
            lie("a type that never was", type(-1), "UNSUPPORTED"),
            lie("a type whose blocks are longer", type(8 + 1), "MALFORMED_WEIGHTS"),
            lie("the name of another", file -> renamed(file, NAME, OTHER), "MALFORMED_WEIGHTS"),
            lie("a name with a NUL", file -> renamed(file, NAME, "blk\0"), "MALFORMED_WEIGHTS"),
            lie("no end", file -> Arrays.copyOf(file, file.length - 64), "MALFORMED_WEIGHTS"),
            lie("no beginning", file -> new byte[] {'G', 'G'}, "MALFORMED_WEIGHTS"),
            lie("nothing", file -> new byte[0], "MALFORMED_WEIGHTS"))
        .flatMap(lie -> lie);
  }

  /** The lie in a quantization whose source is sound, and the other way round. */
  private static Stream<Arguments> lie(String what, UnaryOperator<byte[]> lie, String outcome) {
    return Stream.of(
        arguments(
            what + ", in the quantization",
            new Pair(lie.apply(sound(GgmlType.Q8_0)), sound(GgmlType.F32)),
            outcome),
        arguments(
            what + ", in the source",
            new Pair(sound(GgmlType.Q4_K), lie.apply(sound(GgmlType.Q8_0))),
            outcome));
  }

  static Stream<Arguments> pairs() {
    byte[] noWeights = new byte[0];
    byte[] bytes = TestModel.encode(GgmlType.F16, WEIGHTS, LENGTH);
    float[] zeros = new float[LENGTH];
    float[] negativeZeros = zeros.clone();
    Arrays.fill(negativeZeros, -0f);
    float[] denormals = zeros.clone();
    Arrays.fill(denormals, 3, 300, 1e-41f);
    float[] huge = WEIGHTS.clone();
    huge[70] = Float.MAX_VALUE;
    return Stream.of(
        pair("a shape the other way round", of(GgmlType.Q8_0, LENGTH, ROWS), "DEVIATES")
            .from(of(GgmlType.F32, ROWS * 32, LENGTH / 32)),
        pair("a dimension of 1 before the others", of(GgmlType.F32, 1, LENGTH), "DEVIATES")
            .from(of(GgmlType.F32, LENGTH)),
        pair("a dimension of 1 behind the others", of(GgmlType.Q8_0, LENGTH, 1, 1), "EXACT")
            .from(of(GgmlType.F32, LENGTH)),
        pair("five dimensions", of(GgmlType.Q8_0, LENGTH, 1, 1, 1, ROWS), "EXACT")
            .from(of(GgmlType.F32, LENGTH, 1, 1, 1, ROWS)),
        pair("no dimension and one of 1", of(GgmlType.F32), "EXACT").from(of(GgmlType.F32, 1)),
        pair("no weights", none(GgmlType.Q4_K, noWeights, 256, 0), "EXACT")
            .from(none(GgmlType.F32, noWeights, 256, 0)),
        pair("no weights in rows of 2^40", none(GgmlType.IQ2_XXS, noWeights, 1L << 40, 0), "EXACT")
            .from(none(GgmlType.F32, noWeights, 1L << 40, 0)),
        pair("2^40 rows without weights", none(GgmlType.Q8_0, noWeights, 0, 1L << 40), "EXACT")
            .from(none(GgmlType.BF16, noWeights, 0, 1L << 40)),
        pair("as many weights as no weights", none(GgmlType.F32, noWeights, 0, 5), "DEVIATES")
            .from(none(GgmlType.F32, noWeights, 0, 7)),
        pair("the same bytes as another type", none(GgmlType.BF16, bytes, LENGTH, ROWS), "DEVIATES")
            .from(none(GgmlType.F16, bytes, LENGTH, ROWS)),
        pair("the same bytes as integers", none(GgmlType.I16, bytes, LENGTH, ROWS), "NOT_COMPARED")
            .from(none(GgmlType.F16, bytes, LENGTH, ROWS)),
        pair("a type without a codec", repacked(), "NOT_COMPARED")
            .from(of(GgmlType.F32, LENGTH, ROWS)),
        pair("a type without a codec, copied", repacked(), "EXACT").from(repacked()),
        pair("zeros whose sign differs", with(GgmlType.F32, negativeZeros), "DEVIATES")
            .from(with(GgmlType.F32, zeros)),
        pair("denormal weights", with(GgmlType.Q4_K, denormals), "EXACT")
            .from(with(GgmlType.F32, denormals)),
        pair("a weight that no half holds", with(GgmlType.F16, huge), "EXACT")
            .from(with(GgmlType.F32, huge)),
        pair("a weight that no scale holds", with(GgmlType.Q8_0, huge), "DEVIATES")
            .from(with(GgmlType.F32, WEIGHTS)),
        pair("a source that is not a number", of(GgmlType.Q4_K, LENGTH, ROWS), "NOT_COMPARED")
            .from(withOne(Float.NaN)),
        pair("a source that is infinite", of(GgmlType.IQ4_NL, LENGTH, ROWS), "NOT_COMPARED")
            .from(withOne(Float.POSITIVE_INFINITY)),
        pair("weights that are no numbers", withOne(Float.NaN), "DEVIATES")
            .from(of(GgmlType.F32, LENGTH, ROWS)),
        pair("scales that are infinite", scaled(GgmlType.Q5_K, 0x7C00), "DEVIATES")
            .from(of(GgmlType.F32, LENGTH, ROWS)),
        pair("scales that are no numbers", scaled(GgmlType.IQ4_XS, 0x7E00), "DEVIATES")
            .from(of(GgmlType.F32, LENGTH, ROWS)),
        pair("scales that are the greatest", scaled(GgmlType.Q6_K, 0x7BFF), "DEVIATES")
            .from(of(GgmlType.F32, LENGTH, ROWS)),
        pair("scales of 0", scaled(GgmlType.Q4_0, 0), "WITHIN_BOUNDS")
            .from(of(GgmlType.F32, LENGTH, ROWS)),
        pair("scales of 0 that are negative", scaled(GgmlType.IQ4_NL, 0x8000), "WITHIN_BOUNDS")
            .from(of(GgmlType.F32, LENGTH, ROWS)),
        pair("scales with the other sign", scaled(GgmlType.Q4_0, 0x2400), "DEVIATES")
            .from(of(GgmlType.F32, LENGTH, ROWS)),
        pair("nothing in common", of(GgmlType.Q8_0, LENGTH, ROWS), "NOT_COMPARED")
            .from(new TestModel().put("b", GgmlType.F32, WEIGHTS, LENGTH)),
        pair("no tensors", new TestModel(), "NOT_COMPARED").from(new TestModel()));
  }

  private record Half(String what, TestModel quantization, String outcome) {
    Arguments from(TestModel source) {
      return arguments(what, new Pair(quantization.toByteArray(), source.toByteArray()), outcome);
    }
  }

  private static Half pair(String what, TestModel quantization, String outcome) {
    return new Half(what, quantization, outcome);
  }

  /** As many of the weights as there are, of which rows are whole. */
  private static TestModel of(GgmlType type, long... shape) {
    int elements = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    int length = shape.length == 0 ? 1 : (int) shape[0];
    float[] weights = Arrays.copyOf(WEIGHTS, elements);
    return none(type, TestModel.encode(type, weights, length), shape);
  }

  private static TestModel none(GgmlType type, byte[] bytes, long... shape) {
    return new TestModel().put(NAME, type, Arrays.stream(shape).boxed().toList(), bytes);
  }

  private static TestModel with(GgmlType type, float[] weights) {
    return new TestModel().put(NAME, type, weights, LENGTH);
  }

  private static TestModel withOne(float value) {
    float[] weights = WEIGHTS.clone();
    weights[700] = value;
    return with(GgmlType.F32, weights);
  }

  /** With a half-precision scale in one block, wherever the type has it. */
  private static TestModel scaled(GgmlType type, int half) {
    TestModel model = of(type, LENGTH, ROWS);
    int at = type == GgmlType.Q6_K ? type.blockBytes() - 2 : 0;
    little(model.bytes(NAME)).putShort(type.blockBytes() + at, (short) half);
    return model;
  }

  private static TestModel repacked() {
    return none(GgmlType.Q4_0_4_4, new byte[18 * LENGTH / 32 * ROWS], LENGTH, ROWS);
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource({"lies", "pairs"})
  void whateverTheFilesSayThereIsAClearResult(String what, Pair pair, String outcome)
      throws IOException {
    Files.write(hub.resolve("q.gguf"), pair.quantization);
    Files.write(hub.resolve("s.gguf"), pair.source);
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    String found = outcome(Weigher.Depth.EXACT);
    String foundByCodes = outcome(Weigher.Depth.CODES);

    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(found).isEqualTo(outcome);
    // Only the scales are left unasked.
    assertThat(foundByCodes).isEqualTo(outcome.equals("EXACT") ? foundByCodes : outcome);
    assertThat(foundByCodes).isNotEqualTo(outcome.equals("EXACT") ? "DEVIATES" : "EXACT");
    assertThat(allocated).isLessThan(MOST_BYTES);
  }

  /** The level, or the reason why there is none. */
  private String outcome(Weigher.Depth depth) throws IOException {
    try (Storage storage = new LocalStorage(hub)) {
      ModelTensors quantization = ModelTensors.open(storage, "q.gguf");
      ModelTensors source = ModelTensors.open(storage, "s.gguf");
      return new Weigher(quantization, source, List.of(), depth).weigh().level().name();
    } catch (UnreadableModelException e) {
      return e.problem().reason().name();
    }
  }

  /** A quarter million of them in both models, and what is found of them, must fit into 256 MiB. */
  @Test
  void aTensorTakesLittleMemoryHoweverManyThereAre() throws IOException {
    int many = 16_384;
    // What is loaded once is not counted.
    held(100);

    assertThat(held(many) / many).isLessThan(600);
  }

  private long held(int tensors) throws IOException {
    write("q.gguf", GgmlType.Q8_0, tensors);
    write("s.gguf", GgmlType.F32, tensors);
    Storage storage = new LocalStorage(hub);
    long before = heldBytes();

    ModelTensors quantization = ModelTensors.open(storage, "q.gguf");
    ModelTensors source = ModelTensors.open(storage, "s.gguf");
    Weighing weighing = new Weigher(quantization, source, List.of(), Weigher.Depth.EXACT).weigh();

    long held = heldBytes() - before;
    assertThat(weighing.level()).isEqualTo(Level.EXACT);
    assertThat(weighing.tensors()).hasSize(tensors);
    assertThat(quantization.tensors()).hasSameSizeAs(source.tensors());
    return held;
  }

  private void write(String file, GgmlType type, int tensors) throws IOException {
    byte[] row = TestModel.encode(type, TestModel.weights(32, 1), 32);
    GgufWriter gguf = new GgufWriter();
    for (int i = 0; i < tensors; i++) {
      gguf.tensor("blk.%06d.ffn_gate_exps.weight".formatted(i), type, List.of(32L), row);
    }
    Files.write(hub.resolve(file), gguf.toByteArray());
  }

  private static long heldBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** A set is taken by its names; what its parts hold is compared like all else. */
  @Test
  void aPartOfAnotherModelInASetDeviates() throws IOException {
    Files.write(hub.resolve("s.gguf"), sound(GgmlType.F32));
    Files.write(hub.resolve("q-00001-of-00002.gguf"), part(0, NAME, 1));
    Files.write(hub.resolve("q-00002-of-00002.gguf"), part(1, OTHER, 9));
    Storage storage = new LocalStorage(hub);

    Weighing weighing =
        new Weigher(
                ModelTensors.open(storage, "q-00001-of-00002.gguf"),
                ModelTensors.open(storage, "s.gguf"),
                List.of(),
                Weigher.Depth.EXACT)
            .weigh();

    assertThat(weighing.tensors())
        .extracting(TensorWeighing::level)
        .containsExactly(Level.EXACT, Level.DEVIATES);
  }

  private static byte[] part(int index, String name, long seed) {
    return new GgufWriter()
        .put("split.no", new GgufValue.Whole(GgufType.UINT16, index))
        .put("split.count", new GgufValue.Whole(GgufType.UINT16, 2))
        .put("split.tensors.count", new GgufValue.Whole(GgufType.INT32, 2))
        .tensor(
            name,
            GgmlType.Q8_0,
            List.of((long) LENGTH, (long) ROWS),
            TestModel.encode(GgmlType.Q8_0, TestModel.weights(LENGTH * ROWS, seed), LENGTH))
        .toByteArray();
  }
}
