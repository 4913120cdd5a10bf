package dev.weighmaster.jobs;

import dev.weighmaster.audit.RunRow;
import java.time.Duration;
import java.util.List;

/**
 * What an audit came to.
 *
 * @param run its row in the table
 * @param brokenSignatures model signatures that do not hold, the first few, a sentence each
 */
public record AuditResult(RunRow run, List<String> brokenSignatures) {
  public AuditResult {
    brokenSignatures = List.copyOf(brokenSignatures);
  }

  /** From the first look at the hub until the rows were complete. */
  public Duration elapsed() {
    return Duration.between(run.startedAt(), run.finishedAt());
  }
}
