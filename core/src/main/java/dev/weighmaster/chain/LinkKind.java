package dev.weighmaster.chain;

/** What one link of a chain says. */
public enum LinkKind {
  /** The files of a model are what its publisher signed. */
  MODEL_SIGNATURE,
  /**
   * The source, which is not in the hub, is what its publisher signed, by the signature that the
   * attestation before it brings along. Nobody has looked at the source's bytes.
   */
  EMBEDDED_SIGNATURE,
  /** The files were quantized from a source. */
  QUANTIZATION,
  /** The file was derived from a source bit by bit, by ggufpacker's statement. */
  DERIVATION,
  /** The file was converted from a source's full-precision weights, by ggufpacker's statement. */
  CONVERSION,
  /** A statement of another kind, or one that can't be read. */
  OTHER
}
