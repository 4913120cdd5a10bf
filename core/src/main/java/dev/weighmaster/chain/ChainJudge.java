package dev.weighmaster.chain;

import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.quantization.LoaderExtra;
import dev.weighmaster.quantization.Quantization;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.ModelPattern;
import dev.weighmaster.trust.OnMismatch;
import dev.weighmaster.trust.Role;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Judges quantizations and statements under one trust policy. Thread-safe.
 *
 * <p>The checks on an attestation, in this order; the first that fails gives the reason:
 *
 * <ol>
 *   <li>neither the files, nor a model of their repository that holds them, nor the statement are
 *       revoked
 *   <li>the bundle parses, and its signature, certificates, log proof and timestamps hold
 *   <li>the signer is not revoked, is in the transparency log if the policy requires it, and is
 *       named by the policy as a quantizer for the repository
 *   <li>the subjects' digests equal those just computed and cover every weights file
 *   <li>the source's digest resolves to a model in the hub, over as many attested steps as there
 *       are, to a model signature that holds, over bytes that match, by a publisher that the policy
 *       names for that model; on the way nothing is revoked and nothing comes back. Where the
 *       policy does not require the source in the hub, and it is not there, the signature that the
 *       attestation brings along stands for it
 *   <li>the source that each attestation names is on the rest of the way
 *   <li>the model card and the weights' header do not name another, unless the policy only notes it
 *   <li>the attested format and method are the header's, unless the policy only notes it
 *   <li>the weights do not contradict what is attested of them, where a {@link WeightsCheck} looks
 * </ol>
 */
public final class ChainJudge {

  /** Of the places that hold the same bytes, no more than this many are looked at. */
  public static final int MAX_CANDIDATES = 16;

  /** The name of a model's signature in OMS 1.0, reserved for it. */
  static final String MODEL_SIGNATURE = "model.sig";

  /** Of a quantization's links, no more than this many are kept besides those that decided. */
  private static final int MAX_OTHER_LINKS = 100;

  /** Of what a loader takes besides, no more than this many are named in the sentence. */
  private static final int MAX_NAMED_EXTRAS = 3;

  private final TrustPolicy policy;
  private final Standing standing;

  public ChainJudge(TrustPolicy policy) {
    this.policy = policy;
    this.standing = new Standing(policy);
  }

  /**
   * Of all places that may hold what is asked for, those that are worth a look, best first: those
   * with evidence by signers that the policy names.
   *
   * @return at most {@link #MAX_CANDIDATES}
   */
  public List<Source> answers(Collection<Source> found, SourceQuery query) {
    return Candidates.answers(found, query, standing);
  }

  /**
   * Whether any revision of a model can take away from what the others prove: then none may be left
   * out.
   */
  public boolean asksEveryRevision() {
    return policy.revokesAnything();
  }

  /**
   * Whether a party of a chain may sign anything in a repository at all. Where this says no, {@link
   * #answers} keeps nothing from there.
   */
  public boolean mayVouchIn(String repository, SourceQuery query) {
    return mayVouch(pattern -> pattern.matches(repository), query);
  }

  /** The same of all repositories of an organisation. */
  public boolean mayVouchAnywhereIn(String organisation, SourceQuery query) {
    return mayVouch(pattern -> pattern.mayMatchIn(organisation), query);
  }

  private boolean mayVouch(Predicate<ModelPattern> place, SourceQuery query) {
    if (policy.sharesSigner(Role.PUBLISHER, place, Role.PUBLISHER, query.models())) {
      return true;
    }
    List<String> own = List.of(query.repository());
    return !query.signed()
        && (policy.sharesSigner(Role.QUANTIZER, place, Role.PUBLISHER, query.models())
            || policy.sharesSigner(Role.QUANTIZER, place, Role.QUANTIZER, own));
  }

  /** Judges one quantization without a look at its weights. */
  public Judgement judge(QuantizationCase evidence, SourceLookup hub) {
    return judge(evidence, hub, WeightsCheck.NONE);
  }

  /**
   * Judges one quantization.
   *
   * <p>Several statements can cover it: the best verdict of a statement by itself wins, except that
   * a revocation, a model signature of the repository's own that does not hold or can't be read, a
   * contradicted claim, or weights that can't be judged always win, in this order.
   */
  public Judgement judge(QuantizationCase evidence, SourceLookup hub, WeightsCheck weights) {
    Quantization quantization = evidence.quantization();
    List<Outcome> outcomes = new ArrayList<>();
    revokedFile(evidence).ifPresent(problem -> outcomes.add(Outcome.without(problem)));
    unjudgeable(evidence).ifPresent(problem -> outcomes.add(Outcome.without(problem)));
    List<Link> signatureLinks = new ArrayList<>();
    for (ModelSignature signature : evidence.signatures()) {
      Optional<Problem> problem =
          standing
              .asSigner(signature.statement(), quantization.repository())
              .or(signature::partialMismatch);
      Link link =
          new Link(
              signature.statement(),
              LinkKind.MODEL_SIGNATURE,
              signature.statement().manifest().map(manifest -> manifest.rootDigest()),
              problem);
      signatureLinks.add(link);
      // A model signature says nothing of where a quantization came from: it can only break it,
      // and what was not fetched into a cache breaks nothing.
      problem
          .filter(found -> found.reason().verdict() != Verdict.UNVERIFIED)
          .ifPresent(found -> outcomes.add(Outcome.of(found, List.of(link))));
    }
    for (Attestation attestation : evidence.attestations()) {
      CheckedStatement statement = attestation.statement();
      if (statement.claim().isPresent() || statement.predicateType().isEmpty()) {
        outcomes.add(outcomeOf(attestation, evidence, hub, weights));
      }
    }
    return withExtras(decide(evidence, outcomes, signatureLinks), evidence.alsoLoaded());
  }

