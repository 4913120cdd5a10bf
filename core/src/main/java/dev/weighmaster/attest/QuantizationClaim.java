package dev.weighmaster.attest;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a quantization attestation, or one of ggufpacker's derivation or conversion statements,
 * states about its subjects.
 *
 * @param sourceModel model id {@code org/name}
 * @param sourceSha256 the source model's OMS root digest, or its file's digest; empty where the
 *     statement names the source by its files
 * @param sourceFiles all files of a source snapshot but hidden ones, for ggufpacker's conversion
 *     statements alone
 * @param signatureSha256 digest of the source's bundle file
 * @param signatureIdentity who signed the source, as the attestation says
 */
public record QuantizationClaim(
    Optional<String> sourceModel,
    Optional<String> sourceRevision,
    Optional<String> sourceSha256,
    List<Subject> sourceFiles,
    Optional<String> signatureSha256,
    Optional<String> signatureIdentity,
    Optional<String> signatureIssuer,
    Optional<String> format,
    Optional<String> method,
    Optional<String> tool,
    Optional<String> toolVersion,
    Optional<String> producedAt) {
  public QuantizationClaim {
    sourceFiles = List.copyOf(sourceFiles);
  }

  /** Everything that is said in words of the statement's own, in no particular order. */
  public List<String> texts() {
    return Stream.of(
            sourceModel,
            sourceRevision,
            signatureIdentity,
            signatureIssuer,
            format,
            method,
            tool,
            toolVersion,
            producedAt)
        .flatMap(Optional::stream)
        .toList();
  }
}
