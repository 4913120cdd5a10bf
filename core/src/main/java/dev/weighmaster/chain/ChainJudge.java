package dev.weighmaster.chain;

import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.hub.ModelCard;
import dev.weighmaster.hub.Quantization;
import dev.weighmaster.sign.CheckedStatement;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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
 *   <li>nothing that is revoked is among the files, the statement or its signer
 *   <li>the bundle parses, and its signature, certificates, log proof and timestamps hold
 *   <li>the policy names the signer as a quantizer for the repository
 *   <li>the subjects' digests equal those just computed and cover every weights file
 *   <li>the source's digest resolves to a model in the hub, over as many attested steps as there
 *       are, to a model signature that holds, over bytes that match, by a publisher whom the policy
 *       names for that model
 *   <li>the source that the attestation names is on that way, and the model card and the weights'
 *       header do not name another
 *   <li>the attested format and method are the header's
 * </ol>
 */
public final class ChainJudge {

  /** Of the places that hold the same bytes, no more than this many are looked at. */
  public static final int MAX_CANDIDATES = 16;

  private final TrustPolicy policy;

  public ChainJudge(TrustPolicy policy) {
    this.policy = policy;
  }

  /**
   * Judges one quantization.
   *
   * <p>Several statements can speak of it: the best verdict that stands on its own wins, except
   * that a revocation, a digest mismatch against the repository's own model signature, or a
   * contradicted claim always wins.
   */
  public Judgement judge(QuantizationCase evidence, SourceLookup hub) {
    Quantization quantization = evidence.quantization();
    List<Outcome> outcomes = new ArrayList<>();
    revokedFile(evidence).ifPresent(problem -> outcomes.add(Outcome.without(problem)));
    quantization.problem().ifPresent(problem -> outcomes.add(Outcome.without(problem)));
    List<Link> signatureLinks = new ArrayList<>();
    for (ModelSignature signature : evidence.signatures()) {
      Optional<Problem> problem = problemOf(signature, quantization.repository());
      Link link =
          new Link(
              signature.statement(),
              LinkKind.MODEL_SIGNATURE,
              signature.statement().manifest().map(manifest -> manifest.rootDigest()),
              problem);
      signatureLinks.add(link);
      // A model signature says nothing of where a quantization came from: it can only break it.
      problem
          .filter(found -> found.reason().verdict() != Verdict.UNVERIFIED)
          .ifPresent(found -> outcomes.add(Outcome.of(found, List.of(link))));
    }
    for (CheckedStatement statement : evidence.attestations()) {
      if (statement.claim().isPresent() || statement.predicateType().isEmpty()) {
        outcomes.add(outcomeOf(statement, evidence, hub));
      }
    }
    return decide(quantization, outcomes, signatureLinks);
  }

