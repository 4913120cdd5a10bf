package dev.weighmaster.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileKindTest {
  @ParameterizedTest
  @CsvSource({
    "model-Q4_K_M.gguf, GGUF",
    "sub/Model.GGUF, GGUF",
    "gguf, OTHER",
    "bin, OTHER",
    "model.safetensors, SAFETENSORS",
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
    "training_args.bin, OTHER",
    "tokenizer.json, OTHER"
  })
  void aNameSaysTheKind(String name, FileKind kind) {
    assertThat(FileKind.of(name)).isEqualTo(kind);
  }
}
