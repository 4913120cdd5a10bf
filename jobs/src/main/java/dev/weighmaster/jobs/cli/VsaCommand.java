package dev.weighmaster.jobs.cli;

import dev.weighmaster.audit.RunRow;
import dev.weighmaster.jobs.evidence.RunSummaries;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.sign.StatementSigner;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weighmaster vsa}: an auditor's summaries, which others can rely on. */
@Command(
    name = "vsa",
    description = {
      "Signs a SLSA Verification Summary Attestation (VSA) for each VERIFIED quantization of a run, so"
          + " that others can rely on the audit without repeating it.",
      "Summaries are written to DIR/org/name/FILE.vsa.sigstore.json. The run is checked first, as 'table"
          + " verify' does, and each row against the digests of its files: if one does not match,"
          + " nothing is signed. 'weighmaster verify' checks a summary."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:signed, even if nothing is VERIFIED",
      "3:not all signed: the table is not consistent, or a file can't be written",
      "64:usage error"
    },
    footerHeading = SignerOption.ENVIRONMENT + HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster vsa --table /srv/audit --out summaries --key auditor.pem \\",
      "    --verifier-id https://audits.example/weighmaster",
      "  weighmaster vsa --table /srv/audit --out summaries --keyless --repository quants/base-7b-GGUF \\",
      "    --verifier-id https://audits.example/weighmaster"
    })
final class VsaCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private SignerOption by;

  @Mixin private ReadTableOption table;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description =
          "The folder to write to. It must be empty or not exist, so that no summary of an older run"
              + " stays in it.")
  private Path out;

  @Option(
      names = "--verifier-id",
      required = true,
      paramLabel = "URI",
      description = "Your URI as an auditor; a trust policy names it beside your signer.")
  private String verifierId;

  @Mixin private RunDateOption of;

  @Option(
      names = "--repository",
      paramLabel = "ORG/NAME",
      description = "Only the quantizations of this repository.")
  private Optional<String> repository;

  @Override
  public Integer call() throws IOException {
    mustBeUri();
    mustBeEmpty();
    StatementSigner signer = by.signer();
    AtomicReference<Sidecar> last = new AtomicReference<>();
    AuditedRun newest = AuditedRun.newest(table.existing(), of.date());
    RunRow run = newest.row();
    OutsideHub.check(run.hub(), "--out", out.toString());
    long count =
        new RunSummaries(newest, verifierId)
            .of(repository)
            .execute((row, statement) -> last.set(SummaryFile.write(out, row, signer, statement)));
    if (count == 0 && repository.isPresent()) {
      throw CommandFailure.error(
          "the run " + run.runId() + " has no VERIFIED quantization of " + repository.get());
    }
    print(run, count, Optional.ofNullable(last.get()));
    return 0;
  }

  private void mustBeUri() {
    try {
      if (new URI(verifierId).isAbsolute()) {
        return;
      }
    } catch (URISyntaxException e) {
      throw new ParameterException(
          spec.commandLine(), "--verifier-id is not a URI: " + e.getMessage(), e);
    }
    throw new ParameterException(
        spec.commandLine(), "--verifier-id must be a URI with its scheme, such as https://…");
  }

  private void mustBeEmpty() throws IOException {
    if (Files.isDirectory(out)) {
      try (Stream<Path> inside = Files.list(out)) {
        if (inside.findAny().isPresent()) {
          throw CommandFailure.error(out + " is not empty; name a new folder with --out");
        }
      }
    } else if (Files.exists(out)) {
      throw CommandFailure.error(out + " is not a folder");
    }
  }

  /** What {@code --json} prints, before who signed if anything was. */
  private record Shown(String run, long summaries, String verifier, String folder) {}

  private void print(RunRow run, long count, Optional<Sidecar> last) {
    PrintWriter print = spec.commandLine().getOut();
    json.print(
        print,
        () -> {
          Shown shown = new Shown(run.runId(), count, verifierId, out.toString());
          return last.map(by -> by.json(shown)).orElseGet(() -> RecordJson.tree(shown));
        },
        () -> {
          print.println(
              "signed "
                  + count
                  + (count == 1 ? " summary" : " summaries")
                  + " of the run "
                  + PlainText.line(run.runId()));
          last.ifPresent(by -> by.print(print));
          print.println("  verifier     " + PlainText.line(verifierId));
          print.println("  folder       " + PlainText.line(out.toString()));
        });
  }
}
