package dev.weighmaster.chain;

import dev.weighmaster.trust.Signer;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The way from an attestation to a model signature, as far as it could be followed.
 *
 * @param models the repositories on the way, nearest first
 * @param baseModels that their model cards declare
 * @param source what the attestation names, as the hub has it; empty where the way ends before it
 * @param publisher who signed the model at the end; present exactly where there is no problem
 */
record Trail(
    Optional<Problem> problem,
    List<Link> links,
    Set<String> models,
    Set<String> baseModels,
    Optional<Source> source,
    Optional<Signer> publisher) {

  /** A way that leads nowhere. */
  static Trail ends(Reason reason, String detail) {
    return ends(new Problem(reason, detail));
  }

  static Trail ends(Problem problem) {
    return new Trail(
        Optional.of(problem), List.of(), Set.of(), Set.of(), Optional.empty(), Optional.empty());
  }

  /** A way that ends at a source, with what is wrong there. */
  static Trail ends(Source source, Problem problem, List<Link> links) {
    return new Trail(
        Optional.of(problem),
        links,
        Set.of(source.repository()),
        Set.copyOf(source.baseModels()),
        Optional.of(source),
        Optional.empty());
  }

  static Trail reaches(Source source, Link link) {
    return new Trail(
        Optional.empty(),
        List.of(link),
        Set.of(source.repository()),
        Set.copyOf(source.baseModels()),
        Optional.of(source),
        link.statement().signature().signer());
  }

  /** The same way seen from one link before it. */
  Trail behind(Source nearer, Link link) {
    List<Link> all = new ArrayList<>();
    all.add(link);
    all.addAll(links);
    Set<String> repositories = new LinkedHashSet<>();
    // A way can come back to a repository: the last is where it ends.
    if (!models.contains(nearer.repository())) {
      repositories.add(nearer.repository());
    }
    repositories.addAll(models);
    Set<String> bases = new LinkedHashSet<>(nearer.baseModels());
    bases.addAll(baseModels);
    return new Trail(
        problem, List.copyOf(all), repositories, bases, Optional.of(nearer), publisher);
  }

  Trail failing(Problem found) {
    return new Trail(Optional.of(found), links, models, baseModels, source, Optional.empty());
  }

  boolean broken() {
    return problem.filter(found -> found.reason().verdict() == Verdict.BROKEN).isPresent();
  }

  /** The problem, if no link shows it: then it is that of the statement which led here. */
  Optional<Problem> unshown() {
    return problem.filter(
        found -> links.stream().noneMatch(link -> link.problem().equals(problem)));
  }

  /** The repository at the end. */
  Optional<String> model() {
    return models.stream().reduce((nearer, further) -> further);
  }

  boolean isRevoked() {
    return problem.filter(found -> found.reason() == Reason.REVOKED).isPresent();
  }

  /** Of several ways the one of the lowest rank counts. */
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
