package dev.weighmaster.jobs.verify;

import dev.weighmaster.audit.BoundsReport;
import dev.weighmaster.audit.Run;
import dev.weighmaster.chain.Judgement;
import dev.weighmaster.chain.Link;
import dev.weighmaster.chain.LinkKind;
import dev.weighmaster.jobs.verify.RepositoryVerdict.JudgedQuantization;
import dev.weighmaster.jobs.verify.RepositoryVerdict.JudgedSignature;
import dev.weighmaster.quantization.LoaderExtra;
import dev.weighmaster.quantization.Quantization;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.SignatureCheck;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The JSON of a {@link RepositoryVerdict}, field by field, see docs/consumer.md. */
record ShownVerdict(
    String repository,
    String revision,
    Verdict verdict,
    List<ShownQuantization> quantizations,
    List<ShownSignature> modelSignatures) {

  static ShownVerdict of(RepositoryVerdict verdict) {
    return new ShownVerdict(
        verdict.repository().name(),
        verdict.repository().revision(),
        verdict.verdict(),
        verdict.quantizations().stream().map(ShownQuantization::of).toList(),
        verdict.signatures().stream().map(ShownSignature::of).toList());
  }

  private record ShownQuantization(
      String quantization,
      String format,
      Optional<String> method,
      Optional<String> digest,
      Verdict verdict,
      Reason reason,
      String detail,
      String badge,
      Optional<String> sourceModel,
      Optional<String> sourcePublisher,
      Optional<String> tool,
      Optional<String> toolVersion,
      int chainDepth,
      List<ShownLink> chain,
      Optional<BoundsReport> errorBounds,
      List<LoaderExtra> alsoLoaded) {

    static ShownQuantization of(JudgedQuantization judged) {
      Quantization quantization = judged.evidence().quantization();
      Judgement judgement = judged.judgement();
      return new ShownQuantization(
          quantization.name(),
          quantization.format(),
          quantization.method(),
          judged.evidence().digest(),
          judgement.verdict(),
          judgement.reason(),
          judgement.detail(),
          Run.badge(judgement),
          judgement.sourceModel(),
          judgement.sourcePublisher(),
          judgement.tool(),
          judgement.toolVersion(),
          judgement.depth(),
          judgement.links().stream().map(ShownLink::of).toList(),
          judged.bounds(),
          judged.evidence().alsoLoaded());
    }
  }

  private record ShownLink(
      LinkKind kind,
      String repository,
      String sidecar,
      Optional<String> subjectDigest,
      Optional<String> sourceModel,
      Optional<String> sourceDigest,
      Optional<String> predicateType,
      Optional<String> statementDigest,
      Optional<String> signerIdentity,
      Optional<String> signerIssuer,
      Optional<SigningMethod> signingMethod,
      Optional<Long> logIndex,
      Optional<Instant> signedAt,
      boolean holds,
      Reason reason,
      Optional<String> detail) {

    static ShownLink of(Link link) {
      CheckedStatement statement = link.statement();
      SignatureCheck signature = statement.signature();
      return new ShownLink(
          link.kind(),
          statement.repository(),
          statement.name(),
          link.subject(),
          statement.claim().flatMap(claim -> claim.sourceModel()),
          statement.claim().flatMap(claim -> claim.sourceSha256()),
          statement.predicateType(),
          statement.statementSha256(),
          signature.signer().map(Signer::identity),
          signature.signer().flatMap(Signer::statedIssuer),
          signature.method(),
          signature.logIndex(),
          signature.signedAt(),
          link.holds(),
          link.problem().map(Problem::reason).orElse(Reason.OK),
          link.problem().map(Problem::detail));
    }
  }

  private record ShownSignature(
      String sidecar,
      Optional<String> predicateType,
      Optional<String> statementDigest,
      Optional<String> signerIdentity,
      Optional<String> signerIssuer,
      Optional<SigningMethod> signingMethod,
      Optional<Long> logIndex,
      Optional<Instant> signedAt,
      Verdict verdict,
      Reason reason,
      Optional<String> detail) {

    static ShownSignature of(JudgedSignature judged) {
      CheckedStatement statement = judged.statement();
      SignatureCheck signature = statement.signature();
      return new ShownSignature(
          statement.name(),
          statement.predicateType(),
          statement.statementSha256(),
          signature.signer().map(Signer::identity),
          signature.signer().flatMap(Signer::statedIssuer),
          signature.method(),
          signature.logIndex(),
          signature.signedAt(),
          judged.reason().verdict(),
          judged.reason(),
          judged.problem().map(Problem::detail));
    }
  }
}
