package dev.weighmaster.chain;

import dev.weighmaster.hub.Inventory;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds what in the hub may be the source that a statement means. */
record Candidates(Standing standing, SourceLookup hub) {
  /** Of {@link #evidenceRank}: beyond it is what anybody can put beside a copy of the bytes. */
  private static final int LAST_THAT_COUNTS = 2;

  /**
   * Where a digest is looked for: where the statement says, then in its own repository, and if none
   * of that holds, elsewhere.
   */
  static List<List<SourceQuery>> nearestFirst(
      CheckedStatement attestation, List<String> models, String digest) {
    SourceKey key = new SourceKey.OfDigest(digest);
    String own = attestation.repository();
    return List.of(
        Stream.concat(models.stream(), Stream.of(own))
            .distinct()
            .map(repository -> SourceQuery.in(repository, key))
            .toList(),
        List.of(SourceQuery.elsewhere(key, own, models)));
  }

  List<Source> find(SourceQuery query) {
    return answers(hub.find(query), query, standing);
  }

  /** See {@link ChainJudge#answers}. */
  static List<Source> answers(Collection<Source> found, SourceQuery query, Standing standing) {
    return found.stream()
        .filter(source -> source.key().equals(query.key()) && query.mayBeIn(source.repository()))
        .flatMap(
            source ->
                query.elsewhere() ? standing.vouched(source, query).stream() : Stream.of(source))
        .distinct()
        .sorted(
            Comparator.comparingInt((Source source) -> evidenceRank(source, standing))
                // What could not be read may be what is asked for: no limit may cut it off.
                .thenComparing(source -> source.unread().isEmpty())
                .thenComparing(Source::repository)
                .thenComparing(Source::revision)
                .thenComparing(Source::name))
        .limit(ChainJudge.MAX_CANDIDATES)
        .toList();
  }

  /** What anybody can put beside a copy of the bytes must not come before what the policy names. */
  private static int evidenceRank(Source source, Standing standing) {
    List<ModelSignature> named =
        source.signatures().stream()
            .filter(
                signature ->
                    standing.asPublisher(signature.statement(), source.repository()).isEmpty())
            .toList();
    if (named.stream().anyMatch(signature -> signature.mismatch().isEmpty())) {
      return 0;
    }
    if (source.attestations().stream()
        .anyMatch(each -> standing.asQuantizer(each.statement()).isEmpty())) {
      return 1;
    }
    if (!named.isEmpty()) {
      return 2;
    }
    boolean holds =
        source.signatures().stream()
            .anyMatch(s -> s.statement().signature().holds() && s.mismatch().isEmpty());
    return holds ? 3 : 4;
  }

  /** The repositories of a name, at all their revisions. */
  List<Source> byName(String model) {
    return model.isEmpty() ? List.of() : find(SourceQuery.in(model, new SourceKey.OfModel(model)));
  }

  /** Why some weights of a repository have no digest. */
  static Optional<Problem> unread(List<Source> sources) {
    return sources.stream().flatMap(source -> source.unread().stream()).findFirst();
  }

  /**
   * Whether the hub itself says what the source is: it has the model that the attestation names,
   * whatever its bytes, or has the bytes with evidence that the policy lets count. A copy that
   * anybody could have put there says nothing.
   */
  boolean areInHub(List<String> models, List<Source> found) {
    return models.stream().anyMatch(model -> !byName(model).isEmpty() || mayBeUnlisted(model))
        || found.stream().anyMatch(source -> evidenceRank(source, standing) <= LAST_THAT_COUNTS);
  }

  /** Whether the folder above the model's could not be listed, in either layout of a hub. */
  private boolean mayBeUnlisted(String model) {
    String organisation = model.substring(0, Math.max(0, model.indexOf('/')));
    return isUnlisted(organisation) || isUnlisted(Inventory.cacheFolder(model));
  }

  /**
   * Whether a folder of repositories could not be listed. A model of a cache can have the folder's
   * name: what of that can't be read hides no other model.
   */
  private boolean isUnlisted(String folder) {
    return byName(folder).stream()
        .anyMatch(source -> source.revision().isEmpty() && source.unread().isPresent());
  }
}
