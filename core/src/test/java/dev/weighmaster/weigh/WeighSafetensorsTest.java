package dev.weighmaster.weigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.Fixtures;
import dev.weighmaster.conversion.SafetensorsSource;
import dev.weighmaster.imatrix.Imatrix;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** GGUFs that the real converter and the real quantizer made, against their safetensors. */
class WeighSafetensorsTest {
  private static final String INDEX = "model.safetensors.index.json";

  /** Each GGUF: the model's folder, the path in it. */
  static Stream<Arguments> ggufs() throws IOException {
    Path converted = Fixtures.path("converted");
    try (Stream<Path> files = Files.walk(converted, 4)) {
      return files
          .filter(file -> file.toString().endsWith(".gguf"))
          .map(converted::relativize)
          .filter(file -> !file.endsWith("imatrix.gguf") && !file.toString().contains("-00002-of"))
          .sorted()
          .map(
              file ->
                  arguments(
                      file.getName(0).toString(), file.subpath(1, file.getNameCount()).toString()))
          .toList()
          .stream();
    }
  }

  private static Weighing weigh(Path folder, String repository, String file) throws IOException {
    Storage storage = new LocalStorage(folder);
    boolean sharded = Files.exists(folder.resolve(repository + INDEX));
    ModelTensors source =
        ModelTensors.open(storage, repository + (sharded ? INDEX : "model.safetensors"));
    List<NamedImatrix> imatrices =
        file.contains("-imatrix")
            ? List.of(new NamedImatrix("imatrix.gguf", Imatrix.open(storage, "imatrix.gguf")))
            : List.of();
    return new Weigher(
            ModelTensors.open(storage, file),
            SafetensorsSource.open(storage, source),
            imatrices,
            Weigher.Depth.EXACT)
        .weigh();
  }

  @ParameterizedTest
  @MethodSource("ggufs")
  void whatTheConverterAndTheQuantizerMadeIsExactInOneStep(String model, String file)
      throws IOException {
    Weighing weighing = weigh(Fixtures.path("converted/" + model), "hf/", file);

    assertThat(weighing.tensors())
        .allSatisfy(tensor -> assertThat(tensor.level()).isEqualTo(Level.EXACT));
    assertThat(weighing.metadata())
        .hasSizeGreaterThan(4)
        .allSatisfy(value -> assertThat(value.state()).isEqualTo(ComparedValue.State.EQUAL));
  }

  static Stream<String> tiny() throws IOException {
    try (Stream<Path> files = Files.list(Fixtures.path("gguf"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".gguf"))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("tiny")
  void aRepositoryExplainsAllOfItsQuantizations(String file) throws IOException {
    Path fixtures = Fixtures.path("gguf").getParent();

    Weighing weighing = weigh(fixtures, "hf/tiny-llama/", "gguf/" + file);

    assertThat(weighing.tensors())
        .allSatisfy(tensor -> assertThat(tensor.level()).isEqualTo(Level.EXACT));
  }
}