  /** What a loader takes besides the weights is no part of their chain, but of what it runs. */
  private Judgement withExtras(Judgement judgement, List<LoaderExtra> extras) {
    if (extras.isEmpty() || judgement.verdict() != Verdict.VERIFIED) {
      return judgement;
    }
    String named =
        extras.stream()
            .limit(MAX_NAMED_EXTRAS)
            .map(extra -> Quoted.of(extra.file()) + " (" + extra.kind().words() + ")")
            .collect(Collectors.joining(", "));
    int more = extras.size() - MAX_NAMED_EXTRAS;
    String taken =
        "a loader may also take "
            + named
            + (more > 0 ? " and " + more + " more" : "")
            + ", which no named signer covers";
    return switch (policy.onUnattestedExtras()) {
      case NOTE -> judgement.as(judgement.reason(), judgement.detail() + "; note: " + taken);
      case UNVERIFIED -> judgement.as(Reason.UNATTESTED_EXTRAS, taken);
    };
  }

  /** Why nothing that is attested could make the quantization a verified one. */
  private static Optional<Problem> unjudgeable(QuantizationCase evidence) {
    Quantization quantization = evidence.quantization();
    return quantization
        .problem()
        .or(
            () ->
                evidence.digest().isPresent()
                    ? Optional.empty()
                    : Optional.of(
                        new Problem(
                            Reason.IO_ERROR,
                            "not all weights of "
                                + Quoted.line(quantization.name())
                                + " could be read")));
  }

