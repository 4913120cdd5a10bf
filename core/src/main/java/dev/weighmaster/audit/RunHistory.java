package dev.weighmaster.audit;

import dev.weighmaster.hub.HubIdentity;
import java.time.LocalDate;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;

/**
 * The runs of an audit table in their order, to choose one for reports, badges, SQL views, pruning,
 * and the audit itself.
 *
 * <p>The newest run is the one with the newest audit date; of several on one date, the last to
 * finish; of several that finished at once, the one with the greatest id. Only the audit uses
 * another order: it builds on the {@linkplain #lastToFinish last run to finish}. That run has read
 * the files last; one with a newer date, which may be wrong, could still hold a file for sound in
 * which a later run has found rot.
 *
 * @param newestFirst the runs, the newest first
 */
public record RunHistory(List<PublishedRun> newestFirst) {
  public RunHistory {
    newestFirst = List.copyOf(newestFirst);
  }

  /** The history of these runs, whatever order they come in. */
  public static RunHistory of(Collection<PublishedRun> runs) {
    return new RunHistory(runs.stream().sorted(PublishedRun.BY_DATE.reversed()).toList());
  }

  private RunHistory that(Predicate<PublishedRun> is) {
    return new RunHistory(newestFirst.stream().filter(is).toList());
  }

  /** The runs over one hub. */
  public RunHistory over(HubIdentity hub) {
    return that(run -> run.identity().equals(hub));
  }

  /** The runs that are filed under a date. */
  public RunHistory on(LocalDate date) {
    return that(run -> run.date().equals(date));
  }

  /** The runs that are filed under a date, or under an earlier one. */
  public RunHistory until(LocalDate date) {
    return that(run -> !run.date().isAfter(date));
  }

  /** The runs over the same hub that are older than this one. */
  public RunHistory before(PublishedRun run) {
    return over(run.identity()).that(other -> PublishedRun.BY_DATE.compare(other, run) < 0);
  }

  /** The newest run; empty where there is none. */
  public Optional<PublishedRun> newest() {
    return newestFirst.stream().findFirst();
  }

  /** The run that finished last; empty where there is none. */
  public Optional<PublishedRun> lastToFinish() {
    return newestFirst.stream().max(PublishedRun.BY_FINISH);
  }

  /** Of each hub the newest run and the last to finish: what must not be removed as old. */
  public Set<PublishedRun> current() {
    Map<HubIdentity, PublishedRun> newest = new HashMap<>();
    Map<HubIdentity, PublishedRun> last = new HashMap<>();
    for (PublishedRun run : newestFirst) {
      newest.merge(run.identity(), run, BinaryOperator.maxBy(PublishedRun.BY_DATE));
      last.merge(run.identity(), run, BinaryOperator.maxBy(PublishedRun.BY_FINISH));
    }
    Set<PublishedRun> current = new HashSet<>(newest.values());
    current.addAll(last.values());
    return current;
  }
}
