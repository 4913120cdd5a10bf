package dev.weighmaster.jobs;

import dev.weighmaster.audit.RunRow;
import java.time.Duration;
import java.util.List;

/**
 * The result of an audit.
 *
 * @param run its row in the table
 * @param brokenSignatures model signatures that do not hold, the first few, a sentence each
 * @param otherSidecars files that have a sidecar's name, but are signatures of another kind or none
 *     at all, and were left alone
 */
public record AuditResult(RunRow run, List<String> brokenSignatures, long otherSidecars) {
  public AuditResult {
    brokenSignatures = List.copyOf(brokenSignatures);
  }

  /** From the first look at the hub until the rows were complete. */
  public Duration elapsed() {
    return Duration.between(run.startedAt(), run.finishedAt());
  }
}
