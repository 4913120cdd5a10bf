package dev.weighmaster.jobs.cli;

import dev.weighmaster.audit.RunRow;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.AuditResult;
import dev.weighmaster.jobs.SparkSessions;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.LocalDate;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weighmaster audit}: audits a whole hub. */
@Command(
    name = "audit",
    description = {
      "Audits a whole hub and adds a run to the audit table.",
      "Every file is hashed, every signature and attestation is verified, and every quantization's"
          + " chain is followed to its source."
    },
    footerHeading = "%nExit codes:%n",
    footer = {
      "  0   the run is in the table",
      "  2   it is, and quantizations have a verdict that --fail-on names",
      "  3   the audit could not be done",
      "  64  the command line or the policy makes no sense",
      "%nExample:%n  weighmaster audit --hub /srv/hub --table /srv/audit --policy policy.yaml"
    })
final class AuditCommand implements Callable<Integer> {
  private static final int EXIT_FAILED_ON = 2;

  @Spec private CommandSpec spec;
  @Mixin private PolicyOption policy;

  @Option(
      names = "--hub",
      required = true,
      paramLabel = "URI",
      description = "The hub's root: a folder, or a URI of any Hadoop file system.")
  private String hub;

  @Option(
      names = "--inventory",
      paramLabel = "URI",
      description =
          "Take the hub's files from this instead of listing it: the manifest.json of an S3"
              + " Inventory report (CSV or Parquet), the files of an earlier run"
              + " (TABLE/files/audit_date=DATE/run_id=RUN), or a list of paths, one a line.")
  private Optional<String> inventory;

  @Option(
      names = "--table",
      required = true,
      paramLabel = "URI",
      description = "The audit table's folder, made if it is missing.")
  private String table;

  @Option(
      names = "--attestations",
      paramLabel = "URI",
      description =
          "A folder of sidecars kept away from the weights: they are matched by digest with the"
              + " hub's files.")
  private Optional<String> attestations;

  @Option(
      names = "--date",
      paramLabel = "D",
      description = "File the run under this date (default: today, UTC).")
  private Optional<LocalDate> date;

  @Option(
      names = "--fail-on",
      split = ",",
      paramLabel = "VERDICT",
      description = "Exit with 2 if a quantization has one of these verdicts: broken,error, ...")
  private Set<Verdict> failOn = Set.of();

  @Option(names = "--master", paramLabel = "URL", description = "Spark's master.")
  private Optional<String> master;

  @Override
  public Integer call() throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    AuditResult result;
    try {
      Optional<PolicySource> source = policy.source();
      try (SparkSession spark = SparkSessions.open("weighmaster audit", master);
          ProgressDisplay progress = ProgressDisplay.on(err)) {
        AuditJob job = new AuditJob(spark, hub, table).progress(progress);
        source.ifPresent(job::policy);
        inventory.ifPresent(job::inventory);
        attestations.ifPresent(job::attestations);
        date.ifPresent(job::date);
        result = job.execute();
      }
    } catch (PolicyException e) {
      throw CommandFailure.usage(e.getMessage(), e);
    }
    if (result.run().repositories() == 0) {
      err.println(
          "weighmaster: there is no repository in the hub "
              + PlainText.line(hub)
              + ": files are looked for in org/name and models--org--name/snapshots/revision");
    }
    print(result, spec.commandLine().getOut());
    return failOn.stream().anyMatch(verdict -> count(result.run(), verdict) > 0)
        ? EXIT_FAILED_ON
        : 0;
  }

  static void print(AuditResult result, PrintWriter out) {
    RunRow run = result.run();
    if (run.signedModels() > 0) {
      out.println(
          run.signedModelsHolding()
              + " of "
              + run.signedModels()
              + " model signatures hold"
              + (result.brokenSignatures().isEmpty() ? "" : "; broken are"));
      result.brokenSignatures().forEach(line -> out.println("  " + PlainText.line(line)));
    }
    out.println(
        "audited "
            + run.quantizations()
            + (run.quantizations() == 1 ? " quantization: " : " quantizations: ")
            + run.verified()
            + " verified, "
            + run.unverified()
            + " unverified, "
            + run.broken()
            + " broken, "
            + run.errors()
            + (run.errors() == 1 ? " error · " : " errors · ")
            + Sizes.bytes(run.bytesRead())
            + " in "
            + Sizes.time(result.elapsed())
            + " ("
            + Sizes.rate(run.bytesRead(), result.elapsed())
            + ")");
    out.flush();
  }

  private static long count(RunRow run, Verdict verdict) {
    return switch (verdict) {
      case VERIFIED -> run.verified();
      case UNVERIFIED -> run.unverified();
      case BROKEN -> run.broken();
      case ERROR -> run.errors();
    };
  }
}
