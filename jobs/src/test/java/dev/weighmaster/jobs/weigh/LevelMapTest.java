package dev.weighmaster.jobs.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LevelMapTest {

  private static TensorWeighing exact(String name) {
    return WeighedTensor.of(name, Level.EXACT, 0.07);
  }

  @Test
  void aTensorHasItsPlaceByLayerAndKind() {
    LevelMap map =
        LevelMap.of(
            List.of(
                exact("token_embd.weight"),
                exact("blk.1.attn_q.weight"),
                WeighedTensor.of("blk.0.attn_q.weight", Level.DEVIATES, 0.3),
                exact("blk.1.ffn_up.weight")));

    assertThat(map.layers()).containsExactly(0, 1);
    assertThat(map.kinds()).containsExactly("attn_q.weight", "ffn_up.weight");
    assertThat(map.cell("attn_q.weight", 0).orElseThrow().level()).isEqualTo(Level.DEVIATES);
    assertThat(map.cell("attn_q.weight", 1).orElseThrow().level()).isEqualTo(Level.EXACT);
    assertThat(map.cell("ffn_up.weight", 0)).isEmpty();
    assertThat(map.outside())
        .extracting(place -> place.tensor().name())
        .containsExactly("token_embd.weight");
  }

  @Test
  void expertsWithATensorEachShareACellThatHasTheWorstOfTheirLevels() {
    List<TensorWeighing> experts = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      experts.add(
          WeighedTensor.of(
              "blk.0.ffn_gate.%d.weight".formatted(i),
              i == 5 ? Level.WITHIN_BOUNDS : Level.EXACT,
              0.07));
    }

    LevelMap.Cell cell = LevelMap.of(experts).cell("ffn_gate.*.weight", 0).orElseThrow();

    assertThat(cell.tensors()).isEqualTo(8);
    assertThat(cell.worst().tensor().name()).isEqualTo("blk.0.ffn_gate.5.weight");
  }

  @Test
  void encoderAndDecoderAreToldApart() {
    LevelMap map =
        LevelMap.of(List.of(exact("enc.blk.0.attn_q.weight"), exact("dec.blk.0.attn_q.weight")));

    assertThat(map.kinds()).containsExactly("enc.blk.*.attn_q.weight", "dec.blk.*.attn_q.weight");
  }

  @Test
  void bandsHaveAllLayersAndAreAboutAsWideAsEachOther() {
    LevelMap map =
        LevelMap.of(IntStream.range(0, 126).mapToObj(i -> exact("blk." + i + ".x")).toList());

    assertThat(map.bands()).extracting(List::size).containsExactly(31, 32, 31, 32);
    assertThat(map.bands().stream().flatMap(List::stream)).isEqualTo(map.layers());
  }

  @Test
  void namesThatWouldMakeAMapOfEmptyCellsMakeNone() {
    List<TensorWeighing> tensors =
        IntStream.range(0, 5_000).mapToObj(i -> exact("blk." + i + ".kind" + i)).toList();

    LevelMap map = LevelMap.of(tensors);

    assertThat(map.layers()).isEmpty();
    assertThat(map.outside()).hasSize(5_000);
  }
}
