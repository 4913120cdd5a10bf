package dev.weighmaster.hub;

/** What a file of a repository is to the audit, by its name. */
public enum FileKind {
  GGUF,
  SAFETENSORS,
  /** Weights that are hashed and chained, but not inspected: {@code .bin}, {@code .pt}, … */
  OTHER_WEIGHTS,
  /** A signature or attestation file beside the weights. */
  SIDECAR,
  /** The index of a sharded safetensors set. */
  SHARD_INDEX,
  /** {@code config.json}, {@code quantize_config.json}, {@code quant_config.json}. */
  CONFIG,
  MODEL_CARD,
  OTHER
}
