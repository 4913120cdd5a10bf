package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.jobs.SparkSessions;
import dev.weighmaster.jobs.TableVerification;
import dev.weighmaster.jobs.TableVerification.Verification;
import dev.weighmaster.jobs.TableVerification.VerifiedRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weighmaster table verify}: checks a table against its own counts and digests. */
@Command(
    name = "verify",
    description = {
      "Checks each run in an audit table against its row in runs: every Parquet file by its bytes,"
          + " SHA-256 and rows, and the rows by the run's counts.",
      "It finds what was lost or damaged; whoever can write the whole table can also make it fit."
    },
    exitCodeListHeading = Main.EXIT_CODES,
    exitCodeList = {
      "0:every run is as it was written",
      "2:something does not match",
      "3:the table could not be checked, or not all of it",
      "64:the command line makes no sense"
    },
    footerHeading = Main.EXAMPLES,
    footer = {
      "  weighmaster table verify --table /srv/audit",
      "  weighmaster table verify --table /srv/audit --run 20261122T010000Z-1b2c3d4e --json"
    })
final class TableVerifyCommand implements Callable<Integer> {
  private static final int EXIT_MISMATCH = 2;

  @Spec private CommandSpec spec;
  @Mixin private TableOption table;
  @Mixin private MasterOption master;

  @Option(names = "--run", paramLabel = "ID", description = "Check this run alone.")
  private Optional<String> run;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Verification found;
    try (SparkSession spark = SparkSessions.open("weighmaster table verify", master.url())) {
      TableVerification verification = new TableVerification(spark, table.uri());
      run.ifPresent(verification::run);
      found = verification.execute();
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(found));
    } else {
      print(found, out);
    }
    out.flush();
    if (found.runs().stream().anyMatch(each -> !each.mismatches().isEmpty())) {
      return EXIT_MISMATCH;
    }
    return found.runs().stream().allMatch(each -> each.unreadable().isEmpty())
        ? 0
        : Main.EXIT_ERROR;
  }

  private static void print(Verification found, PrintWriter out) {
    long wrong = 0;
    for (VerifiedRun each : found.runs()) {
      boolean matches = each.mismatches().isEmpty() && each.unreadable().isEmpty();
      wrong += matches ? 0 : 1;
      out.println(
          "%s  %s  %d rows in %d files, %s"
              .formatted(
                  matches ? "✓" : "✗",
                  PlainText.line(each.id()),
                  each.rows(),
                  each.files(),
                  Sizes.bytes(each.bytes())));
      each.mismatches().forEach(line -> out.println("   " + PlainText.line(line)));
      each.unreadable().forEach(line -> out.println("   " + PlainText.line(line)));
    }
    for (String orphan : found.orphans()) {
      out.println(
          "?  "
              + PlainText.line(orphan)
              + " belongs to no run: one is being published, or was broken off");
    }
    out.println(
        "checked %d %s: %d %s as written"
            .formatted(
                found.runs().size(),
                found.runs().size() == 1 ? "run" : "runs",
                found.runs().size() - wrong,
                found.runs().size() - wrong == 1 ? "is" : "are"));
  }

  private static ObjectNode json(Verification found) {
    ObjectNode shown = JsonNodeFactory.instance.objectNode();
    ArrayNode runs = shown.putArray("runs");
    for (VerifiedRun each : found.runs()) {
      ObjectNode node =
          runs.addObject()
              .put("run_id", each.id())
              .put("files", each.files())
              .put("rows", each.rows())
              .put("bytes", each.bytes());
      each.mismatches().forEach(node.putArray("mismatches")::add);
      each.unreadable().forEach(node.putArray("unreadable")::add);
    }
    found.orphans().forEach(shown.putArray("orphans")::add);
    return shown;
  }
}
