package dev.weighmaster.audit;

import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;

/**
 * One statement's row in {@code attestations}, model signatures among them, see {@code
 * attestations.avsc} for what each column holds.
 */
public record AttestationRow(
    String runId,
    LocalDate auditDate,
    String repository,
    String revision,
    String sidecar,
    int line,
    String bundleDigest,
    Optional<String> statementDigest,
    Optional<String> predicateType,
    int subjectCount,
    Optional<String> rootDigest,
    Optional<String> sourceModel,
    Optional<String> sourceDigest,
    Optional<String> method,
    Optional<String> tool,
    Optional<String> toolVersion,
    Optional<String> signerIdentity,
    Optional<String> signerIssuer,
    Optional<SigningMethod> signingMethod,
    Optional<Long> logIndex,
    Optional<Instant> signedAt,
    Verdict verdict,
    Reason reason,
    String detail) {

  /**
   * The row of a statement judged by itself.
   *
   * @param problem the first check that did not hold
   */
  public static AttestationRow of(Run run, CheckedStatement statement, Optional<Problem> problem) {
    Optional<QuantizationClaim> claim = statement.claim();
    Optional<Signer> signer = statement.signature().signer();
    Reason reason = problem.map(Problem::reason).orElse(Reason.OK);
    return new AttestationRow(
        run.id(),
        run.date(),
        statement.repository(),
        statement.revision(),
        statement.name(),
        statement.line(),
        statement.bundleSha256(),
        statement.statementSha256(),
        statement.predicateType(),
        statement.subjects().size(),
        statement.manifest().map(manifest -> manifest.rootDigest()),
        claim.flatMap(QuantizationClaim::sourceModel),
        claim.flatMap(QuantizationClaim::sourceSha256),
        claim.flatMap(QuantizationClaim::method),
        claim.flatMap(QuantizationClaim::tool),
        claim.flatMap(QuantizationClaim::toolVersion),
        signer.map(Signer::identity),
        signer.flatMap(Signer::statedIssuer),
        statement.signature().method(),
        statement.signature().logIndex(),
        statement.signature().signedAt(),
        reason.verdict(),
        reason,
        problem
            .map(Problem::detail)
            .orElse("signed by " + signer.map(Signer::identity).orElse("")));
  }
}
