package dev.weighmaster.audit;

import dev.weighmaster.hub.HubIdentity;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Comparator;

/**
 * A run that is visible in an audit table: one that has its row in {@code runs}, which is written
 * last and removed first. This is as much of the row as it takes to choose among runs, see {@link
 * RunHistory}.
 *
 * @param date that the run is filed under, which need not be the day on which it ran
 * @param hub the hub's address as the audit was given it
 * @param startedAt before the run looked at any file
 * @param finishedAt when the run's rows were complete
 */
public record PublishedRun(
    String id, LocalDate date, String hub, Instant startedAt, Instant finishedAt) {
  /** By the date that people ask for; of several runs of one date the last to finish is last. */
  static final Comparator<PublishedRun> BY_DATE =
      Comparator.comparing(PublishedRun::date)
          .thenComparing(PublishedRun::finishedAt)
          .thenComparing(PublishedRun::id);

  /** By the time at which files were read, whatever date the run is filed under. */
  static final Comparator<PublishedRun> BY_FINISH =
      Comparator.comparing(PublishedRun::finishedAt).thenComparing(PublishedRun::id);

  /** The run of a row of {@code runs}. */
  public static PublishedRun of(RunRow row) {
    return new PublishedRun(
        row.runId(), row.auditDate(), row.hub(), row.startedAt(), row.finishedAt());
  }

  /** The hub that the run is a part of the history of. */
  public HubIdentity identity() {
    return HubIdentity.of(hub);
  }
}
