package dev.weighmaster.chain;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.format.ModelReference;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Follows one attestation to the signature of the model that it names. Not thread-safe. */
final class TrailFinder {
  /** An attested way can branch at every step: all branches together end after this many. */
  static final int MAX_LOOKUPS = 1000;

  private final TrustPolicy policy;
  private final Standing standing;
  private final LastLink lastLink;
  private final Candidates candidates;
  private int lookups;

  TrailFinder(TrustPolicy policy, SourceLookup hub) {
    this.policy = policy;
    this.standing = new Standing(policy);
    this.lastLink = new LastLink(policy, standing);
    this.candidates = new Candidates(standing, hub);
  }

  /**
   * Follows what an attestation says.
   *
   * @param attestation with a claim
   * @param declared the models that count where the claim names none, such as those on the model
   *     card beside it
   * @param seen digests of what the way has passed
   * @param depth the number of links up to the attestation
   */
  Trail follow(CheckedStatement attestation, List<String> declared, Set<String> seen, int depth) {
    QuantizationClaim claim = attestation.claim().orElseThrow();
    String model = claim.sourceModel().orElse("");
    String called = model.isEmpty() ? "the source" : "the source " + Quoted.line(model);
    List<String> digests = digests(claim);
    Optional<String> revoked =
        Stream.concat(
                digests.stream(),
                claim.sourceFiles().stream().flatMap(file -> file.sha256().stream()))
            .filter(policy::revokedDigest)
            .findFirst();
    if (revoked.isPresent()) {
      return Trail.ends(
          Reason.REVOKED, "the policy revokes " + called + " (sha256:" + revoked.get() + ")");
    }
    for (String digest : digests) {
      if (seen.contains(digest)) {
        return Trail.ends(Reason.CHAIN_CYCLE, "the chain comes back to sha256:" + digest);
      }
    }
    if (depth >= policy.maxChainDepth()) {
      return Trail.ends(
          Reason.CHAIN_TOO_DEEP,
          "the chain is longer than the policy's " + policy.maxChainDepth() + " links");
    }
    lookups += digests.size();
    if (lookups > MAX_LOOKUPS) {
      return Trail.ends(
          Reason.CHAIN_TOO_DEEP, "the chain names more than " + MAX_LOOKUPS + " sources");
    }
    List<String> models =
        claim
            .sourceModel()
            .map(List::of)
            .orElseGet(() -> DeclaredModels.of(declared, policy).repositories())
            .stream()
            .flatMap(named -> Stream.of(named, policy.currentName(named)))
            .distinct()
            .limit(ChainJudge.MAX_CANDIDATES)
            .toList();
    NamedSource named = NamedSource.of(attestation, models, candidates);
    return claim.sourceSha256().isPresent()
        ? followDigest(named, seen, depth)
        : followFiles(named, digests);
  }

  private static List<String> digests(QuantizationClaim claim) {
    return claim
        .sourceSha256()
        .map(List::of)
        .orElseGet(
            () ->
                claim.sourceFiles().stream()
                    .filter(file -> FileKind.of(file.name()).isWeights())
                    .map(Subject::sha256)
                    .flatMap(Optional::stream)
                    .distinct()
                    .toList());
  }

  private Trail followDigest(NamedSource named, Set<String> seen, int depth) {
    QuantizationClaim claim = named.claim();
    String digest = claim.sourceSha256().orElseThrow();
    List<Source> found = new ArrayList<>();
    List<Trail> trails = new ArrayList<>();
    for (List<SourceQuery> queries : named.nearestFirst(digest)) {
      for (SourceQuery query : queries) {
        for (Source candidate : candidates.find(query)) {
          found.add(candidate);
          Trail trail =
              named.checkName(follow(candidate, claim, named.models(), digest, seen, depth));
          if (named.isAt(candidate) && isRevoked(trail)) {
            return trail;
          }
          trails.add(trail);
        }
      }
      Optional<Trail> holding = holding(trails);
      if (holding.isPresent()) {
        return holding.get();
      }
    }
    Optional<Trail> embedded = embedded(named, found, digest);
    if (embedded.filter(trail -> trail.problem().isEmpty()).isPresent()) {
      return embedded.get();
    }
    Optional<Trail> failing =
        named.otherRevision(digest).or(() -> trails.stream().findFirst()).or(() -> embedded);
    return failing.orElseGet(() -> named.missing(digest));
  }

  private static Optional<Trail> holding(List<Trail> trails) {
    return trails.stream().filter(trail -> trail.problem().isEmpty()).findFirst();
  }

  /**
   * Whether something on a way is revoked by its digest, or as a statement that would count. Of the
   * places where a source may be, one that holds is enough; but among those of its own model none
   * may be revoked. A copy that lies elsewhere takes nothing from them.
   */
  private boolean isRevoked(Trail trail) {
    List<CheckedStatement> statements =
        trail.links().stream()
            .filter(link -> link.problem().equals(trail.problem()))
            .map(Link::statement)
            .toList();
    return trail.isRevoked()
        && (statements.isEmpty()
            || statements.stream().anyMatch(each -> standing.isNamed(each, each.repository())));
  }

  private Optional<Trail> embedded(NamedSource named, List<Source> found, String digest) {
    List<String> models = named.models();
    return named
        .attestation()
        .embedded()
        .flatMap(
            signature ->
                models.stream()
                    .findFirst()
                    .filter(ModelReference::isId)
                    .filter(any -> !candidates.areInHub(models, found))
                    // Of two names the old one may have another owner today.
                    .map(policy::currentName)
                    .map(model -> embedded(signature, named.claim(), model, digest)));
  }

