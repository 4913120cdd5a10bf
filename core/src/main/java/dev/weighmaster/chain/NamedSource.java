package dev.weighmaster.chain;

import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The model that an attestation names as its source. What is found by digest is held against its
 * name, its revision and its files.
 *
 * @param attestation with a claim
 * @param models ids of the models that it may mean
 * @param atRevision the model at the attested revision, if the hub has that: then no other one is
 *     meant, whether it lies in a cache or not
 */
record NamedSource(
    CheckedStatement attestation,
    List<String> models,
    Candidates candidates,
    List<Source> atRevision) {
  private static final int MAX_DIGESTS_NAMED = 3;

  NamedSource {
    models = List.copyOf(models);
    atRevision = List.copyOf(atRevision);
  }

  static NamedSource of(CheckedStatement attestation, List<String> models, Candidates candidates) {
    List<Source> atRevision =
        revision(attestation).stream()
            .flatMap(
                revision ->
                    models.stream().flatMap(model -> candidates.byName(model, revision).stream()))
            .distinct()
            .toList();
    return new NamedSource(attestation, models, candidates, atRevision);
  }

  private static Optional<String> revision(CheckedStatement attestation) {
    return attestation
        .claim()
        .flatMap(QuantizationClaim::sourceRevision)
        .filter(revision -> !revision.isEmpty());
  }

  QuantizationClaim claim() {
    return attestation.claim().orElseThrow();
  }

  /** As it is called in sentences. */
  String called() {
    String model = claim().sourceModel().orElse("");
    return model.isEmpty() ? "the source" : "the source " + Quoted.line(model);
  }

  /**
   * Where a digest is looked for: where the statement says, then in its own repository, and if none
   * of that holds, elsewhere.
   */
  List<List<SourceQuery>> nearestFirst(String digest) {
    String own = attestation.repository();
    SourceKey key = new SourceKey.OfDigest(digest);
    return List.of(
        Stream.concat(
                atNamed(key),
                Stream.of(own)
                    .filter(repository -> !isNamed(repository))
                    .map(repository -> SourceQuery.in(repository, key)))
            .toList(),
        List.of(SourceQuery.elsewhere(key, own, models)));
  }

  private Stream<SourceQuery> atNamed(SourceKey key) {
    Stream<SourceQuery> anywhere = models.stream().map(model -> SourceQuery.in(model, key));
    return atRevision.isEmpty()
        ? anywhere
        : anywhere.map(query -> query.at(revision(attestation).orElseThrow()));
  }

  /** Whether a source lies where the statement says, so that nobody else has put it there. */
  boolean isAt(Source source) {
    return isNamed(source.repository());
  }

  /** Another spelling is no other model, see {@link SourceKey.OfModel}. */
  private boolean isNamed(String repository) {
    SourceKey.OfModel found = new SourceKey.OfModel(repository);
    return models.stream().anyMatch(found::isOf);
  }

  /** What becomes of a digest that the model has, but not at the attested revision. */
  Optional<Trail> otherRevision(String digest) {
    SourceKey key = new SourceKey.OfDigest(digest);
    if (atRevision.isEmpty() || atNamed(key).anyMatch(query -> !candidates.find(query).isEmpty())) {
      return Optional.empty();
    }
    List<Source> others =
        models.stream()
            .flatMap(model -> candidates.find(SourceQuery.in(model, key)).stream())
            .toList();
    if (others.isEmpty()) {
      return Optional.empty();
    }
    String attested = revision(attestation).orElseThrow();
    Source other = others.get(0);
    return Candidates.unread(atRevision)
        .or(() -> TrailFinder.revoked(other, candidates.standing().policy()))
        .or(() -> Optional.of(onlyAt(other, attested, mayBeAbsent(others))))
        .map(Trail::ends);
  }

  private Problem onlyAt(Source other, String attested, boolean absent) {
    String place =
        other.revision().isEmpty()
            ? other.repository() + " outside of the cache"
            : Quoted.of(other.revision());
    return absent
        ? new Problem(
            Reason.SOURCE_MISSING,
            "the hub has %s at the attested revision %s without what is attested, which is only at %s"
                .formatted(called(), Quoted.of(attested), place))
        : new Problem(
            Reason.SOURCE_DIGEST_MISMATCH,
            "%s is attested at the revision %s, but its digest is that of %s"
                .formatted(called(), Quoted.of(attested), place));
  }

  /** Whether what lies at others may be at the attested revision too, and was not fetched. */
  private boolean mayBeAbsent(List<Source> others) {
    SourceListing listed = SourceListing.of(attestation);
    return atRevision.stream()
        .allMatch(here -> others.stream().allMatch(each -> listed.agreesWithPartial(here, each)));
  }

  /** Whether a source can be a snapshot that is named by its files. */
  boolean mayBeSnapshot(Source source) {
    return atRevision.isEmpty() || isAt(source);
  }

  /** Whether it is that snapshot, file by file. */
  boolean isSnapshot(Source source) {
    return snapshotProblem(source).isEmpty();
  }

  Optional<Problem> snapshotProblem(Source source) {
    if (source.snapshot().isEmpty()) {
      return Optional.of(
          new Problem(
              Reason.IO_ERROR, "not all files of " + source.repository() + " could be read"));
    }
    SourceListing listed = SourceListing.of(attestation);
    if (listed.isAllOf(source)) {
      return Optional.empty();
    }
    String attested = called() + " is attested by " + listed.files().size() + " files, but ";
    return Optional.of(
        isPartInCache(source, listed)
            ? new Problem(
                Reason.SOURCE_MISSING,
                attested
                    + "not all of them are at the revision "
                    + Quoted.of(source.revision())
                    + " of "
                    + source.repository())
            : new Problem(
                Reason.SOURCE_DIGEST_MISMATCH,
                attested
                    + source.repository()
                    + " has them with another content, or not all, or more"));
  }

  private boolean isPartInCache(Source source, SourceListing listed) {
    return !source.revision().isEmpty()
        && candidates.byName(source.repository(), source.revision()).stream()
            .filter(each -> each.repository().equals(source.repository()))
            .anyMatch(listed::agreesWithPartial);
  }

  Trail missing(String digest) {
    // A derivation's base is found by its digest; the base's own conversion says where it is from.
    boolean byDigestAlone =
        attestation.predicateType().equals(Optional.of(PredicateTypes.GGUF_DERIVATION));
    List<Source> byName = byDigestAlone ? List.of() : inHub();
    if (byName.isEmpty()) {
      return Trail.ends(
          Reason.SOURCE_MISSING,
          "the hub has no model or file of sha256:"
              + digest
              + ", which is attested as "
              + called());
    }
    Optional<Problem> unread = Candidates.unread(byName);
    if (unread.isPresent()) {
      return Trail.ends(unread.get());
    }
    if (isAtOtherRevisions(byName)) {
      return Trail.ends(
          Reason.SOURCE_MISSING,
          "the hub has %s, but not at the attested revision %s"
              .formatted(called(), Quoted.of(revision(attestation).orElseThrow())));
    }
    if (byName.stream().allMatch(SourceListing.of(attestation)::agreesWithPartial)) {
      return Trail.ends(
          Reason.SOURCE_MISSING,
          "the hub has %s at %s without what is attested, sha256:%s"
              .formatted(called(), revisions(byName), digest));
    }
    String known =
        byName.stream()
            .flatMap(source -> source.digests().stream())
            .limit(MAX_DIGESTS_NAMED)
            .map(other -> "sha256:" + other)
            .collect(Collectors.joining(", "));
    return Trail.ends(
        Reason.SOURCE_DIGEST_MISMATCH,
        called()
            + " is attested as sha256:"
            + digest
            + ", but the hub has it as "
            + (known.isEmpty() ? "something else" : known));
  }

  private static String revisions(List<Source> snapshots) {
    Set<String> revisions =
        snapshots.stream().map(Source::revision).collect(Collectors.toCollection(TreeSet::new));
    return (revisions.size() == 1 ? "the revision " : "revisions such as ")
        + Quoted.of(revisions.iterator().next());
  }

  private List<Source> inHub() {
    return atRevision.isEmpty()
        ? models.stream().flatMap(model -> candidates.byName(model).stream()).toList()
        : atRevision;
  }

  /** A hub that keeps some revisions of a model contradicts nothing that is said of another. */
  private boolean isAtOtherRevisions(List<Source> byName) {
    return revision(attestation)
        .filter(attested -> byName.stream().noneMatch(each -> each.revision().equals(attested)))
        .filter(any -> byName.stream().noneMatch(each -> each.revision().isEmpty()))
        .isPresent();
  }

  /**
   * Whether a way leads to the model that its statement names. Where that names none, the model
   * card must: the digest alone would let whoever holds the same bytes say what they come from.
   */
  Trail checkName(Trail trail) {
    Optional<Reason> failed = trail.problem().map(Problem::reason);
    if (isAnchoredByConversion(trail)
        || trail.models().stream().anyMatch(this::isNamed)
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
                        (claim().sourceModel().isPresent()
                                ? "the attestation names "
                                : "the model card names ")
                            + named
                            + " as the source, but its digest is that of "
                            + String.join(" from ", trail.models()))));
  }

  /**
   * ggufpacker's rule of linkage: a derivation's base is the file that a conversion made, by digest
   * alone, and where that comes from is the conversion's to say.
   */
  private boolean isAnchoredByConversion(Trail trail) {
    return attestation.predicateType().equals(Optional.of(PredicateTypes.GGUF_DERIVATION))
        && trail.links().stream().limit(1).anyMatch(link -> link.kind() == LinkKind.CONVERSION);
  }
}