  private static Judgement decide(
      Quantization quantization, List<Outcome> outcomes, List<Link> signatureLinks) {
    Optional<Outcome> decisive =
        outcomes.stream().min(Comparator.comparingInt(outcome -> rank(outcome, quantization)));
    if (decisive.isEmpty()) {
      return new Judgement(
          Reason.NO_ATTESTATION,
          "no attestation names what " + quantization.name() + " was quantized from",
          signatureLinks,
          0,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
    Outcome outcome = decisive.get();
    Set<Link> links = new LinkedHashSet<>(outcome.links());
    outcomes.forEach(other -> links.addAll(other.links()));
    links.addAll(signatureLinks);
    return new Judgement(
        outcome.problem().map(Problem::reason).orElse(Reason.OK),
        outcome.problem().map(Problem::detail).orElseGet(() -> sentence(outcome)),
        List.copyOf(links),
        outcome.links().size(),
        outcome.sourceModel(),
        outcome.publisher().map(Signer::identity),
        outcome.claim().flatMap(QuantizationClaim::tool),
        outcome.claim().flatMap(QuantizationClaim::toolVersion));
  }

  private static String sentence(Outcome outcome) {
    String quantizer =
        outcome.links().get(0).statement().signature().signer().map(Signer::identity).orElseThrow();
    return "quantized from "
        + outcome.sourceModel().orElseThrow()
        + " by "
        + quantizer
        + "; the source is signed by "
        + outcome.publisher().map(Signer::identity).orElseThrow();
  }

  /** What wins comes first. */
  private static int rank(Outcome outcome, Quantization quantization) {
    if (outcome.problem().isEmpty()) {
      return 4;
    }
    Problem problem = outcome.problem().get();
    boolean ownSignature =
        outcome.links().size() == 1 && outcome.links().get(0).kind() == LinkKind.MODEL_SIGNATURE;
    if (problem.reason() == Reason.REVOKED) {
      return 0;
    }
    if (problem.reason() == Reason.DIGEST_MISMATCH && ownSignature) {
      return 1;
    }
    if (problem.reason() == Reason.CLAIM_MISMATCH) {
      return 2;
    }
    if (quantization.problem().equals(outcome.problem())) {
      return 3;
    }
    return switch (problem.reason().verdict()) {
      case VERIFIED -> 4;
      case BROKEN -> 5;
      case ERROR -> 6;
      case UNVERIFIED -> 7;
    };
  }

  private Optional<Problem> revokedFile(QuantizationCase evidence) {
    return Stream.concat(
            evidence.files().stream(),
            evidence.digest().stream()
                .map(digest -> new FileDigest(evidence.quantization().name(), digest)))
        .filter(file -> policy.revokedDigest(file.sha256()))
        .findFirst()
        .map(
            file ->
                new Problem(
                    Reason.REVOKED,
                    "the policy revokes " + file.name() + " (sha256:" + file.sha256() + ")"));
  }

  /** Judges a model signature of a repository by itself: who made it, and what it covers. */
  public Optional<Problem> problemOf(ModelSignature signature, String repository) {
    return standing(
            signature.statement(),
            signer ->
                policy.trustsPublisher(signer, repository)
                    || policy.trustsQuantizer(signer, repository),
            "as a signer of " + repository)
        .or(signature::mismatch);
  }

  /** Judges a statement by itself: whether it can be read, and whether its signer counts. */
  public Optional<Problem> problemOf(CheckedStatement statement) {
    return standing(
        statement,
        signer -> policy.trustsQuantizer(signer, statement.repository()),
        "as a quantizer for " + statement.repository());
  }

  /**
   * Whether a statement counts at all: it is not revoked, its signature holds, by a named signer.
   */
  private Optional<Problem> standing(
      CheckedStatement statement, Predicate<Signer> trusted, String role) {
    String name = statement.name();
    if (policy.revokedStatement(statement.bundleSha256())
        || statement.statementSha256().filter(policy::revokedStatement).isPresent()) {
      return Optional.of(new Problem(Reason.REVOKED, "the policy revokes the statement " + name));
    }
    if (statement.signature().failure().isPresent()) {
      Problem failure = statement.signature().failure().get();
      return Optional.of(new Problem(failure.reason(), name + ": " + failure.detail()));
    }
    Signer signer = statement.signature().signer().orElseThrow();
    if (policy.revokedSigner(signer)) {
      return Optional.of(
          new Problem(
              Reason.REVOKED, "the policy revokes " + signer.identity() + ", who signed " + name));
    }
    if (policy.requiresTransparencyLog() && statement.signature().logIndex().isEmpty()) {
      return Optional.of(
          new Problem(
              Reason.SIGNER_NOT_TRUSTED,
              name + " is in no transparency log, and the policy requires one"));
    }
    if (!trusted.test(signer)) {
      return Optional.of(
          new Problem(
              Reason.SIGNER_NOT_TRUSTED,
              name
                  + " is signed by "
                  + described(signer)
                  + ", whom the policy does not name "
                  + role));
    }
    return Optional.empty();
  }

  private static String described(Signer signer) {
    return signer.issuer().isEmpty()
        ? signer.identity()
        : signer.identity() + " (" + signer.issuer() + ")";
  }

  private Outcome outcomeOf(
      CheckedStatement statement, QuantizationCase evidence, SourceLookup hub) {
    Optional<QuantizationClaim> claim = statement.claim();
    Optional<Problem> problem = problemOf(statement).or(() -> subjectProblem(statement, evidence));
    if (problem.isPresent()) {
      return new Outcome(
          problem,
          List.of(link(statement, evidence.digest(), problem)),
          claim,
          claim.flatMap(QuantizationClaim::sourceModel),
          Optional.empty());
    }
    Set<String> seen = new HashSet<>();
    evidence.files().forEach(file -> seen.add(file.sha256()));
    evidence.digest().ifPresent(seen::add);
    Trail trail = follow(claim.orElseThrow(), hub, Set.copyOf(seen), 1);
    Optional<Problem> found =
        namesAnother(claim.get(), trail)
            .filter(another -> !trail.broken())
            .or(trail::problem)
            .or(() -> contradictedClaim(claim.get(), evidence, trail))
            .or(() -> methodProblem(claim.get(), evidence.quantization()));
    // The first link fails only where its own checks do; what failed further on shows there.
    Optional<Problem> ownProblem = trail.links().isEmpty() ? found : found.filter(trail::isNotIts);
    List<Link> links = new ArrayList<>();
    links.add(link(statement, evidence.digest(), ownProblem));
    links.addAll(trail.links());
    return new Outcome(
        found,
        links,
        claim,
        claim.get().sourceModel().or(trail::model),
        trail.problem().isEmpty() ? trail.publisher() : Optional.empty());
  }

  private static Link link(
      CheckedStatement statement, Optional<String> subject, Optional<Problem> problem) {
    LinkKind kind =
        statement
            .predicateType()
            .map(
                type ->
                    switch (type) {
                      case PredicateTypes.QUANTIZATION -> LinkKind.QUANTIZATION;
                      case PredicateTypes.GGUF_DERIVATION -> LinkKind.DERIVATION;
                      case PredicateTypes.GGUF_CONVERSION -> LinkKind.CONVERSION;
                      default -> LinkKind.OTHER;
                    })
            .orElse(LinkKind.OTHER);
    return new Link(statement, kind, subject, problem);
  }

  private static Optional<Problem> subjectProblem(
      CheckedStatement statement, QuantizationCase evidence) {
    Set<String> attested =
        statement.subjects().stream()
            .flatMap(subject -> subject.sha256().stream())
            .collect(Collectors.toSet());
    List<FileDigest> uncovered =
        evidence.files().stream().filter(file -> !attested.contains(file.sha256())).toList();
    for (FileDigest file : uncovered) {
      for (Subject subject : statement.subjects()) {
        if (RepositoryEvidence.isName(subject.name(), file.name())) {
          return Optional.of(
              new Problem(
                  Reason.DIGEST_MISMATCH,
                  statement.name()
                      + " attests "
                      + file.name()
                      + " as sha256:"
                      + subject.sha256().orElse("(none)")
                      + ", but the file is sha256:"
                      + file.sha256()));
        }
      }
    }
    if (uncovered.isEmpty()) {
      return Optional.empty();
    }
    FileDigest first = uncovered.get(0);
    return Optional.of(
        uncovered.size() == evidence.files().size()
            ? new Problem(
                Reason.DIGEST_MISMATCH,
                statement.name()
                    + " does not attest "
                    + first.name()
                    + " as it is now (sha256:"
                    + first.sha256()
                    + ")")
            : new Problem(
                Reason.SUBJECT_INCOMPLETE,
                statement.name()
                    + " attests "
                    + (evidence.files().size() - uncovered.size())
                    + " of "
                    + evidence.files().size()
                    + " weights files; "
                    + first.name()
                    + " is not among them"));
  }

  /** Follows an attestation to the signature of the model that it names. */
  private Trail follow(QuantizationClaim claim, SourceLookup hub, Set<String> seen, int depth) {
    String model = claim.sourceModel().orElse("");
    String called = model.isEmpty() ? "the source" : "the source " + model;
    List<String> digests =
        claim
            .sourceSha256()
            .map(List::of)
            .orElseGet(
                () ->
                    claim.sourceFiles().stream().flatMap(file -> file.sha256().stream()).toList());
    for (String digest : digests) {
      if (policy.revokedDigest(digest)) {
        return Trail.ends(
            Reason.REVOKED, "the policy revokes " + called + " (sha256:" + digest + ")");
      }
      if (seen.contains(digest)) {
        return Trail.ends(Reason.CHAIN_CYCLE, "the chain comes back to sha256:" + digest);
      }
    }
    if (depth >= policy.maxChainDepth()) {
      return Trail.ends(
          Reason.CHAIN_TOO_DEEP,
          "the chain is longer than the policy's " + policy.maxChainDepth() + " links");
    }
    if (claim.sourceSha256().isEmpty()) {
      return followFiles(claim, hub);
    }
    String digest = claim.sourceSha256().get();
    List<Source> candidates = ranked(hub.find(Source.digestKey(digest), model), model);
    if (candidates.isEmpty()) {
      return missing(model, called, digest, hub);
    }
    List<Trail> trails = new ArrayList<>();
    for (Source candidate : candidates) {
      Trail trail = follow(candidate, claim, digest, hub, seen, depth);
      if (trail.problem().isEmpty()) {
        return trail;
      }
      trails.add(trail);
    }
    return trails.get(0);
  }

  private static Trail missing(String model, String called, String digest, SourceLookup hub) {
    List<Source> byName =
        model.isEmpty() ? List.of() : ranked(hub.find(Source.modelKey(model), model), model);
    List<String> known = byName.stream().flatMap(source -> source.digests().stream()).toList();
    if (byName.isEmpty()) {
      return Trail.ends(
          Reason.SOURCE_MISSING,
          "the hub has no model or file of sha256:" + digest + ", which is attested as " + called);
    }
    return Trail.ends(
        Reason.SOURCE_DIGEST_MISMATCH,
        called
            + " is attested as sha256:"
            + digest
            + ", but the hub has it as "
            + (known.isEmpty()
                ? "something else"
                : known.stream().limit(3).collect(Collectors.joining(", sha256:", "sha256:", ""))));
  }

  /** A conversion statement names a snapshot by its files: they must be one signed model's. */
  private Trail followFiles(QuantizationClaim claim, SourceLookup hub) {
    String model = claim.sourceModel().orElse("");
    Map<String, List<Source>> found =
        claim.sourceFiles().stream()
            .flatMap(file -> file.sha256().stream())
            .distinct()
            .collect(
                Collectors.toMap(
                    digest -> digest,
                    digest -> ranked(hub.find(Source.digestKey(digest), model), model)));
    List<Source> weights =
        found.values().stream()
            .filter(places -> !places.isEmpty())
            .map(places -> places.get(0))
            .sorted(Comparator.comparing(Source::repository).thenComparing(Source::name))
            .toList();
    if (weights.isEmpty()) {
      return Trail.ends(
          Reason.SOURCE_MISSING, "the hub has none of the weights that the source is attested as");
    }
    Source first = weights.get(0);
    if (weights.stream().anyMatch(place -> !place.repository().equals(first.repository()))) {
      return Trail.ends(
          Reason.SOURCE_IDENTITY_MISMATCH,
          "the weights that the source is attested as lie in several repositories");
    }
    return first.signatures().isEmpty()
        ? unsigned(first)
        : bestSignature(first, first.name(), claim);
  }

  private static List<Source> ranked(List<Source> sources, String model) {
    return sources.stream().sorted(order(model)).limit(MAX_CANDIDATES).toList();
  }

  /** The order in which the places that hold the same bytes are looked at. */
  public static Comparator<Source> order(String model) {
    return Comparator.comparing((Source source) -> !source.repository().equals(model))
        .thenComparing(source -> source.signatures().isEmpty())
        .thenComparing(source -> source.attestations().isEmpty())
        .thenComparing(Source::repository)
        .thenComparing(Source::revision)
        .thenComparing(Source::name);
  }

  private Trail follow(
      Source source,
      QuantizationClaim claim,
      String digest,
      SourceLookup hub,
      Set<String> seen,
      int depth) {
    List<Trail> trails = new ArrayList<>();
    if (!source.signatures().isEmpty()) {
      trails.add(bestSignature(source, digest, claim));
    }
    for (CheckedStatement statement : source.attestations()) {
      Optional<Problem> problem = problemOf(statement).map(ChainJudge::ofSource);
      if (problem.isPresent()) {
        trails.add(
            Trail.ends(source, problem.get(), link(statement, Optional.of(digest), problem)));
        continue;
      }
      Set<String> further = new HashSet<>(seen);
      further.add(digest);
      QuantizationClaim next = statement.claim().orElseThrow();
      Trail rest = follow(next, hub, Set.copyOf(further), depth + 1);
      Optional<Problem> own = rest.links().isEmpty() ? rest.problem() : Optional.<Problem>empty();
      trails.add(rest.behind(source, link(statement, Optional.of(digest), own)));
    }
    return trails.stream()
        .min(Comparator.comparingInt(Trail::rank))
        .orElseGet(() -> unsigned(source));
  }

  private static Trail unsigned(Source source) {
    return Trail.at(
        source,
        new Problem(
            Reason.SOURCE_UNSIGNED,
            (source.name().isEmpty() ? "" : source.name() + " of ")
                + source.repository()
                + " has no model signature"));
  }

  private Trail bestSignature(Source source, String digest, QuantizationClaim claim) {
    return source.signatures().stream()
        .map(signature -> end(source, signature, digest, claim))
        .min(Comparator.comparingInt(Trail::rank))
        .orElseThrow();
  }

  /** The last link: the source's model signature. */
  private Trail end(
      Source source, ModelSignature signature, String digest, QuantizationClaim claim) {
    CheckedStatement statement = signature.statement();
    Optional<Problem> problem =
        standing(
                statement,
                signer -> policy.trustsPublisher(signer, source.repository()),
                "as a publisher of " + source.repository())
            .or(signature::mismatch)
            .map(ChainJudge::ofSource)
            .map(found -> new Problem(found.reason(), source.repository() + ": " + found.detail()))
            .or(() -> signerProblem(source, statement, claim));
    Link link = new Link(statement, LinkKind.MODEL_SIGNATURE, Optional.of(digest), problem);
    return problem
        .map(found -> Trail.ends(source, found, link))
        .orElseGet(() -> Trail.reaches(source, link));
  }

  private static Optional<Problem> signerProblem(
      Source source, CheckedStatement statement, QuantizationClaim claim) {
    Signer signer = statement.signature().signer().orElseThrow();
    boolean another =
        claim
                .signatureIdentity()
                .filter(identity -> !identity.equals(signer.identity()))
                .isPresent()
            || claim
                .signatureIssuer()
                .filter(issuer -> !issuer.equals(signer.issuer()))
                .isPresent();
    if (!another) {
      return Optional.empty();
    }
    return Optional.of(
        new Problem(
            Reason.SOURCE_IDENTITY_MISMATCH,
            source.repository()
                + " is signed by "
                + described(signer)
                + ", but the attestation says by "
                + claim.signatureIdentity().orElse("another")
                + claim.signatureIssuer().map(issuer -> " (" + issuer + ")").orElse("")));
  }

  /** The same failure, said of a source. */
  private static Problem ofSource(Problem problem) {
    Reason reason =
        switch (problem.reason()) {
          case SIGNER_NOT_TRUSTED -> Reason.SOURCE_SIGNER_NOT_TRUSTED;
          case MALFORMED_BUNDLE,
              SIGNATURE_INVALID,
              CERTIFICATE_UNTRUSTED,
              LOG_PROOF_INVALID,
              TIMESTAMP_INVALID ->
              Reason.SOURCE_SIGNATURE_INVALID;
          case DIGEST_MISMATCH -> Reason.SOURCE_DIGEST_MISMATCH;
          case OK,
              NO_ATTESTATION,
              SOURCE_SIGNER_NOT_TRUSTED,
              UNSIGNED_STATEMENT,
              SUBJECT_INCOMPLETE,
              SOURCE_MISSING,
              SOURCE_UNSIGNED,
              SOURCE_SIGNATURE_INVALID,
              SOURCE_DIGEST_MISMATCH,
              SOURCE_IDENTITY_MISMATCH,
              CLAIM_MISMATCH,
              METHOD_MISMATCH,
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

  private static Optional<Problem> namesAnother(QuantizationClaim claim, Trail trail) {
    if (claim.sourceModel().isEmpty()
        || trail.models().isEmpty()
        || trail.models().contains(claim.sourceModel().get())) {
      return Optional.empty();
    }
    return Optional.of(
        new Problem(
            Reason.SOURCE_IDENTITY_MISMATCH,
            "the attestation names "
                + claim.sourceModel().get()
                + " as the source, but its digest is that of "
                + String.join(" from ", trail.models())));
  }

  private static Optional<Problem> contradictedClaim(
      QuantizationClaim claim, QuantizationCase evidence, Trail trail) {
    Quantization quantization = evidence.quantization();
    Set<String> onTheWay = new LinkedHashSet<>();
    claim.sourceModel().ifPresent(onTheWay::add);
    onTheWay.addAll(trail.models());
    String attested = claim.sourceModel().or(trail::model).orElseThrow();

    Optional<ModelCard> card = evidence.card().filter(ChainJudge::declaresQuantization);
    List<String> declared = card.map(ModelCard::baseModels).orElse(List.of());
    boolean ownModel = onTheWay.contains(quantization.repository());
    if (!declared.isEmpty() && !ownModel && declared.stream().noneMatch(onTheWay::contains)) {
      return Optional.of(
          mismatch("the model card declares", declared, "the attestation names", attested));
    }
    List<String> sources = quantization.sourceModels();
    if (!sources.isEmpty() && sources.stream().noneMatch(onTheWay::contains)) {
      return Optional.of(
          mismatch("the weights' header names the source", sources, "the attestation", attested));
    }
    // A header's base model may be the base of the source: it was copied from the source's card.
    Set<String> bases = new LinkedHashSet<>(onTheWay);
    bases.addAll(trail.baseModels());
    List<String> headerBases = quantization.baseModels();
    if (!headerBases.isEmpty() && headerBases.stream().noneMatch(bases::contains)) {
      return Optional.of(
          mismatch(
              "the weights' header names the base model",
              headerBases,
              "the attestation",
              attested));
    }
    return Optional.empty();
  }

  private static boolean declaresQuantization(ModelCard card) {
    return card.relation().map(relation -> relation.equals("quantized")).orElse(true);
  }

  private static Problem mismatch(String one, List<String> names, String other, String attested) {
    return new Problem(
        Reason.CLAIM_MISMATCH,
        one + " " + String.join(", ", names) + ", but " + other + " " + attested);
  }

  private static Optional<Problem> methodProblem(
      QuantizationClaim claim, Quantization quantization) {
    Optional<String> anotherFormat =
        claim.format().filter(format -> !format.equalsIgnoreCase(quantization.format()));
    if (anotherFormat.isPresent()) {
      return Optional.of(
          new Problem(
              Reason.METHOD_MISMATCH,
              "attested as " + anotherFormat.get() + ", but it is " + quantization.format()));
    }
    if (claim.method().isEmpty()
        || quantization.method().isEmpty()
        || sameMethod(claim.method().get(), quantization)) {
      return Optional.empty();
    }
    return Optional.of(
        new Problem(
            Reason.METHOD_MISMATCH,
            "attested as "
                + claim.method().get()
                + ", but the weights say "
                + quantization.method().get()));
  }

  /**
   * Whether a method that is attested is the weights'. {@code GPTQ-Int4} and {@code awq_4bit} say
   * the bits too, which must then be the weights'.
   *
   * @param quantization of a known method
   */
  public static boolean sameMethod(String attested, Quantization quantization) {
    String claimed = attested.strip().toUpperCase(Locale.ROOT);
    String method = quantization.method().orElseThrow().toUpperCase(Locale.ROOT);
    if (claimed.equals(method)) {
      return true;
    }
    if (quantization.format().equals("gguf") || !claimed.startsWith(method)) {
      return false;
    }
    String rest = claimed.substring(method.length()).replaceAll("INT|BITS?|[-_ ]", "");
    return quantization
        .bitsPerWeight()
        .filter(bits -> rest.equals(Long.toString(Math.round(bits))))
        .isPresent();
  }

  /**
   * What one statement, or one fault of the files, comes to.
   *
   * @param problem the first check that failed; empty where the quantization is verified
   * @param links of the chain, from the quantization towards the source
   */
  private record Outcome(
      Optional<Problem> problem,
      List<Link> links,
      Optional<QuantizationClaim> claim,
      Optional<String> sourceModel,
      Optional<Signer> publisher) {

    static Outcome without(Problem problem) {
      return of(problem, List.of());
    }

    static Outcome of(Problem problem, List<Link> links) {
      return new Outcome(
          Optional.of(problem), links, Optional.empty(), Optional.empty(), Optional.empty());
    }
  }

  /**
   * The way from an attestation to a model signature, as far as it could be followed.
   *
   * @param models the repositories on the way, nearest first
   * @param baseModels that their model cards declare
   */
  private record Trail(
      Optional<Problem> problem,
      List<Link> links,
      Set<String> models,
      Set<String> baseModels,
      Optional<Signer> publisher) {

    static Trail ends(Reason reason, String detail) {
      return new Trail(
          Optional.of(new Problem(reason, detail)),
          List.of(),
          Set.of(),
          Set.of(),
          Optional.empty());
    }

    static Trail at(Source source, Problem problem) {
      return new Trail(
          Optional.of(problem),
          List.of(),
          Set.of(source.repository()),
          Set.copyOf(source.baseModels()),
          Optional.empty());
    }

    static Trail ends(Source source, Problem problem, Link link) {
      return new Trail(
          Optional.of(problem),
          List.of(link),
          Set.of(source.repository()),
          Set.copyOf(source.baseModels()),
          Optional.empty());
    }

    static Trail reaches(Source source, Link link) {
      return new Trail(
          Optional.empty(),
          List.of(link),
          Set.of(source.repository()),
          Set.copyOf(source.baseModels()),
          link.statement().signature().signer());
    }

    Trail behind(Source source, Link link) {
      List<Link> all = new ArrayList<>();
      all.add(link);
      all.addAll(links);
      Set<String> repositories = new LinkedHashSet<>();
      repositories.add(source.repository());
      repositories.addAll(models);
      Set<String> bases = new LinkedHashSet<>(source.baseModels());
      bases.addAll(baseModels);
      return new Trail(problem, List.copyOf(all), repositories, bases, publisher);
    }

    boolean broken() {
      return problem.filter(found -> found.reason().verdict() == Verdict.BROKEN).isPresent();
    }

    boolean isNotIts(Problem other) {
      return problem.filter(own -> Objects.equals(own, other)).isEmpty();
    }

    /** The repository at the end. */
    Optional<String> model() {
      return models.stream().reduce((nearer, further) -> further);
    }

    int rank() {
      return problem
          .map(
              found ->
                  switch (found.reason().verdict()) {
                    case VERIFIED -> 0;
                    case BROKEN -> found.reason() == Reason.REVOKED ? 1 : 2;
                    case ERROR -> 3;
                    case UNVERIFIED -> 4;
                  })
          .orElse(0);
    }
  }
}
