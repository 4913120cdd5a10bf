package dev.weighmaster.chain;

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
    NamedSource named = new NamedSource(attestation, models, candidates);
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
    CheckedStatement attestation = named.attestation();
    List<String> models = named.models();
    QuantizationClaim claim = named.claim();
    String digest = claim.sourceSha256().orElseThrow();
    Optional<Trail> atAnother = Optional.empty();
    List<Source> found = new ArrayList<>();
    List<Trail> trails = new ArrayList<>();
    for (List<SourceQuery> queries : Candidates.nearestFirst(attestation, models, digest)) {
      for (SourceQuery query : queries) {
        for (Source candidate : candidates.find(query)) {
          found.add(candidate);
          Optional<Trail> other = named.otherRevision(candidate);
          if (other.isPresent()) {
            atAnother = other;
            continue;
          }
          Trail trail = named.checkName(follow(candidate, claim, models, digest, seen, depth));
          if (trail.problem().isEmpty()) {
            return trail;
          }
          trails.add(trail);
        }
      }
    }
    Optional<Trail> embedded =
        attestation
            .embedded()
            .filter(any -> ModelReference.isId(models.get(0)))
            .filter(any -> !candidates.areInHub(models, found))
            .map(signature -> lastLink.embedded(signature, claim, models.get(0), digest));
    if (trails.isEmpty() && atAnother.isPresent()) {
      return atAnother.get();
    }
    if (trails.isEmpty()) {
      return embedded.orElseGet(() -> named.missing(digest));
    }
    return embedded.filter(trail -> trail.problem().isEmpty()).orElseGet(() -> trails.get(0));
  }

  /**
   * A conversion statement names a snapshot by its files, all of them but hidden ones: they must be
   * one signed model's, and that must have no others. Signatures are not among them.
   */
  private Trail followFiles(NamedSource named, List<String> digests) {
    if (digests.isEmpty()) {
      return Trail.ends(Reason.SOURCE_MISSING, named.called() + " is attested without any weights");
    }
    Optional<Source> atRevision = named.atRevision();
    List<Trail> trails = new ArrayList<>();
    Set<String> found = new HashSet<>();
    for (int round = 0; round < 2; round++) {
      Map<List<String>, List<Source>> places = new LinkedHashMap<>();
      for (String digest : digests) {
        Set<List<String>> here = new HashSet<>();
        for (SourceQuery query : Candidates.nearestFirst(named.attestation(), named.models(), digest).get(round)) {
          for (Source candidate : candidates.find(query)) {
            found.add(digest);
            List<String> place = List.of(candidate.repository(), candidate.revision());
            if (here.add(place)) {
              places.computeIfAbsent(place, any -> new ArrayList<>()).add(candidate);
            }
          }
        }
      }
      atRevision.ifPresent(
          only -> places.keySet().retainAll(Set.of(List.of(only.repository(), only.revision()))));
      for (List<Source> weights : places.values()) {
        if (weights.size() == digests.size()) {
          Trail trail = named.checkName(followAll(weights, named));
          if (trail.problem().isEmpty()) {
            return trail;
          }
          trails.add(trail);
        }
      }
    }
    Optional<String> missing = digests.stream().filter(each -> !found.contains(each)).findFirst();
    if (trails.isEmpty() && missing.isPresent()) {
      return named.missing(missing.get());
    }
    if (trails.isEmpty() && atRevision.isPresent()) {
      return Trail.ends(
          Reason.SOURCE_DIGEST_MISMATCH,
          named.called()
              + " holds other weights at the revision "
              + Quoted.of(atRevision.get().revision()));
    }
    return trails.isEmpty()
        ? Trail.ends(
            Reason.SOURCE_IDENTITY_MISMATCH,
            "the weights that " + named.called() + " is attested as lie in no one repository together")
        : trails.get(0);
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
