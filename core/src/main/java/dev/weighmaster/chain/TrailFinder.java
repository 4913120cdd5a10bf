package dev.weighmaster.chain;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.attest.SnapshotDigest;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.format.ModelReference;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.Signer;
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
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Follows one attestation to the signature of the model that it names. Not thread-safe. */
final class TrailFinder {
  /** An attested way can branch at every step: all branches together end after this many. */
  static final int MAX_LOOKUPS = 1000;

  private static final int MAX_DIGESTS_NAMED = 3;

  private final TrustPolicy policy;
  private final Standing standing;
  private final Candidates candidates;
  private int lookups;

  TrailFinder(TrustPolicy policy, SourceLookup hub) {
    this.policy = policy;
    this.standing = new Standing(policy);
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
    return claim.sourceSha256().isPresent()
        ? followDigest(attestation, models, called, seen, depth)
        : followFiles(attestation, digests, models, called);
  }

  /**
   * ggufpacker's rule of linkage: a derivation's base is the file that a conversion made, by digest
   * alone, and where that comes from is the conversion's to say.
   */
  private static boolean isAnchoredByConversion(CheckedStatement attestation, Trail trail) {
    return attestation.predicateType().equals(Optional.of(PredicateTypes.GGUF_DERIVATION))
        && trail.links().stream().limit(1).anyMatch(link -> link.kind() == LinkKind.CONVERSION);
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

  private Trail followDigest(
      CheckedStatement attestation,
      List<String> models,
      String called,
      Set<String> seen,
      int depth) {
    QuantizationClaim claim = attestation.claim().orElseThrow();
    String digest = claim.sourceSha256().orElseThrow();
    Optional<Trail> atAnother = Optional.empty();
    List<Source> found = new ArrayList<>();
    List<Trail> trails = new ArrayList<>();
    for (List<SourceQuery> queries : Candidates.nearestFirst(attestation, models, digest)) {
      for (SourceQuery query : queries) {
        for (Source candidate : candidates.find(query)) {
          found.add(candidate);
          Optional<Trail> other = otherRevision(candidate, claim, models, called);
          if (other.isPresent()) {
            atAnother = other;
            continue;
          }
          Trail trail =
              checkName(attestation, models, follow(candidate, claim, models, digest, seen, depth));
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
            .map(signature -> embedded(signature, claim, models.get(0), digest));
    if (trails.isEmpty() && atAnother.isPresent()) {
      return atAnother.get();
    }
    if (trails.isEmpty()) {
      // A derivation's base is found by its digest; the base's own conversion says where it is
      // from.
      boolean byDigestAlone =
          attestation.predicateType().equals(Optional.of(PredicateTypes.GGUF_DERIVATION));
      return embedded.orElseGet(() -> missing(byDigestAlone ? List.of() : models, called, digest));
    }
    return embedded.filter(trail -> trail.problem().isEmpty()).orElseGet(() -> trails.get(0));
  }

  /** The last link where the source is not in the hub: the signature that came along. */
  private Trail embedded(
      CheckedStatement signature, QuantizationClaim claim, String model, String digest) {
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
            .map(TrailFinder::ofSource)
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
            || manifest.resources().stream().anyMatch(only -> only.digest().equals(digest));
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

  /**
   * A conversion statement names a snapshot by its files, all of them but hidden ones: they must be
   * one signed model's, and that must have no others. Signatures are not among them.
   */
  private Trail followFiles(
      CheckedStatement attestation, List<String> digests, List<String> models, String called) {
    if (digests.isEmpty()) {
      return Trail.ends(Reason.SOURCE_MISSING, called + " is attested without any weights");
    }
    QuantizationClaim claim = attestation.claim().orElseThrow();
    Optional<Source> atRevision = atRevision(claim, models);
    List<Trail> trails = new ArrayList<>();
    Set<String> found = new HashSet<>();
    for (int round = 0; round < 2; round++) {
      Map<List<String>, List<Source>> places = new LinkedHashMap<>();
      for (String digest : digests) {
        Set<List<String>> here = new HashSet<>();
        for (SourceQuery query : Candidates.nearestFirst(attestation, models, digest).get(round)) {
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
          Trail trail = checkName(attestation, models, followFiles(weights, claim, called));
          if (trail.problem().isEmpty()) {
            return trail;
          }
          trails.add(trail);
        }
      }
    }
    Optional<String> missing = digests.stream().filter(each -> !found.contains(each)).findFirst();
    if (trails.isEmpty() && missing.isPresent()) {
      return missing(models, called, missing.get());
    }
    if (trails.isEmpty() && atRevision.isPresent()) {
      return Trail.ends(
          Reason.SOURCE_DIGEST_MISMATCH,
          called
              + " holds other weights at the revision "
              + Quoted.of(atRevision.get().revision()));
    }
    return trails.isEmpty()
        ? Trail.ends(
            Reason.SOURCE_IDENTITY_MISMATCH,
            "the weights that " + called + " is attested as lie in no one repository together")
        : trails.get(0);
  }

  private Trail followFiles(List<Source> weights, QuantizationClaim claim, String called) {
    return weights.stream()
        .flatMap(source -> revoked(source, policy).stream())
        .findFirst()
        .or(() -> Candidates.unread(weights))
        .or(() -> snapshotProblem(weights.get(0), claim, called))
        .map(problem -> Trail.ends(weights.get(0), problem, List.of()))
        .orElseGet(() -> endOfAll(weights, claim));
  }

  /** The attested revision of the model, where the hub has it: then no other one is meant. */
  private Optional<Source> atRevision(QuantizationClaim claim, List<String> models) {
    return claim
        .sourceRevision()
        .filter(revision -> !revision.isEmpty())
        .flatMap(
            revision ->
                models.stream()
                    .flatMap(model -> candidates.byName(model).stream())
                    .filter(source -> source.revision().equals(revision))
                    .findFirst());
  }

  /** What becomes of a model that is not of the revision attested, where the hub has that too. */
  private Optional<Trail> otherRevision(
      Source found, QuantizationClaim claim, List<String> models, String called) {
    if (found.revision().isEmpty()
        || claim.sourceRevision().filter(found.revision()::equals).isPresent()) {
      return Optional.empty();
    }
    return atRevision(claim, models)
        .filter(named -> named.repository().equals(found.repository()))
        .map(
            named ->
                named
                    .unread()
                    .map(Trail::ends)
                    .orElseGet(
                        () ->
                            Trail.ends(
                                Reason.SOURCE_DIGEST_MISMATCH,
                                "%s is attested at the revision %s, but its digest is that of %s"
                                    .formatted(
                                        called,
                                        Quoted.of(named.revision()),
                                        Quoted.of(found.revision())))));
  }

  private static Optional<Problem> snapshotProblem(
      Source source, QuantizationClaim claim, String called) {
    if (source.snapshot().isEmpty()) {
      return Optional.of(
          new Problem(
              Reason.IO_ERROR, "not all files of " + source.repository() + " could be read"));
    }
    SortedMap<String, String> listed = new TreeMap<>();
    for (Subject file : claim.sourceFiles()) {
      if (FileKind.of(file.name()) != FileKind.SIDECAR) {
        listed.put(file.name(), file.sha256().orElseThrow());
      }
    }
    return source.snapshot().get().equals(SnapshotDigest.of(listed))
        ? Optional.empty()
        : Optional.of(
            new Problem(
                Reason.SOURCE_DIGEST_MISMATCH,
                called
                    + " is attested by "
                    + listed.size()
                    + " files, but "
                    + source.repository()
                    + " has them with another content, or not all, or more"));
  }

  /** The last link from several files of one repository: a signature that covers them all. */
  private Trail endOfAll(List<Source> weights, QuantizationClaim claim) {
    Source first = weights.get(0);
    return first.signatures().stream()
        .filter(
            signature ->
                weights.stream().allMatch(source -> source.signatures().contains(signature)))
        .map(signature -> end(first, signature, Optional.empty(), claim))
        .min(Comparator.comparingInt(Trail::rank))
        .orElseGet(() -> unsigned(first));
  }

  private Trail missing(List<String> models, String called, String digest) {
    List<Source> byName =
        models.stream().flatMap(model -> candidates.byName(model).stream()).toList();
    if (byName.isEmpty()) {
      return Trail.ends(
          Reason.SOURCE_MISSING,
          "the hub has no model or file of sha256:" + digest + ", which is attested as " + called);
    }
    Optional<Problem> unread = Candidates.unread(byName);
    if (unread.isPresent()) {
      return Trail.ends(unread.get());
    }
    String known =
        byName.stream()
            .flatMap(source -> source.digests().stream())
            .limit(MAX_DIGESTS_NAMED)
            .map(other -> "sha256:" + other)
            .collect(Collectors.joining(", "));
    return Trail.ends(
        Reason.SOURCE_DIGEST_MISMATCH,
        called
            + " is attested as sha256:"
            + digest
            + ", but the hub has it as "
            + (known.isEmpty() ? "something else" : known));
  }

  /**
   * Whether a way leads to the model that its statement names. Where that names none, the model
   * card must: the digest alone would let whoever holds the same bytes say what they come from.
   */
  private Trail checkName(CheckedStatement attestation, List<String> models, Trail trail) {
    Optional<Reason> failed = trail.problem().map(Problem::reason);
    if (isAnchoredByConversion(attestation, trail)
        || models.stream().anyMatch(trail.models()::contains)
        || failed.filter(reason -> reason != Reason.SOURCE_SIGNER_NOT_TRUSTED).isPresent()) {
      return trail;
    }
    if (models.isEmpty()) {
      return trail.failing(
          new Problem(
              Reason.SOURCE_MISSING,
              Quoted.line(attestation.name())
                  + " names no source, and neither does the model card: its digest alone, that of "
                  + String.join(" from ", trail.models())
                  + ", proves no origin"));
    }
    String named = models.stream().map(Quoted::line).collect(Collectors.joining(", "));
    return trail.failing(
        models.stream()
            .flatMap(model -> Candidates.unread(candidates.byName(model)).stream())
            .findFirst()
            .orElseGet(
                () ->
                    new Problem(
                        Reason.SOURCE_IDENTITY_MISMATCH,
                        (attestation.claim().orElseThrow().sourceModel().isPresent()
                                ? "the attestation names "
                                : "the model card names ")
                            + named
                            + " as the source, but its digest is that of "
                            + String.join(" from ", trail.models()))));
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
      trails.add(end(source, signature, Optional.of(digest), claim));
    }
    List<String> declared = source.baseModels().isEmpty() ? models : source.baseModels();
    for (Attestation attestation : source.attestations()) {
      trails.add(through(source, attestation, declared, digest, seen, depth));
    }
    // One way that holds is enough, but nothing on any way from here may be revoked.
    return trails.stream()
        .min(
            Comparator.comparing((Trail trail) -> !trail.isRevoked()).thenComparingInt(Trail::rank))
        .orElseGet(() -> unsigned(source));
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
        standing.asQuantizer(statement).or(attestation::mismatch).map(TrailFinder::ofSource);
    if (problem.isPresent()) {
      Link link = Link.of(statement, Optional.of(digest), problem);
      return Trail.ends(source, problem.get(), List.of(link));
    }
    Set<String> further = new HashSet<>(seen);
    further.add(digest);
    Trail rest = follow(statement, declared, further, depth + 1);
    return rest.behind(source, Link.of(statement, Optional.of(digest), rest.unshown()));
  }

  private static Trail unsigned(Source source) {
    Problem problem =
        new Problem(
            Reason.SOURCE_UNSIGNED,
            (source.name().isEmpty() ? "" : Quoted.line(source.name()) + " of ")
                + source.repository()
                + " has no model signature");
    return Trail.ends(source, problem, List.of());
  }

  /** The last link: the source's model signature. */
  private Trail end(
      Source source, ModelSignature signature, Optional<String> digest, QuantizationClaim claim) {
    CheckedStatement statement = signature.statement();
    Optional<Problem> problem =
        standing
            .asPublisher(statement, source.repository())
            .or(signature::mismatch)
            .map(TrailFinder::ofSource)
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
}
