package dev.weighmaster.jobs.stage;

import dev.weighmaster.audit.Run;
import dev.weighmaster.audit.Scope;
import dev.weighmaster.jobs.spark.ExecutorPolicy;
import dev.weighmaster.jobs.spark.Kept;
import dev.weighmaster.jobs.table.EarlierRun;
import java.time.Clock;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * What all stages of one audit share. It stays in the driver's process: a stage takes out of it
 * what its tasks need.
 *
 * @param policy that everything is verified and judged by
 * @param earlier the run that this one builds on; empty where there is none
 * @param scope which files are read beside those that have changed since then
 * @param journal takes each digest down as soon as it is there
 * @param kept what stages keep until the run is over
 * @param clock of the driver and of every executor; serializable
 */
public record RunContext(
    JavaSparkContext spark,
    Run run,
    Broadcast<ExecutorPolicy> policy,
    Optional<EarlierRun> earlier,
    Scope scope,
    DigestJournal journal,
    DigestProgress progress,
    Kept kept,
    Clock clock) {

  /** The hub's root as the user wrote it. */
  public String hub() {
    return run.hub();
  }

  /** What Spark's pages and logs call the work that follows. */
  public void describe(String work) {
    spark.sc().setJobDescription(work);
  }
}
