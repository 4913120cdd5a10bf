package dev.weighmaster.chain;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Whether a statement counts under a policy, whatever its content: nothing in it is revoked, its
 * signature holds, and the policy names its signer. Thread-safe.
 */
record Standing(TrustPolicy policy) {

  Optional<Problem> asPublisher(CheckedStatement statement, String model) {
    return of(
        statement, signer -> policy.trustsPublisher(signer, model), "as a publisher of " + model);
  }

  Optional<Problem> asQuantizer(CheckedStatement statement) {
    String repository = statement.repository();
    return of(
        statement,
        signer -> policy.trustsQuantizer(signer, repository),
        "as a quantizer for " + repository);
  }

  /** As either: a quantizer signs the repositories that it publishes too. */
  Optional<Problem> asSigner(CheckedStatement statement, String repository) {
    return of(
        statement,
        signer ->
            policy.trustsPublisher(signer, repository)
                || policy.trustsQuantizer(signer, repository),
        "as a signer of " + repository);
  }

  /** Whether a statement of a repository can decide a verdict: it counts there, or is revoked. */
  boolean decides(CheckedStatement statement, String repository) {
    return asSigner(statement, repository)
        .map(problem -> problem.reason() == Reason.REVOKED)
        .orElse(true);
  }

  /**
   * Whether a statement of a repository is by a signer that the policy names there, revoked or not:
   * nobody else's takes anything from what these have signed.
   */
  boolean isNamed(CheckedStatement statement, String repository) {
    return statement
        .signature()
        .signer()
        .filter(
            signer ->
                policy.trustsPublisher(signer, repository)
                    || policy.trustsQuantizer(signer, repository))
        .isPresent();
  }

  /**
   * The part of a source elsewhere that parties of the chain have signed; empty if there is none.
   *
   * <p>A party is a signer that the policy names as a quantizer for the statement's repository, or
   * as a publisher of a model that the statement may mean: nobody gains by this what they could not
   * have by signing there. The policy must name them for the source's own repository as well. What
   * is revoked is kept only where nothing else is: nobody gains by a revocation either.
   */
  Optional<Source> vouched(Source source, SourceQuery query) {
    Source byParties =
        source.with(
            source.signatures().stream()
                .filter(each -> isPublisher(each.statement(), query.models()))
                .toList(),
            source.attestations().stream()
                .filter(
                    each ->
                        isPublisher(each.statement(), query.models())
                            || isQuantizer(each.statement(), query.repository()))
                .toList());
    return named(byParties, Optional::isEmpty)
        .or(
            () ->
                named(
                    byParties,
                    problem ->
                        problem.filter(found -> found.reason() != Reason.REVOKED).isEmpty()));
  }

  /** The part that the policy names the signers of, and of which a problem is none or allowed. */
  private Optional<Source> named(Source source, Predicate<Optional<Problem>> allowed) {
    String repository = source.repository();
    return some(
        source.with(
            source.signatures().stream()
                .filter(each -> isPublisher(each.statement(), List.of(repository)))
                .filter(each -> allowed.test(asPublisher(each.statement(), repository)))
                .toList(),
            source.attestations().stream()
                .filter(each -> isQuantizer(each.statement(), each.statement().repository()))
                .filter(each -> allowed.test(asQuantizer(each.statement())))
                .toList()));
  }

  private static Optional<Source> some(Source source) {
    return source.signatures().isEmpty() && source.attestations().isEmpty()
        ? Optional.empty()
        : Optional.of(source);
  }

  /**
   * The part of a source that publishers have signed both of its repository and of a model asked
   * for. Whose weights they are does not depend on whether the signature still counts.
   */
  Optional<Source> signed(Source source, SourceQuery query) {
    return some(
        source.with(
            source.signatures().stream()
                .filter(each -> isPublisher(each.statement(), List.of(source.repository())))
                .filter(each -> isPublisher(each.statement(), query.models()))
                .toList(),
            List.of()));
  }

  /** Whether a signer that the policy names there has signed or attested it, revoked or not. */
  boolean isVouchedFor(Source source) {
    return named(source, any -> true).isPresent();
  }

