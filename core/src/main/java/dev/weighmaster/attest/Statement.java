package dev.weighmaster.attest;

import java.util.List;
import java.util.Optional;

/**
 * An in-toto Statement v1.
 *
 * @param subjects at least one
 * @param manifest for a model signature
 * @param claim for a quantization attestation or one of ggufpacker's statements
 */
public record Statement(
    String predicateType,
    List<Subject> subjects,
    Optional<ModelManifest> manifest,
    Optional<QuantizationClaim> claim) {
  public Statement {
    subjects = List.copyOf(subjects);
  }
}
