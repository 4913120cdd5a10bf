package dev.weighmaster.chain;

import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import java.util.Optional;

/** Holds what an attestation claims of the weights themselves against them. */
@FunctionalInterface
public interface WeightsCheck {
  /** Of whoever does not look at weights. */
  WeightsCheck NONE = (attestation, quantization, source) -> Optional.empty();

  /**
   * Checks an attestation whose chain holds.
   *
   * @param source what the chain found by the digest that the attestation names; empty where it
   *     rests on an embedded signature, and nobody has the source's bytes
   * @return what the weights contradict, or why they could not be read; empty if they contradict
   *     nothing, or nothing can be checked
   */
  Optional<Problem> problem(
      CheckedStatement attestation, QuantizationCase quantization, Optional<Source> source);
}
