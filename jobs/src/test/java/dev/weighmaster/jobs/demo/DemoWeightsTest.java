package dev.weighmaster.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.jobs.demo.DemoHub.Weighable;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.Intermediate;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher;
import dev.weighmaster.weigh.Weighing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether the demo's quantizations are made of the weights that they are said to be made of. */
class DemoWeightsTest {
  @TempDir private static Path folder;
  private static DemoHub demo;

  @BeforeAll
  static void makeTheDemo() throws IOException {
    demo = DemoHub.create(folder);
  }

  private static Weighing weigh(Path quantization, Path source) throws IOException {
    Storage hub = new LocalStorage(demo.hub());
    return new Weigher(
            ModelTensors.open(hub, demo.hub().relativize(quantization).toString()),
            ModelTensors.open(hub, demo.hub().relativize(source).toString()),
            List.of(),
            Weigher.Depth.EXACT)
        .weigh();
  }

  private static Weighing weigh(Weighable weighable) throws IOException {
    return weigh(weighable.quantization(), weighable.source());
  }

  @Test
  void theHonestOneIsExact() throws IOException {
    Weighable honest = demo.weighables().get(0);

    Weighing weighing = weigh(honest);

    assertThat(honest.repository()).isEqualTo("quantco/tiny-base-via-F16-GGUF");
    assertThat(weighing.level()).isEqualTo(Level.EXACT);
    assertThat(weighing.tensors())
        .hasSize(21)
        .allSatisfy(
            tensor ->
                assertThat(tensor.recipe().orElseThrow().intermediate())
                    .isEqualTo(Intermediate.NONE));
    assertThat(weighing.metadata())
        .isNotEmpty()
        .allSatisfy(value -> assertThat(value.state()).isEqualTo(ComparedValue.State.EQUAL));
  }

  @Test
  void theEditedOneDeviatesInTheMatrixThatWasEdited() throws IOException {
    Weighable edited = demo.weighables().get(1);

    Weighing weighing = weigh(edited);

    assertThat(edited.repository()).isEqualTo("quantco/edited-weights-GGUF");
    assertThat(weighing.level()).isEqualTo(Level.DEVIATES);
    assertThat(weighing.tensors())
        .filteredOn(tensor -> tensor.level() != Level.EXACT)
        .extracting(TensorWeighing::name)
        .containsExactly("blk.1.ffn_down.weight");
    assertThat(weighing.metadata())
        .allSatisfy(value -> assertThat(value.state()).isEqualTo(ComparedValue.State.EQUAL));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quantco/tiny-base-GGUF/tiny-Q8_0.gguf",
        "quantco/tiny-base-GGUF/tiny-Q4_0.gguf",
        "stranger/tiny-base-GGUF/tiny-Q8_0.gguf",
        "quantco/half-attested-GGUF/tiny-Q8_0-00002-of-00002.gguf"
      })
  void whoeverAttestsThemTheOthersOfThatSourceAreExactToo(String quantization) throws IOException {
    Path source = demo.weighables().get(0).source();

    assertThat(weigh(demo.hub().resolve(quantization), source).level()).isEqualTo(Level.EXACT);
  }

  @Test
  void aWeightThatWasChangedAfterAttestingIsSeenInTheWeightsToo() throws IOException {
    Path source = demo.weighables().get(0).source();

    Weighing weighing = weigh(demo.hub().resolve("quantco/tampered-GGUF/tiny-Q8_0.gguf"), source);

    assertThat(weighing.tensors())
        .filteredOn(tensor -> tensor.level() == Level.DEVIATES)
        .extracting(TensorWeighing::name, tensor -> tensor.deviation().orElseThrow().weights())
        .containsExactly(tuple("output.weight", 1L));
  }
}
