package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.evidence.ModelBom;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weighmaster bom}: a repository's bill of materials. */
@Command(
    name = "bom",
    description = {
      "Writes the CycloneDX 1.6 ML-BOM of a repository, in JSON: its quantizations with the digests of"
          + " their files, the models that they were made from, their attestations by digest, and what"
          + " the audit found.",
      "The run is checked first, as 'table verify' does."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:written",
      "3:the run is not as it was written, or does not have the repository",
      "64:usage error"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster bom --table /srv/audit --repository quants/base-7b-GGUF --out bom.cdx.json"
    })
final class BomCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ReadTableOption table;

  @Option(
      names = "--repository",
      required = true,
      paramLabel = "ORG/NAME",
      description = "The repository.")
  private String repository;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where it is written (default: standard output).")
  private Optional<Path> out;

  @Mixin private RunDateOption of;

  @Override
  public Integer call() throws IOException {
    String bom = ModelBom.of(table.existing(), of.date(), repository);
    if (out.isPresent()) {
      Files.writeString(out.get(), bom + "\n");
    } else {
      PrintWriter print = spec.commandLine().getOut();
      print.println(bom);
      print.flush();
    }
    return 0;
  }
}
