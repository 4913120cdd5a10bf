package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.jobs.report.Report;
import dev.weighmaster.jobs.report.ReportFiles;
import dev.weighmaster.jobs.report.ReportReader;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.jobs.text.Sizes;
import dev.weighmaster.json.RecordJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weighmaster report}: what a run has found, for auditors. */
@Command(
    name = "report",
    description = {
      "Writes the compliance report of a run: report.html, one file that needs no network and"
          + " prints to PDF; report.csv with every quantization; report.json for machines.",
      "The same table always gives the same bytes."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:the report is written, whatever it says",
      "3:it could not be written",
      "64:usage error"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster report --table /srv/audit --out report",
      "  weighmaster report --table /srv/audit --out report --date 2026-11-22 --since 2026-10-31"
    })
final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ReadTableOption table;
  @Mixin private JsonOption json;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The folder to write to; created if it does not exist.")
  private Path out;

  @Mixin private RunDateOption of;

  @Option(
      names = "--since",
      paramLabel = "DATE",
      description =
          "Compare with the last run over the same hub until this date (default: the run before).")
  private Optional<LocalDate> since;

  @Override
  public Integer call() throws IOException {
    ReportReader reader =
        ReportReader.open(table.existing(), of.date(), since, ReportReader.Limits.DEFAULT);
    Report report = reader.read();
    OutsideHub.check(report.run().hub(), "--out", out.toString());
    List<Path> files = ReportFiles.write(report, reader, out);
    PrintWriter printer = spec.commandLine().getOut();
    String line = line(report, files);
    json.print(printer, () -> json(report, files), () -> printer.println(line));
    return 0;
  }

  private static String line(Report report, List<Path> files) throws IOException {
    List<String> written = new ArrayList<>();
    for (Path file : files) {
      written.add(file.getFileName() + " " + Sizes.bytes(Files.size(file)));
    }
    return PlainText.line(
        "report of %s over %s: %d quantizations, %d verified, %d unverified, %d broken%s, %d not audited · %s (%s)"
            .formatted(
                report.run().date(),
                report.run().hub(),
                report.totals().total(),
                report.totals().verified(),
                report.totals().unverified(),
                report.totals().broken(),
                report
                    .changes()
                    .map(changes -> " (" + changes.newlyBroken().total() + " newly)")
                    .orElse(""),
                report.totals().error(),
                files.get(0),
                String.join(", ", written)));
  }

  /** What {@code --json} prints. */
  private record Shown(
      String runId,
      LocalDate auditDate,
      String hub,
      long quantizations,
      long verified,
      long unverified,
      long broken,
      long errors,
      Optional<String> since,
      Optional<Long> newlyBroken,
      List<String> files) {}

  private static ObjectNode json(Report report, List<Path> files) {
    return RecordJson.tree(
        new Shown(
            report.run().id(),
            report.run().date(),
            report.run().hub(),
            report.totals().total(),
            report.totals().verified(),
            report.totals().unverified(),
            report.totals().broken(),
            report.totals().error(),
            report.changes().map(changes -> changes.since().id()),
            report.changes().map(changes -> changes.newlyBroken().total()),
            files.stream().map(Path::toString).toList()),
        RecordJson.Missing.NULL);
  }
}
