package dev.weighmaster.signature;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.attest.Subject;
import java.util.List;
import java.util.Optional;

/**
 * One statement of a sidecar, with its signature checked.
 *
 * @param repository {@code org/name} of the sidecar or, if it is stored elsewhere, of the files
 *     that it covers; empty if no repository has them
 * @param revision of the repository, empty where the layout has none
 * @param name of the sidecar, relative to the repository's root; for one that is kept elsewhere
 *     {@link #ELSEWHERE} and its path there
 * @param line from 1, in a sidecar of one bundle a line; 1 in others
 * @param bundleSha256 of the sidecar's bytes; an empty string where they could not be read
 * @param statementSha256 of the statement's bytes; empty where there are none to be read
 * @param predicateType as the statement says it; empty where it can't be read
 * @param manifest for a model signature
 * @param claim for a quantization attestation or one of ggufpacker's statements
 * @param embedded the source's model signature that a quantization attestation brings along, where
 *     the policy lets it count: checked, with no resources in its manifest but weights
 */
public record CheckedStatement(
    String repository,
    String revision,
    String name,
    int line,
    String bundleSha256,
    Optional<String> statementSha256,
    SignatureCheck signature,
    Optional<String> predicateType,
    List<Subject> subjects,
    Optional<ModelManifest> manifest,
    Optional<QuantizationClaim> claim,
    Optional<CheckedStatement> embedded) {
  /** What the name of a sidecar that is kept away from the weights begins with. */
  public static final String ELSEWHERE = "attestations:";

  public CheckedStatement {
    subjects = List.copyOf(subjects);
  }

  /** Whether the sidecar is kept away from the weights. */
  public boolean isKeptElsewhere() {
    return name.startsWith(ELSEWHERE);
  }

  /** The same statement as one of a repository that has files that it covers. */
  public CheckedStatement in(String otherRepository, String otherRevision) {
    return with(otherRepository, otherRevision, subjects, manifest, embedded);
  }

  /** The same statement with fewer subjects, where the others do not matter any more. */
  public CheckedStatement withSubjects(List<Subject> fewer) {
    return with(repository, revision, fewer, manifest, embedded);
  }

  /** The same model signature with fewer resources, where the others do not matter any more. */
  public CheckedStatement withManifest(ModelManifest shorter) {
    return with(repository, revision, subjects, Optional.of(shorter), embedded);
  }

  /** The same statement where something else was found of its signature. */
  CheckedStatement withSignature(SignatureCheck other) {
    return new CheckedStatement(
        repository,
        revision,
        name,
        line,
        bundleSha256,
        statementSha256,
        other,
        predicateType,
        subjects,
        manifest,
        claim,
        embedded);
  }

  CheckedStatement withEmbedded(Optional<CheckedStatement> checked) {
    return with(repository, revision, subjects, manifest, checked);
  }

  private CheckedStatement with(
      String otherRepository,
      String otherRevision,
      List<Subject> otherSubjects,
      Optional<ModelManifest> otherManifest,
      Optional<CheckedStatement> otherEmbedded) {
    return new CheckedStatement(
        otherRepository,
        otherRevision,
        name,
        line,
        bundleSha256,
        statementSha256,
        signature,
        predicateType,
        otherSubjects,
        otherManifest,
        claim,
        otherEmbedded);
  }
}
