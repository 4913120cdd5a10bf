package dev.weighmaster.chain;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.attest.RootDigest;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Where a trail ends: the signature of the source model, or what is wrong with it. */
record LastLink(TrustPolicy policy, Standing standing) {

  static Trail unsigned(Source source) {
    Problem problem =
        new Problem(
            Reason.SOURCE_UNSIGNED,
            (source.name().isEmpty() ? "" : Quoted.line(source.name()) + " of ")
                + source.repository()
                + " has no model signature");
    return Trail.ends(source, problem, List.of());
  }

  /** The last link: the source's model signature. */
  Trail end(
      Source source, ModelSignature signature, Optional<String> digest, QuantizationClaim claim) {
    CheckedStatement statement = signature.statement();
    Optional<Problem> problem =
        standing
            .asPublisher(statement, source.repository())
            .or(signature::partialMismatch)
            .map(LastLink::ofSource)
            .map(found -> new Problem(found.reason(), source.repository() + ": " + found.detail()))
            .or(() -> signerProblem(source.repository(), statement, claim));
    Optional<String> subject = digest.or(() -> statement.manifest().map(ModelManifest::rootDigest));
    Link link = new Link(statement, LinkKind.MODEL_SIGNATURE, subject, problem);
    return problem
        .map(found -> Trail.ends(source, found, List.of(link)))
        .orElseGet(() -> Trail.reaches(source, link));
  }

  private static Optional<Problem> signerProblem(
      String model, CheckedStatement statement, QuantizationClaim claim) {
    Signer signer = statement.signature().signer().orElseThrow();
    boolean same =
        claim.signatureIdentity().map(signer.identity()::equals).orElse(true)
            && claim.signatureIssuer().map(signer.issuer()::equals).orElse(true);
    if (same) {
      return Optional.empty();
    }
    return Optional.of(
        new Problem(
            Reason.SOURCE_IDENTITY_MISMATCH,
            Quoted.line(model)
                + " is signed by "
                + Standing.described(signer)
                + ", but the attestation says by "
                + claim.signatureIdentity().map(Quoted::line).orElse("another")
                + claim
                    .signatureIssuer()
                    .map(issuer -> " (" + Quoted.line(issuer) + ")")
                    .orElse("")));
  }

  /** The same failure, said of a source. */
  static Problem ofSource(Problem problem) {
    Reason reason =
        switch (problem.reason()) {
          case SIGNER_NOT_TRUSTED -> Reason.SOURCE_SIGNER_NOT_TRUSTED;
          case MALFORMED_BUNDLE,
              SIGNATURE_INVALID,
              CERTIFICATE_UNTRUSTED,
              LOG_PROOF_INVALID,
              TIMESTAMP_INVALID ->
              Reason.SOURCE_SIGNATURE_INVALID;
          case DIGEST_MISMATCH, SUBJECT_INCOMPLETE -> Reason.SOURCE_DIGEST_MISMATCH;
          case OK,
              NO_ATTESTATION,
              SOURCE_SIGNER_NOT_TRUSTED,
              UNSIGNED_STATEMENT,
              UNATTESTED_EXTRAS,
              SOURCE_MISSING,
              SOURCE_UNSIGNED,
              SOURCE_SIGNATURE_INVALID,
              SOURCE_DIGEST_MISMATCH,
              SOURCE_IDENTITY_MISMATCH,
              CLAIM_MISMATCH,
              METHOD_MISMATCH,
              BOUNDS_EXCEEDED,
              CHAIN_CYCLE,
              CHAIN_TOO_DEEP,
              REVOKED,
              MALFORMED_WEIGHTS,
              UNSIGNED_FILES,
              IO_ERROR,
              CHANGED_DURING_READ,
              UNSUPPORTED ->
              problem.reason();
        };
    return new Problem(reason, problem.detail());
  }

  /** The last link from several files of one repository: a signature that covers them all. */
  Trail endOfAll(List<Source> weights, QuantizationClaim claim) {
    Source first = weights.get(0);
    return first.signatures().stream()
        .filter(
            signature ->
                weights.stream().allMatch(source -> source.signatures().contains(signature)))
        .map(signature -> end(first, signature, Optional.empty(), claim))
        .min(Comparator.comparingInt(Trail::rank))
        .orElseGet(() -> unsigned(first));
  }

  /** The last link where the source is not in the hub: the signature that came along. */
  Trail embedded(CheckedStatement signature, QuantizationClaim claim, String model, String digest) {
    Optional<Problem> problem =
        claim
            .signatureSha256()
            .filter(policy::revokedStatement)
            .map(
                revoked ->
                    new Problem(
                        Reason.REVOKED, "the policy revokes its bundle (sha256:" + revoked + ")"))
            .or(() -> standing.asPublisher(signature, model))
            .or(() -> otherSource(signature.manifest().orElseThrow(), digest))
            .map(LastLink::ofSource)
            .map(
                found ->
                    new Problem(
                        found.reason(),
                        "the embedded signature of " + Quoted.line(model) + ": " + found.detail()))
            .or(() -> signerProblem(model, signature, claim));
    Link link = new Link(signature, LinkKind.EMBEDDED_SIGNATURE, Optional.of(digest), problem);
    return new Trail(
        problem,
        List.of(link),
        Set.of(model),
        Set.of(),
        Optional.empty(),
        problem.isEmpty() ? signature.signature().signer() : Optional.empty());
  }

  /** A model is identified by its root digest, a file signed alone by its own. */
  private static Optional<Problem> otherSource(ModelManifest manifest, String digest) {
    boolean same =
        manifest.rootDigest().equals(digest)
            || manifest.resources().stream()
                .anyMatch(file -> file.digest().equals(digest) && isOnly(file, manifest));
    return same
        ? Optional.empty()
        : Optional.of(
            new Problem(
                Reason.DIGEST_MISMATCH,
                "it is of the model sha256:"
                    + manifest.rootDigest()
                    + ", but the source is attested as sha256:"
                    + digest));
  }

  private static boolean isOnly(Resource file, ModelManifest manifest) {
    return RootDigest.of(List.of(file)).equals(manifest.rootDigest());
  }
}
