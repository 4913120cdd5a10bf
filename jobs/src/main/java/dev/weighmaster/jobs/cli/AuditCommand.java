package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.audit.Scope;
import dev.weighmaster.audit.Scrub;
import dev.weighmaster.io.Storages;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.AuditResult;
import dev.weighmaster.jobs.spark.SparkSessions;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.jobs.text.Sizes;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:the run is in the table",
      "2:it is, and some verdict is one that --fail-on names",
      "3:the audit could not be done",
      "64:usage error, or an invalid policy"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster audit --hub /srv/hub --table /srv/audit --policy policy.yaml",
      "  weighmaster audit --hub s3a://models --table s3a://audits/table --policy policy.yaml \\",
      "    --scrub 1/30 --fail-on broken,error"
    })
final class AuditCommand implements Callable<Integer> {
  private static final int EXIT_FAILED_ON = 2;
  private static final int GONE_NAMED = 10;
  private static final int OUTSIDE_NAMED = 10;

  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private MasterOption master;
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
              + " (TABLE/files/audit_date=DATE/run_id=RUN), or a list of paths, one per line.")
  private Optional<String> inventory;

  @Option(
      names = "--table",
      required = true,
      paramLabel = "URI",
      description = "The audit table's folder; created if it does not exist.")
  private String table;

  @Option(
      names = "--attestations",
      paramLabel = "URI",
      description =
          "A folder of sidecars stored away from the weights: they are matched by digest with the"
              + " hub's files.")
  private Optional<String> attestations;

  @Option(
      names = "--date",
      paramLabel = "D",
      description = "File the run under this date (default: today, UTC).")
  private Optional<LocalDate> date;

  @Option(
      names = "--full",
      description =
          "Read every file, not only those that changed since the newest run over this hub.")
  private boolean full;

  @Option(
      names = "--scrub",
      paramLabel = "1/N",
      description =
          "Also read one part in N of the unchanged files, another part each day: 1/30 reads"
              + " everything in a month.")
  private Optional<String> scrub;

  @Option(
      names = "--fail-on",
      split = ",",
      paramLabel = "VERDICT",
      description = "Exit with 2 if a quantization has one of these verdicts: broken,error, ...")
  private Set<Verdict> failOn = Set.of();

  @Override
  public Integer call() throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    Scope scope = scope();
    AuditResult result;
    try {
      Optional<PolicySource> source = policy.source();
      OutsideHub.check(hub, "--table", table);
      String absolute = Storages.absolute(hub);
      AuditJob.checkLocal(absolute, inventory, attestations, table);
      ProgressDisplay.say(err, "starting Spark");
      try (SparkSession spark = SparkSessions.open("weighmaster audit", master.url());
          ProgressDisplay progress = ProgressDisplay.on(err)) {
        AuditJob job = new AuditJob(spark, absolute, table).progress(progress);
        source.ifPresent(job::policy);
        inventory.ifPresent(job::inventory);
        attestations.ifPresent(job::attestations);
        date.ifPresent(job::date);
        job.scope(scope);
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
    PrintWriter out = spec.commandLine().getOut();
    AuditResult audited = result;
    json.print(
        out, () -> json(audited), () -> print(audited, out, Screen.standard(System.getenv())));
    return failOn.stream().anyMatch(verdict -> count(result.run(), verdict) > 0)
        ? EXIT_FAILED_ON
        : 0;
  }

  private Scope scope() {
    try {
      Scope unlessFull = scrub.isPresent() ? Scrub.parse(scrub.get()) : Scope.CHANGED;
      return full ? Scope.FULL : unlessFull;
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage("--scrub: " + e.getMessage(), e);
    }
  }

  static void print(AuditResult result, PrintWriter out, Screen screen) {
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
    if (result.otherSidecars() > 0) {
      out.println(
          result.otherSidecars()
              + (result.otherSidecars() == 1
                  ? " file with a signature's name is no bundle or statement, and was left alone"
                  : " files with a signature's name are no bundles or statements, and were left"
                      + " alone"));
    }
    if (run.filesCarriedOver() > 0) {
      out.println(
          run.filesCarriedOver()
              + " of "
              + run.files()
              + " files have not changed and were not read again ("
              + run.scope()
              + ")");
    }
    if (run.filesRotten() > 0) {
      out.println(
          run.filesRotten()
              + " files have other bytes than their storage says: see 'earlier_sha256' and 'error'"
              + " in the table's files");
    }
    if (run.repositoriesGone() > 0) {
      out.println(
          run.repositoriesGone()
              + " repositories are gone since the run "
              + run.earlierRun().orElseThrow()
              + ": "
              + PlainText.line(
                  run.gone().stream().limit(GONE_NAMED).collect(Collectors.joining(", ")))
              + (run.repositoriesGone() > GONE_NAMED ? ", ..." : ""));
    }
    printOutside(run, out);
    out.println(
        "audited "
            + run.quantizations()
            + (run.quantizations() == 1 ? " quantization: " : " quantizations: ")
            + counted(screen, Verdict.VERIFIED, run.verified(), " verified")
            + ", "
            + counted(screen, Verdict.UNVERIFIED, run.unverified(), " unverified")
            + ", "
            + counted(screen, Verdict.BROKEN, run.broken(), " broken")
            + ", "
            + counted(screen, Verdict.ERROR, run.errors(), run.errors() == 1 ? " error" : " errors")
            + " · "
            + Sizes.bytes(run.bytesRead())
            + " in "
            + Sizes.time(result.elapsed())
            + " ("
            + Sizes.rate(run.bytesRead(), result.elapsed())
            + ")");
    out.flush();
  }

  private static void printOutside(RunRow run, PrintWriter out) {
    long count = run.filesOutside().orElse(0L);
    if (count > 0) {
      out.println(
          count
              + (count == 1 ? " file lies" : " files lie")
              + " in no repository and "
              + (count == 1 ? "was" : "were")
              + " not audited: "
              + PlainText.line(
                  run.outside().orElse(List.of()).stream()
                      .limit(OUTSIDE_NAMED)
                      .collect(Collectors.joining(", ")))
              + (count > OUTSIDE_NAMED ? ", ..." : ""));
    }
  }

  private static String counted(Screen screen, Verdict verdict, long count, String word) {
    return count == 0 ? count + word : screen.colored(verdict, count + word);
  }

  /** What {@code --json} prints. */
  private record Shown(
      String runId,
      LocalDate auditDate,
      String hub,
      String scope,
      long repositories,
      long quantizations,
      long verified,
      long unverified,
      long broken,
      long errors,
      long signedModels,
      long signedModelsHolding,
      long files,
      long bytes,
      long filesRead,
      long filesCarriedOver,
      long filesFailed,
      long filesRotten,
      long bytesRead,
      long repositoriesGone,
      long otherSidecars,
      long filesOutside,
      long elapsedMillis,
      Optional<String> earlierRun,
      List<String> gone,
      List<String> outside,
      List<String> brokenSignatures) {}

  static ObjectNode json(AuditResult result) {
    RunRow run = result.run();
    return RecordJson.tree(
        new Shown(
            run.runId(),
            run.auditDate(),
            run.hub(),
            run.scope(),
            run.repositories(),
            run.quantizations(),
            run.verified(),
            run.unverified(),
            run.broken(),
            run.errors(),
            run.signedModels(),
            run.signedModelsHolding(),
            run.files(),
            run.bytes(),
            run.filesRead(),
            run.filesCarriedOver(),
            run.filesFailed(),
            run.filesRotten(),
            run.bytesRead(),
            run.repositoriesGone(),
            result.otherSidecars(),
            run.filesOutside().orElse(0L),
            result.elapsed().toMillis(),
            run.earlierRun(),
            run.gone(),
            run.outside().orElse(List.of()),
            result.brokenSignatures()));
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
