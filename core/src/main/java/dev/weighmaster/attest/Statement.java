package dev.weighmaster.attest;

import dev.weighmaster.json.JsonFields;
import java.util.List;
import java.util.Optional;

/**
 * An in-toto Statement v1.
 *
 * @param subjects at least one
 * @param manifest for a model signature
 * @param claim for a quantization attestation or one of ggufpacker's statements
 * @param sourceBundle the source's own signature, as a quantization attestation may bring it along
 *     in {@code source.signature.bundle}: a Sigstore bundle, not looked at yet
 */
public record Statement(
    String predicateType,
    List<Subject> subjects,
    Optional<ModelManifest> manifest,
    Optional<QuantizationClaim> claim,
    Optional<JsonFields> sourceBundle) {
  public Statement {
    subjects = List.copyOf(subjects);
  }
}
