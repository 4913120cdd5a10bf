package dev.weighmaster.jobs.cli;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.SignatureCheck;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One statement of a sidecar, as {@code inspect} shows it, field by field.
 *
 * @param line where the sidecar has more than one
 */
record ShownStatement(
    Optional<Integer> line,
    Optional<String> predicateType,
    Optional<String> statementDigest,
    ShownSignature signature,
    Optional<ShownClaim> claim,
    Optional<ShownManifest> manifest,
    Optional<List<Subject>> subjects) {

  /**
   * @param checked whether there is a policy that the signature was checked by
   * @param problem what is wrong with the statement
   */
  static ShownStatement of(
      CheckedStatement statement, boolean isOneOfMany, boolean checked, Optional<Problem> problem) {
    return new ShownStatement(
        isOneOfMany ? Optional.of(statement.line()) : Optional.empty(),
        statement.predicateType(),
        statement.statementSha256(),
        ShownSignature.of(statement.signature(), checked, problem),
        statement.claim().map(ShownClaim::of),
        statement.manifest().map(ShownManifest::of),
        statement.manifest().isEmpty() ? some(statement.subjects()) : Optional.empty());
  }

  private static <T> Optional<List<T>> some(List<T> values) {
    return Optional.of(values).filter(list -> !list.isEmpty());
  }

  private record ShownSignature(
      Optional<String> method,
      String result,
      Optional<Reason> reason,
      Optional<String> detail,
      Optional<String> identity,
      Optional<String> issuer,
      Optional<String> trustRoot,
      Optional<Long> logIndex,
      Optional<Instant> signedAt) {
    static ShownSignature of(SignatureCheck check, boolean checked, Optional<Problem> problem) {
      Optional<Signer> signer = check.signer().filter(any -> checked);
      return new ShownSignature(
          check.method().map(method -> method.name().toLowerCase(Locale.ROOT)),
          result(check, checked),
          problem.map(Problem::reason),
          problem.map(Problem::detail),
          signer.map(Signer::identity),
          signer.flatMap(Signer::statedIssuer),
          signer.map(Signer::root),
          check.logIndex().filter(any -> checked),
          check.signedAt().filter(any -> checked));
    }

    private static String result(SignatureCheck check, boolean checked) {
      if (check.method().isEmpty()) {
        return "no signature";
      }
      if (!checked) {
        return "signature not checked";
      }
      if (check.holds()) {
        return "holds";
      }
      // No trust root of the policy can tell: the signature may well hold under another.
      boolean nobodyCanTell =
          check.failure().map(Problem::reason).equals(Optional.of(Reason.SIGNER_NOT_TRUSTED));
      return nobodyCanTell ? "can't be checked" : "does not hold";
    }
  }

  private record ShownClaim(
      Optional<String> sourceModel,
      Optional<String> sourceRevision,
      Optional<String> sourceSha256,
      Optional<String> sourceSignatureSha256,
      Optional<String> sourceSignerIdentity,
      Optional<String> sourceSignerIssuer,
      Optional<String> format,
      Optional<String> method,
      Optional<String> tool,
      Optional<String> toolVersion,
      Optional<String> producedAt,
      Optional<List<Subject>> sourceFiles) {
    static ShownClaim of(QuantizationClaim claim) {
      return new ShownClaim(
          claim.sourceModel(),
          claim.sourceRevision(),
          claim.sourceSha256(),
          claim.signatureSha256(),
          claim.signatureIdentity(),
          claim.signatureIssuer(),
          claim.format(),
          claim.method(),
          claim.tool(),
          claim.toolVersion(),
          claim.producedAt(),
          some(claim.sourceFiles()));
    }
  }

  private record ShownManifest(
      String rootDigest,
      String hashType,
      Optional<Long> shardSize,
      boolean allowSymlinks,
      Optional<List<String>> ignorePaths,
      List<ShownResource> files) {
    static ShownManifest of(ModelManifest manifest) {
      return new ShownManifest(
          manifest.rootDigest(),
          manifest.hashType().identifier(),
          manifest.shardSize(),
          manifest.allowSymlinks(),
          some(manifest.ignorePaths()),
          manifest.resources().stream().map(ShownResource::of).toList());
    }
  }

  private record ShownResource(
      String path, Optional<Long> start, Optional<Long> end, String digest) {
    static ShownResource of(Resource resource) {
      return new ShownResource(
          resource.path(),
          resource.end().map(any -> resource.start()),
          resource.end(),
          resource.digest());
    }
  }
}
