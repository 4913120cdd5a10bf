package dev.weighmaster.chain;

import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Finds out whose weights an embedded signature is of: it names no model, but the hub does. */
record OtherModels(Candidates candidates) {

  /**
   * What is wrong if one other model has all these weights, signed by a publisher of it and of the
   * model that is named; or if nobody can tell, because too many models have each of them.
   */
  Optional<Problem> problem(List<String> weights, String model) {
    List<SourceKey> crowded = new ArrayList<>();
    List<NavigableSet<String>> seen = new ArrayList<>();
    List<NavigableSet<String>> complete = new ArrayList<>();
    for (String digest : weights) {
      SourceKey key = new SourceKey.OfDigest(digest);
      NavigableSet<String> holders = holders(SourceQuery.signed(key, model, List.of()));
      seen.add(holders);
      if (holders.size() < ChainJudge.MAX_CANDIDATES) {
        complete.add(holders);
      } else {
        crowded.add(key);
      }
    }
    if (complete.isEmpty()) {
      return common(seen).map(other -> isOf(other, model)).or(() -> Optional.of(untold(model)));
    }
    return common(narrowed(complete, crowded, model)).map(other -> isOf(other, model));
  }

  /** Asks for what very many models have only in those that have all the rest. */
  private List<NavigableSet<String>> narrowed(
      List<NavigableSet<String>> complete, List<SourceKey> crowded, String model) {
    List<NavigableSet<String>> all = new ArrayList<>(complete);
    List<String> left = List.copyOf(intersection(complete));
    if (!left.isEmpty()) {
      crowded.forEach(key -> all.add(holders(SourceQuery.signed(key, model, left))));
    }
    return all;
  }

  private NavigableSet<String> holders(SourceQuery query) {
    return candidates.find(query).stream()
        .map(Source::repository)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Optional<String> common(List<NavigableSet<String>> sets) {
    return intersection(sets).stream().findFirst();
  }

  private static NavigableSet<String> intersection(List<NavigableSet<String>> sets) {
    NavigableSet<String> all = new TreeSet<>(sets.get(0));
    sets.forEach(all::retainAll);
    return all;
  }

  private static Problem isOf(String other, String model) {
    return new Problem(
        Reason.SOURCE_IDENTITY_MISMATCH,
        "the attestation names %s as the source, but the embedded signature is of the weights of %s"
            .formatted(Quoted.line(model), other));
  }

  private static Problem untold(String model) {
    return new Problem(
        Reason.UNSUPPORTED,
        "at least %d other models have each file of weights that the embedded signature of %s lists;"
                .formatted(ChainJudge.MAX_CANDIDATES, Quoted.line(model))
            + " no more are looked at, so one of them may have all");
  }
}
