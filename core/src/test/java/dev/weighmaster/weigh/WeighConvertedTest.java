package dev.weighmaster.weigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.Fixtures;
import dev.weighmaster.imatrix.Imatrix;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code llama-quantize} made of models of several architectures. */
class WeighConvertedTest {
  private static final String WITH_IMATRIX = "-imatrix";

  /** Types whose codes are not forced. */
  private static final Set<String> FREE =
      Set.of("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S");

  /** Each quantization whose F16 file is there: the model's folder, the file's name. */
  static Stream<Arguments> quantizations() throws IOException {
    Path converted = Fixtures.path("converted");
    try (Stream<Path> files = Files.walk(converted, 3)) {
      List<Arguments> found =
          files
              .filter(file -> file.getParent().endsWith("q"))
              .filter(file -> Files.exists(file.getParent().resolveSibling("f16.gguf")))
              .sorted()
              .map(converted::relativize)
              .map(file -> arguments(file.getName(0).toString(), file.getFileName().toString()))
              .toList();
      return found.stream();
    }
  }

  static Stream<Arguments> withImatrix() throws IOException {
    return quantizations().filter(each -> each.get()[1].toString().contains(WITH_IMATRIX));
  }

  private static Weighing weigh(Storage storage, String quantization, List<NamedImatrix> imatrices)
      throws IOException {
    ModelTensors source = ModelTensors.open(storage, "f16.gguf");
    return new Weigher(
            ModelTensors.open(storage, quantization), source, imatrices, Weigher.Depth.EXACT)
        .weigh();
  }

  @ParameterizedTest
  @MethodSource("quantizations")
  void aQuantizationIsExact(String model, String file) throws IOException {
    Storage storage = new LocalStorage(Fixtures.path("converted/" + model));
    List<NamedImatrix> imatrices =
        file.contains(WITH_IMATRIX)
            ? List.of(new NamedImatrix("imatrix.gguf", Imatrix.open(storage, "imatrix.gguf")))
            : List.of();

    Weighing weighing = weigh(storage, "q/" + file, imatrices);

    assertThat(weighing.tensors())
        .allSatisfy(tensor -> assertThat(tensor.level()).isEqualTo(Level.EXACT));
    assertThat(weighing.metadata())
        .isNotEmpty()
        .allSatisfy(value -> assertThat(value.state()).isEqualTo(ComparedValue.State.EQUAL));
  }

  @ParameterizedTest
  @MethodSource("withImatrix")
  void withoutItsImatrixItIsAsGoodAsItsTypesAllow(String model, String file) throws IOException {
    Storage storage = new LocalStorage(Fixtures.path("converted/" + model));

    Weighing weighing = weigh(storage, "q/" + file, List.of());

    assertThat(weighing.tensors())
        .allSatisfy(
            tensor ->
                assertThat(tensor.level())
                    .isIn(
                        Level.EXACT,
                        FREE.contains(tensor.type().orElseThrow())
                            ? Level.WITHIN_BOUNDS
                            : Level.EQUIVALENT));
    assertThat(weighing.level()).isNotEqualTo(Level.EXACT);
  }

  @Test
  void aSplitQuantizationIsExactAgainstASplitSource() throws IOException {
    Storage storage = new LocalStorage(Fixtures.path("converted/llama/split"));

    Weighing weighing =
        new Weigher(
                ModelTensors.open(storage, "llama-Q4_K_M-00002-of-00002.gguf"),
                ModelTensors.open(storage, "llama-f16-00001-of-00002.gguf"),
                List.of(),
                Weigher.Depth.EXACT)
            .weigh();

    assertThat(weighing.level()).isEqualTo(Level.EXACT);
  }
}
