package dev.weighmaster.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.Fixtures;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that llama.cpp made. */
class WeighFixturesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K",
        "IQ4_NL", "IQ4_XS"
      })
  void aQuantizationOfLlamaCppIsExact(String method) throws IOException {
    Storage storage = new LocalStorage(Fixtures.path("gguf"));
    Weighing weighing =
        new Weigher(
                ModelTensors.open(storage, "tiny-llama-%s.gguf".formatted(method)),
                ModelTensors.open(storage, "tiny-llama-F16.gguf"),
                List.of(),
                Weigher.Depth.EXACT)
            .weigh();

    assertThat(weighing.tensors())
        .filteredOn(tensor -> tensor.level() != Level.EXACT)
        .extracting(TensorWeighing::name, TensorWeighing::type, TensorWeighing::deviation)
        .isEmpty();
    assertThat(weighing.level()).isEqualTo(Level.EXACT);
  }
}
