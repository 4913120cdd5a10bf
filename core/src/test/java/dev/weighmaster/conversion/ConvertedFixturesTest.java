package dev.weighmaster.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.Fixtures;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.Counterpart;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.RowReader;
import dev.weighmaster.tensor.SourceTensor;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The digests of what the real converter has made of models of many architectures. */
class ConvertedFixturesTest {
  static Stream<String> models() throws IOException {
    try (Stream<Path> folders = Files.list(Fixtures.path("converted"))) {
      return folders
          .filter(Files::isDirectory)
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyTensorIsWhatTheConverterMadeOfIt(String name) throws IOException {
    Path folder = Fixtures.path("converted/" + name);
    Storage storage = new LocalStorage(folder);
    SafetensorsSource source = SafetensorsSource.open(storage, model(storage, folder));
    List<String> wrong = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("tensors.tsv"))) {
      String[] columns = line.split("\t", -1);
      if (!columns[0].equals("file")) {
        String found = digest(source.counterpart(tensor(columns)), GgmlType.valueOf(columns[2]));
        if (!found.equals(columns[4])) {
          wrong.add("%s %s: %s".formatted(columns[0], columns[1], found));
        }
      }
    }

    assertThat(wrong).isEmpty();
  }

  static ModelTensors model(Storage storage, Path folder) throws IOException {
    String index = "hf/model.safetensors.index.json";
    return ModelTensors.open(
        storage, Files.exists(folder.resolve(index)) ? index : "hf/model.safetensors");
  }

  private static Tensor tensor(String[] columns) {
    List<Long> shape = Arrays.stream(columns[3].split("x", -1)).map(Long::valueOf).toList();
    long elements = shape.stream().reduce(1L, (one, other) -> one * other);
    return new Tensor(
        columns[1],
        new TensorType.Ggml(GgmlType.valueOf(columns[2])),
        shape,
        elements,
        0,
        0,
        elements);
  }

  private static String digest(Counterpart counterpart, GgmlType type) throws IOException {
    if (counterpart.tensors().isEmpty()) {
      return counterpart.remark().orElseThrow();
    }
    SourceTensor of = counterpart.tensors().get(0);
    GgmlType from = of.type().ggml().orElseThrow();
    GgmlCodec codec = GgmlCodecs.of(type).orElseThrow();
    int length = of.shape().get(0).intValue();
    try (RowReader rows = of.rows().open()) {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      byte[] stored = new byte[length / from.blockElements() * from.blockBytes()];
      byte[] encoded = new byte[length / type.blockElements() * type.blockBytes()];
      float[] weights = new float[length];
      while (rows.remaining() > 0) {
        rows.read(stored, 0, stored.length);
        GgmlCodecs.of(from).orElseThrow().decode(stored, 0, weights, 0, length);
        codec.encode(weights, 0, length, new float[0], encoded, 0);
        sha256.update(type == from ? stored : encoded);
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
