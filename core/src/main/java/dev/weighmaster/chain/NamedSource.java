package dev.weighmaster.chain;

import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.attest.SnapshotDigest;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The model that an attestation names as its source. What is found by digest is held against its
 * name, its revision and its files.
 *
 * @param attestation with a claim
 * @param models ids of the models that it may mean
 */
record NamedSource(CheckedStatement attestation, List<String> models, Candidates candidates) {
  private static final int MAX_DIGESTS_NAMED = 3;

  NamedSource {
    models = List.copyOf(models);
  }

  QuantizationClaim claim() {
    return attestation.claim().orElseThrow();
  }

  /** As it is called in sentences. */
  String called() {
    String model = claim().sourceModel().orElse("");
    return model.isEmpty() ? "the source" : "the source " + Quoted.line(model);
  }

  /** The attested revision of the model, where the hub has it: then no other one is meant. */
  Optional<Source> atRevision() {
    return claim()
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
  Optional<Trail> otherRevision(Source found) {
    if (found.revision().isEmpty()
        || claim().sourceRevision().filter(found.revision()::equals).isPresent()) {
      return Optional.empty();
    }
    return atRevision()
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
                                        called(),
                                        Quoted.of(named.revision()),
                                        Quoted.of(found.revision())))));
  }

  Optional<Problem> snapshotProblem(Source source) {
    if (source.snapshot().isEmpty()) {
      return Optional.of(
          new Problem(
              Reason.IO_ERROR, "not all files of " + source.repository() + " could be read"));
    }
    SortedMap<String, String> listed = new TreeMap<>();
    for (Subject file : claim().sourceFiles()) {
      if (FileKind.of(file.name()) != FileKind.SIDECAR) {
        listed.put(file.name(), file.sha256().orElseThrow());
      }
    }
    return source.snapshot().get().equals(SnapshotDigest.of(listed))
        ? Optional.empty()
        : Optional.of(
            new Problem(
                Reason.SOURCE_DIGEST_MISMATCH,
                called()
                    + " is attested by "
                    + listed.size()
                    + " files, but "
                    + source.repository()
                    + " has them with another content, or not all, or more"));
  }

  Trail missing(String digest) {
    // A derivation's base is found by its digest; the base's own conversion says where it is from.
    boolean byDigestAlone =
        attestation.predicateType().equals(Optional.of(PredicateTypes.GGUF_DERIVATION));
    List<String> places = byDigestAlone ? List.of() : models;
    List<Source> byName =
        places.stream().flatMap(model -> candidates.byName(model).stream()).toList();
    if (byName.isEmpty()) {
      return Trail.ends(
          Reason.SOURCE_MISSING,
          "the hub has no model or file of sha256:" + digest + ", which is attested as " + called());
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
        called()
            + " is attested as sha256:"
            + digest
            + ", but the hub has it as "
            + (known.isEmpty() ? "something else" : known));
  }

  /**
   * Whether a way leads to the model that its statement names. Where that names none, the model
   * card must: the digest alone would let whoever holds the same bytes say what they come from.
   */
  Trail checkName(Trail trail) {
    Optional<Reason> failed = trail.problem().map(Problem::reason);
    if (isAnchoredByConversion(trail)
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