  private Trail embedded(
      CheckedStatement signature, QuantizationClaim claim, String model, String digest) {
    Trail trail = lastLink.embedded(signature, claim, model, digest);
    return trail.problem().isPresent()
        ? trail
        : new OtherModels(candidates)
            .problem(weights(signature), model)
            .map(trail::failing)
            .orElse(trail);
  }

  private static List<String> weights(CheckedStatement signature) {
    return signature.manifest().orElseThrow().resources().stream()
        .map(ModelManifest.Resource::digest)
        .distinct()
        .toList();
  }

  /**
   * A conversion statement names a snapshot by its files, all of them but hidden ones: they must be
   * one signed model's, and that must have no others. Signatures are not among them.
   */
  private Trail followFiles(NamedSource named, List<String> digests) {
    if (digests.isEmpty()) {
      return Trail.ends(Reason.SOURCE_MISSING, named.called() + " is attested without any weights");
    }
    List<Trail> trails = new ArrayList<>();
    Set<String> found = new HashSet<>();
    for (int round = 0; round < 2; round++) {
      for (List<Source> weights : places(named, digests, round, found)) {
        Trail trail = named.checkName(followAll(weights, named));
        if (named.isAt(weights.get(0)) && isRevoked(trail) && named.isSnapshot(weights.get(0))) {
          return trail;
        }
        trails.add(trail);
      }
      Optional<Trail> holding = holding(trails);
      if (holding.isPresent()) {
        return holding.get();
      }
    }
    Optional<String> missing = digests.stream().filter(each -> !found.contains(each)).findFirst();
    if (trails.isEmpty() && missing.isPresent()) {
      return named.missing(missing.get());
    }
    return trails.stream()
        .min(Comparator.comparing(trail -> !isRevoked(trail)))
        .orElseGet(
            () ->
                Trail.ends(
                    Reason.SOURCE_IDENTITY_MISMATCH,
                    "the weights that "
                        + named.called()
                        + " is attested as lie in no one repository together"));
  }

  /**
   * The places that have all of some weights.
   *
   * @param round where to look, see {@link NamedSource#nearestFirst}
   * @param found takes the digests of which there are some
   */
  private List<List<Source>> places(
      NamedSource named, List<String> digests, int round, Set<String> found) {
    Map<List<String>, List<Source>> places = new LinkedHashMap<>();
    for (String digest : digests) {
      Set<List<String>> here = new HashSet<>();
      for (SourceQuery query : named.nearestFirst(digest).get(round)) {
        for (Source candidate : candidates.find(query)) {
          List<String> place = List.of(candidate.repository(), candidate.revision());
          if (named.mayBeSnapshot(candidate) && here.add(place)) {
            found.add(digest);
            places.computeIfAbsent(place, any -> new ArrayList<>()).add(candidate);
          }
        }
      }
    }
    return places.values().stream().filter(weights -> weights.size() == digests.size()).toList();
  }

  private Trail followAll(List<Source> weights, NamedSource named) {
    return weights.stream()
        .flatMap(source -> revoked(source, policy).stream())
        .findFirst()
        .or(() -> Candidates.unread(weights))
        .or(() -> named.snapshotProblem(weights.get(0)))
        .map(problem -> Trail.ends(weights.get(0), problem, List.of()))
        .orElseGet(() -> lastLink.endOfAll(weights, named.claim()));
  }

  /** Whether a source is revoked: what it is found by, one of its weights, or a model of them. */
  static Optional<Problem> revoked(Source source, TrustPolicy policy) {
    return Stream.concat(source.sha256().stream(), source.digests().stream())
        .filter(policy::revokedDigest)
        .findFirst()
        .map(
            digest ->
                new Problem(
                    Reason.REVOKED,
                    "the policy revokes weights or a model of %s (sha256:%s)"
                        .formatted(source.repository(), digest)));
  }

  private Trail follow(
      Source source,
      QuantizationClaim claim,
      List<String> models,
      String digest,
      Set<String> seen,
      int depth) {
    Optional<Problem> revoked = revoked(source, policy);
    if (revoked.isPresent()) {
      return Trail.ends(source, revoked.get(), List.of());
    }
    if (source.unread().isPresent()) {
      return Trail.ends(source, source.unread().get(), List.of());
    }
    List<Trail> trails = new ArrayList<>();
    for (ModelSignature signature : source.signatures()) {
      trails.add(lastLink.end(source, signature, Optional.of(digest), claim));
    }
    List<String> declared = source.baseModels().isEmpty() ? models : source.baseModels();
    for (Attestation attestation : source.attestations()) {
      trails.add(through(source, attestation, declared, digest, seen, depth));
    }
    // One way that holds is enough, but nothing on any way from here may be revoked.
    return trails.stream()
        .min(
            Comparator.comparing((Trail trail) -> !trail.isRevoked()).thenComparingInt(Trail::rank))
        .orElseGet(() -> LastLink.unsigned(source));
  }

  /** One step further, where the source is itself attested to come from another. */
  private Trail through(
      Source source,
      Attestation attestation,
      List<String> declared,
      String digest,
      Set<String> seen,
      int depth) {
    CheckedStatement statement = attestation.statement();
    Optional<Problem> problem =
        standing.asQuantizer(statement).or(attestation::mismatch).map(LastLink::ofSource);
    if (problem.isPresent()) {
      Link link = Link.of(statement, Optional.of(digest), problem);
      return Trail.ends(source, problem.get(), List.of(link));
    }
    Set<String> further = new HashSet<>(seen);
    further.add(digest);
    Trail rest = follow(statement, declared, further, depth + 1);
    return rest.behind(source, Link.of(statement, Optional.of(digest), rest.unshown()));
  }
}