  private Judgement decide(
      QuantizationCase evidence, List<Outcome> outcomes, List<Link> signatureLinks) {
    Optional<Problem> unjudgeable = unjudgeable(evidence);
    Optional<Outcome> decisive =
        outcomes.stream()
            .min(Comparator.comparingInt(outcome -> outcome.rank(policy, unjudgeable)));
    if (decisive.isEmpty()) {
      return new Judgement(
          Verdict.UNVERIFIED,
          Reason.NO_ATTESTATION,
          "no attestation names what "
              + Quoted.line(evidence.quantization().name())
              + " was quantized from",
          signatureLinks,
          0,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
    Outcome outcome = decisive.get();
    List<Link> links =
        Stream.of(
                outcome.links().stream(),
                outcomes.stream().flatMap(other -> other.links().stream()),
                signatureLinks.stream())
            .flatMap(part -> part)
            .distinct()
            .limit(outcome.links().size() + MAX_OTHER_LINKS)
            .toList();
    Reason reason = outcome.problem().map(Problem::reason).orElse(Reason.OK);
    return new Judgement(
        policy.verdict(reason),
        reason,
        outcome.problem().map(Problem::detail).orElseGet(outcome::sentence),
        links,
        outcome.links().size(),
        outcome.sourceModel(),
        outcome.publisher().map(Signer::identity),
        outcome.claim().flatMap(QuantizationClaim::tool),
        outcome.claim().flatMap(QuantizationClaim::toolVersion));
  }

  private Optional<Problem> revokedFile(QuantizationCase evidence) {
    String name = evidence.quantization().name();
    return Stream.concat(
            evidence.files().stream(),
            Stream.concat(evidence.digest().stream(), evidence.models().stream())
                .map(digest -> new FileDigest(name, digest)))
        .filter(file -> policy.revokedDigest(file.sha256()))
        .findFirst()
        .map(
            file ->
                new Problem(
                    Reason.REVOKED,
                    "the policy revokes "
                        + Quoted.line(file.name())
                        + " (sha256:"
                        + file.sha256()
                        + ")"));
  }

  /** Whether a source is revoked, whoever signed it: the model, or a weights file of it. */
  public Optional<Problem> revoked(Source source) {
    return TrailFinder.revoked(source, policy);
  }

  /** Judges a model signature of a repository by itself: who made it, and what it covers. */
  public Optional<Problem> problemOf(ModelSignature signature, String repository) {
    return standing.asSigner(signature.statement(), repository).or(signature::mismatch);
  }

  /**
   * Judges a statement by itself: whether it can be read, whether its signer counts, and whether
   * all files that it covers are here as attested.
   */
  public Optional<Problem> problemOf(HeldStatement held) {
    return problemOf(held.statement()).or(held::mismatch);
  }

  /** Whether the policy names the signer of a statement for its repository, revoked or not. */
  public boolean isNamed(CheckedStatement statement) {
    return standing.isNamed(statement, statement.repository());
  }

  /** Judges a statement without its subjects: whether it can be read, and its signer counts. */
  public Optional<Problem> problemOf(CheckedStatement statement) {
    return standing.asQuantizer(statement);
  }

  /**
   * Judges the signer of a statement by itself, whatever the statement says.
   *
   * @param repository {@code org/name} that the signer is to count for
   */
  public Optional<Problem> signerProblem(CheckedStatement statement, Role role, String repository) {
    return switch (role) {
      case PUBLISHER -> standing.asPublisher(statement, repository);
      case QUANTIZER -> standing.asQuantizer(statement);
    };
  }

  /** Judges a statement that is kept away from the weights, and of which the hub holds nothing. */
  public Problem problemOfUnmatched(CheckedStatement statement) {
    return standing
        .asAnybody(statement)
        .orElseGet(
            () ->
                statement.manifest().isPresent() && !SubjectKeys.isComparable(statement)
                    ? new Problem(
                        Reason.UNSUPPORTED,
                        Quoted.line(statement.name())
                            + " is a model signature by shards or another hash than sha256: it is"
                            + " only compared with a repository that it lies in")
                    : new Problem(
                        Reason.SIGNER_NOT_TRUSTED,
                        Quoted.line(statement.name())
                            + " is signed by "
                            + Standing.described(statement.signature().signer().orElseThrow())
                            + ", but the hub holds nothing that it covers, so no entry of the"
                            + " policy applies"));
  }

  private Outcome outcomeOf(
      Attestation attestation, QuantizationCase evidence, SourceLookup hub, WeightsCheck weights) {
    CheckedStatement statement = attestation.statement();
    Optional<QuantizationClaim> claim = statement.claim();
    Optional<Problem> problem =
        problemOf(statement)
            .map(found -> contradiction(found, attestation, evidence).orElse(found))
            .or(attestation::mismatch);
    if (problem.isPresent()) {
      return new Outcome(
          problem,
          List.of(Link.of(statement, evidence.digest(), problem)),
          claim,
          claim.flatMap(QuantizationClaim::sourceModel),
          Optional.empty(),
          List.of());
    }
    Set<String> seen = new HashSet<>(evidence.models());
    evidence.files().forEach(file -> seen.add(file.sha256()));
    evidence.digest().ifPresent(seen::add);
    Trail trail =
        new TrailFinder(policy, hub)
            .follow(statement, ClaimCheck.declaredModels(evidence.card()), seen, 1);
    List<Problem> contradictions =
        trail.problem().isPresent()
            ? List.of()
            : Stream.of(
                    ClaimCheck.claimProblem(claim.orElseThrow(), evidence, trail, policy),
                    ClaimCheck.methodProblem(claim.get(), evidence.quantization()))
                .flatMap(Optional::stream)
                .toList();
    Optional<Problem> breaking =
        contradictions.stream()
            .filter(each -> !isNoteOnly(each))
            .findFirst()
            .or(
                () ->
                    trail.problem().isPresent()
                        ? Optional.empty()
                        : weights.problem(statement, evidence, trail.source()));
    Optional<Problem> own = trail.unshown().or(() -> breaking);
    Optional<Problem> found = trail.problem().or(() -> breaking);
    List<Link> links = new ArrayList<>();
    links.add(Link.of(statement, evidence.digest(), own));
    links.addAll(trail.links());
    return new Outcome(
        found,
        links,
        claim,
        found.isEmpty()
            ? trail.model()
            : claim.flatMap(QuantizationClaim::sourceModel).or(trail::model),
        trail.publisher(),
        contradictions.stream().filter(this::isNoteOnly).map(Problem::detail).toList());
  }

  /** Whether the policy lets the verdict stand beside a contradiction. */
  private boolean isNoteOnly(Problem contradiction) {
    OnMismatch effect =
        contradiction.reason() == Reason.METHOD_MISMATCH
            ? policy.onMethodMismatch()
            : policy.onClaimMismatch();
    return effect == OnMismatch.NOTE;
  }

  /** A bare statement proves nothing, but what contradicts it is worth knowing. */
  private Optional<Problem> contradiction(
      Problem found, Attestation attestation, QuantizationCase evidence) {
    CheckedStatement statement = attestation.statement();
    return found.reason() == Reason.UNSIGNED_STATEMENT && !Standing.isAnybodys(statement)
        ? attestation
            .mismatch()
            .filter(each -> ClaimCheck.namesFile(statement, evidence))
            .filter(each -> each.reason() == Reason.DIGEST_MISMATCH)
            .or(
                () ->
                    ClaimCheck.methodProblem(
                            statement.claim().orElseThrow(), evidence.quantization())
                        .filter(each -> !isNoteOnly(each)))
        : Optional.empty();
  }
}
