package dev.weighmaster.chain;

import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The result of one statement, or of one fault of the files.
 *
 * @param problem the first check that failed; empty where the quantization is verified
 * @param links of the chain, from the quantization towards the source
 * @param notes what contradicts the chain, where the policy lets the verdict stand
 */
record Outcome(
    Optional<Problem> problem,
    List<Link> links,
    Optional<QuantizationClaim> claim,
    Optional<String> sourceModel,
    Optional<Signer> publisher,
    List<String> notes) {

  static Outcome without(Problem problem) {
    return of(problem, List.of());
  }

  static Outcome of(Problem problem, List<Link> links) {
    return new Outcome(
        Optional.of(problem),
        links,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  /**
   * Of several outcomes the one of the lowest rank decides.
   *
   * @param unjudgeable why the weights themselves can't be judged
   */
  int rank(TrustPolicy policy, Optional<Problem> unjudgeable) {
    if (problem.isEmpty()) {
      return 4;
    }
    Reason reason = problem.get().reason();
    if (reason == Reason.REVOKED) {
      return 0;
    }
    if (contradictsAsOwnSignature(reason)) {
      return 1;
    }
    if (reason == Reason.CLAIM_MISMATCH) {
      return 2;
    }
    if (unjudgeable.equals(problem)) {
      return 3;
    }
    return switch (policy.verdict(reason)) {
      case VERIFIED -> 4;
      case BROKEN -> 5;
      case ERROR -> 6;
      // What a statement that counts leads to says more than one that does not count.
      case UNVERIFIED -> reason.isAbsence() || reason == Reason.SOURCE_SIGNER_NOT_TRUSTED ? 7 : 8;
    };
  }

  /**
   * Whether the repository's own model signature does not hold, in any way but that files were
   * added, or can't be read: otherwise who has changed a signed file would only have to spoil the
   * signature too.
   */
  private boolean contradictsAsOwnSignature(Reason reason) {
    if (links.size() != 1 || reason == Reason.UNSIGNED_FILES) {
      return false;
    }
    Link link = links.get(0);
    CheckedStatement statement = link.statement();
    return switch (reason.verdict()) {
      case BROKEN ->
          link.kind() == LinkKind.MODEL_SIGNATURE || isUnreadableModelSignature(statement);
      case ERROR -> isUnreadableModelSignature(statement);
      case VERIFIED, UNVERIFIED -> false;
    };
  }

  private static boolean isUnreadableModelSignature(CheckedStatement statement) {
    return statement.predicateType().isEmpty()
        && statement.name().equals(ChainJudge.MODEL_SIGNATURE)
        && !statement.isKeptElsewhere();
  }

  /** Of a verified quantization, what is known of it. */
  String sentence() {
    String quantizer =
        links.get(0).statement().signature().signer().map(Outcome::identity).orElseThrow();
    return "quantized from "
        + sourceModel.orElseThrow()
        + " by "
        + quantizer
        + "; the source is signed by "
        + publisher.map(Outcome::identity).orElseThrow()
        + (links.get(links.size() - 1).kind() == LinkKind.EMBEDDED_SIGNATURE
            ? " in a signature that the attestation brings along; the source is not in the hub, and"
                + " its bytes were not checked"
            : "")
        + notes.stream().map(note -> "; note: " + note).collect(Collectors.joining());
  }

  private static String identity(Signer signer) {
    return Quoted.line(signer.identity());
  }
}
