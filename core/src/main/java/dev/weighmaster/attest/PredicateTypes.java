package dev.weighmaster.attest;

import java.util.Set;

/** The predicate types whose statements are understood. */
public final class PredicateTypes {
  /** OMS 1.0, section 5.1. */
  public static final String MODEL_SIGNATURE = "https://model_signing/signature/v1.0";

  /** Version 0.2.0 of the OMS reference implementation: the subjects are the files. */
  public static final String MODEL_DIGESTS = "https://model_signing/Digests/v0.1";

  public static final String QUANTIZATION = "https://weighmaster.dev/attestation/quantization/v1";

  private static final String GGUFPACKER =
      "https://github.com/theadamdanielsson/ggufpacker/attestation/";

  /** A quantized GGUF file from a GGUF file. */
  public static final String GGUF_DERIVATION = GGUFPACKER + "gguf-derivation/v0";

  /** A full-precision GGUF file from a safetensors snapshot. */
  public static final String GGUF_CONVERSION = GGUFPACKER + "gguf-conversion/v0";

  /** SLSA's Verification Summary Attestation: what an auditor says of a quantization. */
  public static final String VERIFICATION_SUMMARY = "https://slsa.dev/verification_summary/v1";

  /** What is said of weights themselves; a summary tells what somebody made of it. */
  public static final Set<String> OF_WEIGHTS =
      Set.of(MODEL_SIGNATURE, MODEL_DIGESTS, QUANTIZATION, GGUF_DERIVATION, GGUF_CONVERSION);

  private PredicateTypes() {}
}