  private boolean isPublisher(CheckedStatement statement, List<String> models) {
    return statement
        .signature()
        .signer()
        .filter(signer -> models.stream().anyMatch(each -> policy.trustsPublisher(signer, each)))
        .isPresent();
  }

  private boolean isQuantizer(CheckedStatement statement, String repository) {
    return statement
        .signature()
        .signer()
        .filter(signer -> policy.trustsQuantizer(signer, repository))
        .isPresent();
  }

  /** As one who signs runs. */
  Optional<Problem> asAuditor(CheckedStatement statement) {
    return of(statement, policy::trustsAuditor, "as an auditor");
  }

  /** As the one who signs summaries by an id. */
  Optional<Problem> asAuditor(CheckedStatement statement, String verifier) {
    return of(
        statement,
        signer -> policy.trustsAuditor(signer, verifier),
        "as the auditor " + Quoted.line(verifier));
  }

  /** Where no repository says who may sign. */
  Optional<Problem> asAnybody(CheckedStatement statement) {
    return of(statement, signer -> true, "");
  }

  private Optional<Problem> of(CheckedStatement statement, Predicate<Signer> trusted, String role) {
    String name = Quoted.line(statement.name());
    boolean couldCount =
        !isAnybodys(statement) || statement.signature().signer().filter(trusted).isPresent();
    if (couldCount
        && (policy.revokedStatement(statement.bundleSha256())
            || statement.statementSha256().filter(policy::revokedStatement).isPresent())) {
      return problem(
          Reason.REVOKED, "the policy revokes the statement " + name + evadable(statement));
    }
    if (statement.signature().failure().isPresent()) {
      Problem failure = statement.signature().failure().get();
      return isAnybodys(statement) && failure.reason().verdict() != Verdict.UNVERIFIED
          ? problem(
              Reason.SIGNER_NOT_TRUSTED,
              name + ": " + failure.detail() + "; away from the weights, it could be anybody's")
          : problem(failure.reason(), name + ": " + failure.detail());
    }
    Signer signer = statement.signature().signer().orElseThrow();
    if (policy.revokedSigner(signer) && couldCount) {
      return problem(
          Reason.REVOKED,
          "the policy revokes " + Quoted.line(signer.identity()) + ", who signed " + name);
    }
    if (policy.requiresTransparencyLog() && statement.signature().logIndex().isEmpty()) {
      return problem(
          Reason.SIGNER_NOT_TRUSTED,
          name + " is in no transparency log, and the policy requires one");
    }
    if (!trusted.test(signer)) {
      return problem(
          Reason.SIGNER_NOT_TRUSTED,
          name + " is signed by " + described(signer) + ", whom the policy does not name " + role);
    }
    return statement
        .manifest()
        .map(ModelManifest::rootDigest)
        .filter(policy::revokedDigest)
        .flatMap(
            digest ->
                problem(
                    Reason.REVOKED,
                    "the policy revokes the model that %s signs (sha256:%s)"
                        .formatted(name, digest)));
  }

  /** A bundle's file has any number of digests: one newline more, and it is another one. */
  private String evadable(CheckedStatement statement) {
    return statement
        .statementSha256()
        .map(
            payload ->
                policy.revokedStatement(payload)
                    ? " (sha256:" + payload + ")"
                    : " by the digest of its file, which one newline changes; revoke sha256:"
                        + payload
                        + ", its payload, as well")
        .orElse("");
  }

  /**
   * Whether it came to its repository from elsewhere. Beside the weights lies what those put there
   * who may write to the repository; elsewhere a stranger must not be able to break it.
   */
  static boolean isAnybodys(CheckedStatement statement) {
    return statement.isKeptElsewhere() && !statement.repository().isEmpty();
  }

  static String described(Signer signer) {
    String identity = Quoted.line(signer.identity());
    return signer.issuer().isEmpty()
        ? identity
        : identity + " (" + Quoted.line(signer.issuer()) + ")";
  }

  private static Optional<Problem> problem(Reason reason, String detail) {
    return Optional.of(new Problem(reason, detail));
  }
}
