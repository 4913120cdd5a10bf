package dev.weighmaster.imatrix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.weighmaster.Fixtures;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.TensorType;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ImatrixTest {
  @TempDir Path hub;

  private Imatrix read(byte[] content) throws IOException {
    Files.write(hub.resolve("imatrix"), content);
    return Imatrix.open(new LocalStorage(hub), "imatrix");
  }

  private static Tensor tensor(String name, Long... shape) {
    long elements = Arrays.stream(shape).reduce(1L, (a, b) -> a * b);
    return new Tensor(
        name, new TensorType.Ggml(GgmlType.F32), List.of(shape), elements, 0, 0, elements * 4);
  }

  private static float[] weights(Imatrix imatrix, Tensor tensor, long matrix) throws IOException {
    float[] weights = new float[(int) tensor.rowElements()];
    try (ColumnWeights columns = imatrix.open(tensor, matrix)) {
      columns.next(weights, weights.length);
    }
    return weights;
  }

  /** A legacy file's parts, one after the other: an int, a float or a text with its length. */
  private static byte[] legacy(Object... parts) {
    ByteBuffer bytes = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
    for (Object part : parts) {
      if (part instanceof Integer number) {
        bytes.putInt(number);
      } else if (part instanceof Float number) {
        bytes.putFloat(number);
      } else {
        byte[] text = ((String) part).getBytes(UTF_8);
        bytes.putInt(text.length).put(text);
      }
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  private static GgufWriter put(GgufWriter gguf, String name, long columns, float... values) {
    return gguf.tensor(
        name, GgmlType.F32, List.of(columns, values.length / columns), floats(values));
  }

  @Test
  void theLegacyFormDividesByTheCalls() throws IOException {
    Imatrix imatrix = read(legacy(2, "a", 3, 2, 1f, 2f, "b", 0, 2, 5f, 6f, 17, "wiki.train"));

    assertThat(imatrix.names()).containsExactly("a", "b");
    assertThat(weights(imatrix, tensor("a", 2L, 7L), 0)).containsExactly(1f / 3, 2f / 3);
    assertThat(weights(imatrix, tensor("b", 2L, 7L), 0)).containsExactly(5, 6);
  }

  @Test
  void theGgufFormDividesEachExpertByItsCount() throws IOException {
    GgufWriter gguf = new GgufWriter().put("general.type", "imatrix");
    put(gguf, "a.in_sum2", 2, 1, 2, 3, 4, 5, 6);
    put(gguf, "a.counts", 1, 3, 0, 7);

    Imatrix imatrix = read(gguf.toByteArray());

    Tensor experts = tensor("a", 2L, 4L, 3L);
    assertThat(weights(imatrix, experts, 0)).containsExactly(1f / 3, 2f / 3);
    assertThat(weights(imatrix, experts, 1)).containsExactly(1, 1);
    assertThat(weights(imatrix, experts, 2)).containsExactly(5f / 7, 6f / 7);
  }

  @Test
  void theMatricesOfATensorAreReadOneAfterTheOther() throws IOException {
    Imatrix imatrix = read(legacy(1, "a", 1, 6, 1f, 2f, 3f, 4f, 5f, 6f));
    float[] weights = new float[2];
    try (ColumnWeights columns = imatrix.open(tensor("a", 2L, 4L, 3L), 1)) {
      columns.next(weights, 2);
      assertThat(weights).containsExactly(3, 4);
      columns.next(weights, 2);
      assertThat(weights).containsExactly(5, 6);
    }
  }

  @Test
  void coversOnlyTensorsOfItsShape() throws IOException {
    Imatrix imatrix = read(legacy(1, "a", 1, 6, 1f, 2f, 3f, 4f, 5f, 6f));

    assertThat(imatrix.covers(tensor("a", 6L, 100L))).isTrue();
    assertThat(imatrix.covers(tensor("a", 2L, 100L, 3L))).isTrue();
    assertThat(imatrix.covers(tensor("a", 2L, 100L, 3L, 1L))).isTrue();
    assertThat(imatrix.covers(tensor("a", 2L, 100L, 3L, 2L))).isFalse();
    assertThat(imatrix.covers(tensor("a", 2L, 100L))).isFalse();
    assertThat(imatrix.covers(tensor("a", 4L, 100L))).isFalse();
    assertThat(imatrix.covers(tensor("a", 0L, 100L))).isFalse();
    assertThat(imatrix.covers(tensor("b", 6L, 100L))).isFalse();
  }

  static Stream<Arguments> unsound() {
    GgufWriter alone = put(new GgufWriter(), "a.in_sum2", 2, 1, 2);
    GgufWriter counts = put(new GgufWriter(), "a.counts", 1, 1);
    GgufWriter shared = put(put(new GgufWriter(), "a.in_sum2", 3, 1, 2, 3), "a.counts", 1, 1, 1);
    GgufWriter zero = put(new GgufWriter(), "a.in_sum2", 2, 1, 2);
    zero.tensor("a.counts", GgmlType.F32, List.of(0L), new byte[0]);
    GgufWriter halves = put(new GgufWriter(), "a.counts", 1, 1);
    halves.tensor("a.in_sum2", GgmlType.F16, List.of(2L), new byte[4]);
    GgufWriter infinite = put(put(new GgufWriter(), "a.in_sum2", 2, 1, 2), "a.counts", 1, 1 / 0f);
    GgufWriter nan = put(put(new GgufWriter(), "a.in_sum2", 2, 1, Float.NaN), "a.counts", 1, 1);
    return Stream.of(
        Arguments.of(new byte[0], "file ends within its directory"),
        Arguments.of(legacy(0), "it claims 0 entries"),
        Arguments.of(legacy(-1), "it claims -1 entries"),
        Arguments.of(legacy(65_537), "it claims 65537 entries"),
        Arguments.of(legacy(1, 0), "it claims 0 bytes of a name"),
        Arguments.of(legacy(1, -5), "it claims -5 bytes of a name"),
        Arguments.of(legacy(1, 1 << 30), "it claims 1073741824 bytes of a name"),
        Arguments.of(legacy(1, "a"), "file ends within its directory"),
        Arguments.of(legacy(1, "a", 1, 0), "it claims 0 values of \"a\""),
        Arguments.of(legacy(1, "a", 1, -1), "it claims -1 values of \"a\""),
        Arguments.of(legacy(1, "a", 1, 2, 1f), "file ends within its directory"),
        Arguments.of(legacy(1, "a", 1, Integer.MAX_VALUE), "file ends within its directory"),
        Arguments.of(legacy(2, "a", 1, 1, 1f), "file ends within its directory"),
        Arguments.of(legacy(2, "a", 1, 1, 1f, "a", 1, 1, 1f), "\"a\" twice"),
        Arguments.of(legacy(1, "a", 1, 1, Float.NaN), "the weights of \"a\" are not all finite"),
        Arguments.of(
            legacy(1, "a", 1, 1, -1f), "the weights of \"a\" are not all finite and at least 0"),
        Arguments.of(legacy(1, "a", 1, 1, 1 / 0f), "the weights of \"a\" are not all finite"),
        Arguments.of(new GgufWriter().toByteArray(), "it has no tensor NAME.in_sum2"),
        Arguments.of(
            put(new GgufWriter(), "a.weight", 1, 1).toByteArray(), "it has no tensor NAME.in_sum2"),
        Arguments.of(alone.toByteArray(), "\"a.in_sum2\" is without \"a.counts\""),
        Arguments.of(counts.toByteArray(), "\"a.counts\" is without \"a.in_sum2\""),
        Arguments.of(shared.toByteArray(), "\"a.in_sum2\" has 3 values for 2 counts"),
        Arguments.of(zero.toByteArray(), "\"a.in_sum2\" has 2 values for 0 counts"),
        Arguments.of(halves.toByteArray(), "the sums and counts of \"a.in_sum2\" are not F32"),
        Arguments.of(infinite.toByteArray(), "\"a.counts\" are not all finite"),
        Arguments.of(nan.toByteArray(), "the weights of \"a\" are not all finite"));
  }

  @ParameterizedTest
  @MethodSource("unsound")
  void whatTheQuantizerCouldNotHaveUsedSaysWhy(byte[] content, String message) {
    UnreadableModelException failure =
        catchThrowableOfType(UnreadableModelException.class, () -> read(content));

    assertThat(failure).hasMessageContaining(message);
    assertThat(failure.problem().reason()).isEqualTo(Reason.MALFORMED_WEIGHTS);
  }

  @Test
  void bothFormsOfTheFixturesCoverTheSameTensors() throws IOException {
    Storage storage = new LocalStorage(Fixtures.path("converted/mixtral"));
    Imatrix legacy = Imatrix.open(storage, "imatrix.dat");
    Imatrix gguf = Imatrix.open(storage, "imatrix.gguf");
    ModelTensors model = ModelTensors.open(storage, "f16.gguf");

    assertThat(legacy.names()).isEqualTo(gguf.names());
    List<Tensor> covered = model.tensors().stream().filter(gguf::covers).toList();
    assertThat(covered).extracting(Tensor::name).containsExactlyInAnyOrderElementsOf(gguf.names());
    for (Tensor tensor : covered) {
      assertThat(legacy.covers(tensor)).isTrue();
      for (long matrix = 0; matrix < tensor.matrices(); matrix++) {
        float[] weights = weights(gguf, tensor, matrix);
        float[] others = weights(legacy, tensor, matrix);
        for (int i = 0; i < weights.length; i++) {
          assertThat(others[i]).isCloseTo(weights[i], within(weights[i]));
        }
      }
    }
  }

  private static org.assertj.core.data.Offset<Float> within(float weight) {
    return org.assertj.core.data.Offset.offset(Math.abs(weight) * 1e-6f);
  }
}
