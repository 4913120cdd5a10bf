package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.evidence.RunSigning;
import dev.weighmaster.jobs.evidence.RunSigning.SignedRun;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.sign.StatementSigner;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weighmaster table sign}: an auditor's signature over a run. */
@Command(
    name = "sign",
    description = {
      "Signs a run of an audit table: an OpenSSF Model Signing (OMS 1.0) signature over the digest of"
          + " each of its Parquet files, including its row in runs.",
      "The run is checked first, as 'table verify' does, and signed only if it is as it was written. The"
          + " signature is written to _signatures/RUN.sig in the table, and replaces one that is there."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:signed",
      "3:the run could not be signed, or is not as it was written",
      "64:usage error"
    },
    footerHeading = SignerOption.ENVIRONMENT + HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster table sign --table /srv/audit --key auditor.pem",
      "Whoever reads the table names the public half as an auditor in a trust policy:",
      "  weighmaster table verify --table /srv/audit --policy policy.yaml"
    })
final class TableSignCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private SignerOption by;

  @Mixin private ReadTableOption table;

  @Option(
      names = "--run",
      paramLabel = "ID",
      description = "Sign this run (default: the newest one).")
  private Optional<String> run;

  @Override
  public Integer call() throws IOException {
    StatementSigner signer = by.signer();
    AtomicReference<Sidecar> made = new AtomicReference<>();
    AuditTable audits = table.existing();
    String id =
        run.isPresent() ? run.get() : AuditedRun.newest(audits, Optional.empty()).row().runId();
    SignedRun signed =
        new RunSigning(audits)
            .execute(
                id,
                statement -> {
                  Sidecar.Bundle bundle = Sidecar.sign("the run " + id, signer, statement);
                  made.set(bundle.by());
                  return bundle.bytes();
                });
    PrintWriter out = spec.commandLine().getOut();
    json.print(
        out,
        () ->
            made.get()
                .json(new Shown(signed.run(), signed.files(), signed.rootDigest(), signed.path())),
        () -> {
          out.println(
              "signed the run " + PlainText.line(signed.run()) + ", " + signed.files() + " files");
          out.println("  root digest  sha256:" + signed.rootDigest());
          made.get().print(out);
          out.println("  signature    " + PlainText.line(signed.path()));
        });
    return 0;
  }

  /** What {@code --json} prints, before who signed. */
  private record Shown(String run, long files, String rootDigest, String signature) {}
}
