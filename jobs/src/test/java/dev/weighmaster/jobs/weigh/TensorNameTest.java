package dev.weighmaster.jobs.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorNameTest {

  @ParameterizedTest
  @CsvSource({
    "blk.7.attn_q.weight, blk, 7, attn_q.weight",
    "dec.blk.12.ffn_up.weight, dec.blk, 12, ffn_up.weight",
    "blk.3.ffn_gate.127.weight, blk, 3, ffn_gate.*.weight",
    "model.layers.0.mlp.experts.5.up_proj.weight, model.layers, 0, mlp.experts.*.up_proj.weight",
    "v.blk.007.ln1.bias, v.blk, 7, ln1.bias",
    "0.weight, '', 0, weight",
    "blk.0, blk, 0, ''",
    "blk.99999999999.1.x, blk.99999999999, 1, x"
  })
  void theFirstNumberIsTheLayer(String name, String stack, int layer, String kind) {
    TensorName parts = TensorName.of(name);

    assertThat(parts.stack()).isEqualTo(stack);
    assertThat(parts.layer()).contains(layer);
    assertThat(parts.kind()).isEqualTo(kind);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"token_embd.weight", "", ".", "blk", "blk1.x", "blk.-1.x", "blk.\u0661.x", "a.1b"})
  void aNameWithoutANumberIsOfNoLayer(String name) {
    TensorName parts = TensorName.of(name);

    assertThat(parts.layer()).isEmpty();
    assertThat(parts.kind()).isEqualTo(name);
  }
}
