package dev.weighmaster.audit;

import dev.weighmaster.chain.Link;
import dev.weighmaster.chain.LinkKind;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.time.Instant;
import java.util.Optional;

/** One link in the column {@code chain} of {@code audit}. */
public record LinkRow(
    LinkKind kind,
    Optional<String> predicateType,
    Optional<String> statementDigest,
    Optional<String> subjectDigest,
    Optional<String> sourceModel,
    Optional<String> sourceDigest,
    Optional<String> signerIdentity,
    Optional<String> signerIssuer,
    Optional<SigningMethod> signingMethod,
    Optional<Long> logIndex,
    Optional<Instant> signedAt,
    boolean holds,
    Reason reason) {

  /** The row of a link. */
  public static LinkRow of(Link link) {
    CheckedStatement statement = link.statement();
    return new LinkRow(
        link.kind(),
        statement.predicateType(),
        statement.statementSha256(),
        link.subject(),
        statement.claim().flatMap(claim -> claim.sourceModel()),
        statement.claim().flatMap(claim -> claim.sourceSha256()),
        statement.signature().signer().map(Signer::identity),
        statement.signature().signer().flatMap(Signer::statedIssuer),
        statement.signature().method(),
        statement.signature().logIndex(),
        statement.signature().signedAt(),
        link.holds(),
        link.problem().map(Problem::reason).orElse(Reason.OK));
  }
}
