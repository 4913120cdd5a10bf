package dev.weighmaster.chain;

import dev.weighmaster.hub.Inventory;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Finds what in the hub may be the source that a statement means. */
record Candidates(Standing standing, SourceLookup hub) {
  List<Source> find(SourceQuery query) {
    return answers(hub.find(query), query, standing);
  }

  /** See {@link ChainJudge#answers}. */
  static List<Source> answers(Collection<Source> found, SourceQuery query, Standing standing) {
    if (query.signed()) {
      return signed(found, query, standing);
    }
    return found.stream()
        .filter(query::isOf)
        .flatMap(
            source ->
                query.elsewhere() ? standing.vouched(source, query).stream() : Stream.of(source))
        .distinct()
        .sorted(
            // Of the copies in one repository none that is revoked may be cut off.
            Comparator.comparing(
                    (Source source) -> query.elsewhere() || !isRevoked(source, standing))
                .thenComparingInt(source -> evidenceRank(source, standing))
                // What could not be read may be what is asked for: no limit may cut it off.
                .thenComparing(source -> source.unread().isEmpty())
                .thenComparing(Source::repository)
                .thenComparing(Source::revision)
                .thenComparing(Source::name))
        .limit(ChainJudge.MAX_CANDIDATES)
        .toList();
  }

  /** One of each repository, since only repositories are asked for. */
  private static List<Source> signed(
      Collection<Source> found, SourceQuery query, Standing standing) {
    SortedMap<String, Source> byRepository = new TreeMap<>();
    found.stream()
        .filter(query::isOf)
        .flatMap(source -> standing.signed(source, query).stream())
        .sorted(Comparator.comparing(Source::revision).thenComparing(Source::name))
        .forEach(source -> byRepository.putIfAbsent(source.repository(), source));
    return byRepository.values().stream().limit(ChainJudge.MAX_CANDIDATES).toList();
  }

  private static boolean isRevoked(Source source, Standing standing) {
    return TrailFinder.revoked(source, standing.policy()).isPresent()
        || Stream.concat(
                source.signatures().stream().map(ModelSignature::statement),
                source.attestations().stream().map(Attestation::statement))
            .filter(statement -> standing.isNamed(statement, source.repository()))
            .anyMatch(statement -> isRevoked(standing.asSigner(statement, source.repository())));
  }

  private static boolean isRevoked(Optional<Problem> problem) {
    return problem.filter(found -> found.reason() == Reason.REVOKED).isPresent();
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
    return model.isEmpty() ? List.of() : find(named(model));
  }

  /** The same at one revision, however many others there are. */
  List<Source> byName(String model, String revision) {
    return model.isEmpty() ? List.of() : find(named(model).at(revision));
  }

  private static SourceQuery named(String model) {
    return SourceQuery.in(model, new SourceKey.OfModel(model));
  }

  /** Why some weights of a repository have no digest. */
  static Optional<Problem> unread(List<Source> sources) {
    return sources.stream().flatMap(source -> source.unread().stream()).findFirst();
  }

  /**
   * Whether the hub itself says what the source is: it has the model that the attestation names,
   * whatever its bytes, or has the bytes with evidence by signers that the policy names, though it
   * be revoked since. A copy that anybody could have put there says nothing.
   */
  boolean areInHub(List<String> models, List<Source> found) {
    return models.stream().anyMatch(model -> !byName(model).isEmpty() || mayBeUnlisted(model))
        || found.stream().anyMatch(standing::isVouchedFor);
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
