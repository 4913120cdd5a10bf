package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.jobs.RunSignature;
import dev.weighmaster.jobs.RunSignature.State;
import dev.weighmaster.jobs.SparkSessions;
import dev.weighmaster.jobs.TableVerification;
import dev.weighmaster.jobs.TableVerification.Verification;
import dev.weighmaster.jobs.TableVerification.VerifiedRun;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.jobs.text.Sizes;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.TrustPolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
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
      "It finds what was lost or damaged; whoever can write the whole table can also make it fit,"
          + " but for a run that an auditor has signed ('table sign'): --policy names the auditors."
    },
    exitCodeListHeading = Main.EXIT_CODES,
    exitCodeList = {
      "0:every run is as it was written",
      "2:something does not match, or a run's signature is broken",
      "3:the table could not be checked, or not all of it",
      "64:the command line makes no sense"
    },
    footerHeading = Main.EXAMPLES,
    footer = {
      "  weighmaster table verify --table /srv/audit",
      "  weighmaster table verify --table /srv/audit --run 20261122T010000Z-1b2c3d4e --json",
      "  weighmaster table verify --table /srv/audit --policy policy.yaml --require-signature"
    })
final class TableVerifyCommand implements Callable<Integer> {
  private static final int EXIT_MISMATCH = 2;

  @Spec private CommandSpec spec;
  @Mixin private TableOption table;
  @Mixin private MasterOption master;

  @Option(names = "--run", paramLabel = "ID", description = "Check this run alone.")
  private Optional<String> run;

  @Mixin private PolicyOption policy;

  @Option(
      names = "--require-signature",
      description = "A run that no auditor of the policy has signed does not match either.")
  private boolean requireSignature;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    TrustPolicy auditors;
    try {
      auditors = policy.policy();
    } catch (PolicyException e) {
      throw CommandFailure.usage(e.getMessage(), e);
    }
    Verification found;
    try (SparkSession spark = SparkSessions.open("weighmaster table verify", master.url())) {
      TableVerification verification = new TableVerification(spark, table.uri()).policy(auditors);
      run.ifPresent(verification::run);
      found = verification.execute();
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(PlainText.json(json(found).toString()));
    } else {
      print(found, out);
    }
    out.flush();
    if (found.runs().stream().anyMatch(this::isWrong)) {
      return EXIT_MISMATCH;
    }
    return found.runs().stream().allMatch(TableVerifyCommand::isKnown) ? 0 : Main.EXIT_ERROR;
  }

  private boolean isWrong(VerifiedRun run) {
    return !run.mismatches().isEmpty() || !isSigned(run.signature());
  }

  private boolean isSigned(RunSignature signature) {
    return switch (signature.state()) {
      case TRUSTED -> true;
      case BROKEN -> false;
      case NOT_TRUSTED, UNSIGNED -> !requireSignature;
      // Not known to be wrong, but not known to be right either.
      case UNKNOWN -> true;
    };
  }

  private static boolean isKnown(VerifiedRun run) {
    return run.unreadable().isEmpty() && run.signature().state() != State.UNKNOWN;
  }

  private void print(Verification found, PrintWriter out) {
    long wrong = 0;
    for (VerifiedRun each : found.runs()) {
      boolean matches = !isWrong(each) && isKnown(each);
      wrong += matches ? 0 : 1;
      out.println(
          "%s  %s  %d rows in %d files, %s"
              .formatted(
                  matches ? "✓" : "✗",
                  PlainText.line(each.id()),
                  each.rows(),
                  each.files(),
                  Sizes.bytes(each.bytes())));
      out.println("   " + PlainText.line(each.signature().detail()));
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
      ObjectNode signature = node.putObject("signature");
      signature.put("state", each.signature().state().name().toLowerCase(Locale.ROOT));
      each.signature()
          .signer()
          .ifPresent(
              signer -> signature.put("signer", signer.identity()).put("issuer", signer.issuer()));
      signature.put("detail", each.signature().detail());
      each.mismatches().forEach(node.putArray("mismatches")::add);
      each.unreadable().forEach(node.putArray("unreadable")::add);
    }
    found.orphans().forEach(shown.putArray("orphans")::add);
    return shown;
  }
}
