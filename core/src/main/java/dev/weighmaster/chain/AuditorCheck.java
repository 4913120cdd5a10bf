package dev.weighmaster.chain;

import dev.weighmaster.attest.MalformedStatementException;
import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.VerificationSummary;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.Optional;

/**
 * Checks statements of other auditors under a policy's {@code auditors}. An audit does not use
 * this: an auditor's statement never makes a quantization VERIFIED there. Thread-safe.
 */
public final class AuditorCheck {
  private final BundleVerifier verifier;
  private final Standing standing;

  public AuditorCheck(TrustPolicy policy) {
    this.verifier = new BundleVerifier(policy);
    this.standing = new Standing(policy);
  }

  /**
   * A statement of an auditor.
   *
   * @param summary what it says; empty where it can't be read, and of a run's signature
   * @param problem why it does not count; empty exactly where it does
   */
  public record Audited(
      CheckedStatement statement,
      Optional<VerificationSummary> summary,
      Optional<Problem> problem) {}

  /**
   * Checks a verification summary, except for the files that it covers: its signature holds, the
   * policy names its signer as the auditor with its id, and it says that the chain was verified.
   *
   * @param name of the bundle's file, for messages
   * @param bundle any bytes
   */
  public Audited summary(String name, byte[] bundle) {
    CheckedStatement statement = check(name, bundle);
    Optional<String> type = statement.predicateType();
    if (type.isPresent() && !type.get().equals(PredicateTypes.VERIFICATION_SUMMARY)) {
      return new Audited(
          statement,
          Optional.empty(),
          Optional.of(
              new Problem(
                  Reason.NO_ATTESTATION,
                  Quoted.line(name)
                      + " is a statement of the type "
                      + Quoted.of(type.get())
                      + ", and no verification summary")));
    }
    Optional<Problem> malformed = malformed(statement, name);
    if (malformed.isPresent()) {
      return new Audited(statement, Optional.empty(), malformed);
    }
    try {
      VerificationSummary summary = VerificationSummary.read(payload(bundle, statement));
      return new Audited(
          statement,
          Optional.of(summary),
          standing.asAuditor(statement, summary.verifierId()).or(() -> notPassed(name, summary)));
    } catch (MalformedStatementException | MalformedJsonException e) {
      return new Audited(
          statement,
          Optional.empty(),
          Optional.of(
              new Problem(Reason.MALFORMED_BUNDLE, Quoted.line(name) + ": " + e.getMessage())));
    }
  }

  /**
   * Checks the signature of a run, but for the files that it lists: it holds, and the policy names
   * its signer as an auditor.
   *
   * @param name of the bundle's file, for messages
   * @param bundle any bytes
   */
  public Audited run(String name, byte[] bundle) {
    CheckedStatement statement = check(name, bundle);
    Optional<Problem> problem = malformed(statement, name);
    if (problem.isEmpty() && statement.manifest().isEmpty()) {
      problem =
          Optional.of(
              new Problem(
                  Reason.MALFORMED_BUNDLE,
                  Quoted.line(name)
                      + " is a statement of the type "
                      + Quoted.of(statement.predicateType().orElse(""))
                      + ", and no signature of files"));
    }
    return new Audited(
        statement, Optional.empty(), problem.or(() -> standing.asAuditor(statement)));
  }

  private CheckedStatement check(String name, byte[] bundle) {
    return verifier.check("", "", name, bundle, Sha256Hex.of(bundle)).get(0);
  }

  private static Optional<Problem> malformed(CheckedStatement statement, String name) {
    return statement
        .signature()
        .failure()
        .filter(failure -> failure.reason() == Reason.MALFORMED_BUNDLE)
        .map(failure -> new Problem(failure.reason(), Quoted.line(name) + ": " + failure.detail()));
  }

  /** The statement's own bytes: nothing else is read. */
  private static byte[] payload(byte[] bundle, CheckedStatement statement)
      throws MalformedJsonException {
    JsonFields json = JsonFields.parse(bundle);
    byte[] payload =
        json.has("dsseEnvelope") ? json.object("dsseEnvelope").bytes("payload") : bundle;
    if (!statement.statementSha256().equals(Optional.of(Sha256Hex.of(payload)))) {
      throw new MalformedJsonException("has another statement than the one that was checked");
    }
    return payload;
  }

  private static Optional<Problem> notPassed(String name, VerificationSummary summary) {
    if (!summary.passed()) {
      return Optional.of(
          new Problem(
              Reason.NO_ATTESTATION,
              Quoted.line(name) + ": the auditor's result is FAILED, and not PASSED"));
    }
    return summary.verifiedLevels().contains(VerificationSummary.CHAIN_VERIFIED)
        ? Optional.empty()
        : Optional.of(
            new Problem(
                Reason.NO_ATTESTATION,
                Quoted.line(name)
                    + ": the auditor does not say "
                    + VerificationSummary.CHAIN_VERIFIED));
  }
}
