package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.table.TableVerification;
import dev.weighmaster.jobs.table.TableVerification.Verification;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.TrustPolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
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
      "It finds loss and damage. Whoever can write the whole table can make it consistent, except for"
          + " a run that an auditor has signed ('table sign'): --policy names the auditors."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:every run is as it was written",
      "2:a run is damaged, its signature is broken, or it lacks a required signature",
      "3:not all of the table could be checked",
      "64:usage error"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster table verify --table /srv/audit",
      "  weighmaster table verify --table /srv/audit --run 20261122T010000Z-1b2c3d4e --json",
      "  weighmaster table verify --table /srv/audit --policy policy.yaml --require-signature"
    })
final class TableVerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ReadTableOption table;

  @Option(names = "--run", paramLabel = "ID", description = "Check only this run.")
  private Optional<String> run;

  @Mixin private PolicyOption policy;

  @Option(
      names = "--require-signature",
      description =
          "A run that no auditor of the policy has signed fails too. It is counted apart from"
              + " damaged runs.")
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
    TableVerification verification = new TableVerification(table.existing()).policy(auditors);
    run.ifPresent(verification::run);
    Verification found = verification.execute();
    var findings = new TableFindings(found, requireSignature);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(PlainText.json(findings.toJson().toString()));
    } else {
      findings.print(out);
    }
    out.flush();
    return findings.exitCode();
  }
}
