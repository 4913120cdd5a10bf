package dev.weighmaster.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileKindTest {
  @ParameterizedTest
  @CsvSource({
    "model-Q4_K_M.gguf, GGUF",
    "sub/Model.GGUF, GGUF",
    "gguf, OTHER",
    "bin, OTHER",
    "model.safetensors, SAFETENSORS",
    "flux1-dev.sft, SAFETENSORS",
    "sub/Model.SFT, SAFETENSORS",
    "sft, OTHER",
    "model.safetensors.index.json, SHARD_INDEX",
    "config.json, CONFIG",
    "transformer/config.json, CONFIG",
    "quantize_config.json, CONFIG",
    "quant_config.json, CONFIG",
    "adapter_config.json, OTHER",
    "README.md, MODEL_CARD",
    "docs/README.md, OTHER",
    "model.sig, SIDECAR",
    "m.gguf.sig, SIDECAR",
    "m.gguf.quantization.sigstore.json, SIDECAR",
    "m.sigstore, SIDECAR",
    "m.intoto.jsonl, SIDECAR",
    "claims.jsonl, SIDECAR",
    "my-claims.jsonl, OTHER",
    "m.derivation.json, SIDECAR",
    "m.conversion.json, SIDECAR",
    "pytorch_model-00001-of-00002.bin, OTHER_WEIGHTS",
    "model.onnx, OTHER_WEIGHTS",
    "onnx/model_q4.onnx_data, OTHER_WEIGHTS",
    "Model.ONNX_data_1, OTHER_WEIGHTS",
    "model.onnx.data, OTHER_WEIGHTS",
    "model.onnx_data.md, OTHER",
    "onnx_data, OTHER",
    "model.dduf, OTHER_WEIGHTS",
    "model.pkl, OTHER_WEIGHTS",
    "random_states_0.pkl, OTHER",
    "training_args.bin, OTHER",
    "checkpoint-500/optimizer.pt, OTHER",
    "optimizer.bin, OTHER",
    "optimizer_1.bin, OTHER",
    "scheduler.pt, OTHER",
    "scheduler.bin, OTHER",
    "sampler.bin, OTHER",
    "scaler.pt, OTHER",
    "rng_state.pth, OTHER",
    "rng_state_0.pth, OTHER",
    "global_step5/bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt, OTHER",
    "global_step5/mp_rank_00_model_states.pt, OTHER_WEIGHTS",
    "my_optimizer.bin, OTHER_WEIGHTS",
    "optimizer.safetensors, SAFETENSORS",
    "tokenizer.json, OTHER"
  })
  void aNameSaysTheKind(String name, FileKind kind) {
    assertThat(FileKind.of(name)).isEqualTo(kind);
  }

  @ParameterizedTest
  @CsvSource({
    "pytorch_model.bin.index.json, true",
    "sub/Model.Safetensors.Index.JSON, true",
    "model.safetensors.index.fp16.json, true",
    "tf_model.h5.index.json, true",
    "flax_model.msgpack.index.json, true",
    "optimizer.bin.index.json, false",
    "vector.index.json, false",
    ".index.json, false",
    "index.json, false",
    "model.bin.index, false",
    "model.bin.index.a/b.json, false"
  })
  void aNameSaysWhetherItListsThePartsOfWeights(String name, boolean index) {
    assertThat(FileKind.isIndex(name)).isEqualTo(index);
  }

  /** A dot in a regular expression is no line separator, unless it is told to be. */
  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\u0085", "\u2028", "\u2029"})
  void aLineSeparatorInANameHidesNothing(String separator) {
    assertThat(FileKind.of("a" + separator + ".onnx_data")).isEqualTo(FileKind.OTHER_WEIGHTS);
    assertThat(FileKind.isIndex("a" + separator + ".bin.index.json")).isTrue();
  }
}
