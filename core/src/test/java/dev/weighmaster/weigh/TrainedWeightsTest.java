package dev.weighmaster.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.conversion.SafetensorsSource;
import dev.weighmaster.format.gguf.LlamaFileType;
import dev.weighmaster.ggml.GgmlLibrary;
import dev.weighmaster.ggml.LlamaLibrary;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Trained weights, quantized by llama.cpp itself, against their publisher's safetensors. */
class TrainedWeightsTest {
  private static final String SOURCE = "model.safetensors";
  private static final String CONVERTED = "f16.gguf";
  private static final String QUANTIZATION = "quantization.gguf";

  @TempDir private static Path folder;

  @BeforeAll
  static void convert() throws IOException {
    Optional<String> missing =
        Stream.of(GgmlLibrary.missing(), TrainedWeights.missing())
            .flatMap(Optional::stream)
            .findFirst();
    Assumptions.assumeThat(missing).isEmpty();
    TrainedWeights weights = TrainedWeights.read();
    assertThat(weights.count()).isGreaterThan(22_000_000);
    weights.writeRepository(folder);
    weights.writeConverted(folder.resolve(CONVERTED));
  }

  private static Weighing weigh(String file) throws IOException {
    LocalStorage storage = new LocalStorage(folder);
    return new Weigher(
            ModelTensors.open(storage, file),
            SafetensorsSource.open(storage, ModelTensors.open(storage, SOURCE)),
            List.of(),
            Weigher.Depth.EXACT)
        .weigh();
  }

  private static void quantize(LlamaFileType type, Map<String, float[]> importance)
      throws IOException {
    LlamaLibrary.load()
        .quantize(folder.resolve(CONVERTED), folder.resolve(QUANTIZATION), type, importance);
  }

  @Test
  void theConversionIsExact() throws IOException {
    assertThat(weigh(CONVERTED).level()).isEqualTo(Level.EXACT);
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0", "Q5_1", "Q4_K_M", "IQ4_XS"})
  void aQuantizationIsExactInOneStep(LlamaFileType type) throws IOException {
    quantize(type, Map.of());

    Weighing weighing = weigh(QUANTIZATION);

    assertThat(weighing.tensors())
        .allSatisfy(tensor -> assertThat(tensor.level()).isEqualTo(Level.EXACT))
        .anyMatch(
            tensor ->
                tensor.recipe().map(Recipe::intermediate).equals(Optional.of(Intermediate.F16)));
  }

  @Test
  void aQuantizationByAnUnknownImatrixIsEquivalent() throws IOException {
    Map<String, float[]> importance = new TreeMap<>();
    var random = new Random(1);
    LocalStorage storage = new LocalStorage(folder);
    ModelTensors.open(storage, CONVERTED).tensors().stream()
        .filter(tensor -> tensor.name().startsWith("blk.") && tensor.rows() > 1)
        .forEach(
            tensor -> {
              float[] columns = new float[(int) tensor.rowElements()];
              for (int i = 0; i < columns.length; i++) {
                columns[i] = (float) Math.exp(random.nextGaussian());
              }
              importance.put(tensor.name(), columns);
            });
    quantize(LlamaFileType.Q4_K_M, importance);

    Weighing weighing = weigh(QUANTIZATION);

    assertThat(weighing.level()).isEqualTo(Level.EQUIVALENT);
  }
}
