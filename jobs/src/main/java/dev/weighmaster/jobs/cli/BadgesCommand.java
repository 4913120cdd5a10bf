package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.jobs.badge.BadgeExport;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code weighmaster badges}: what consumers see beside each quantization. */
@Command(
    name = "badges",
    description = {
      "Writes a badge for each quantization of the newest run in an audit table: an SVG, the JSON"
          + " of shields.io's endpoint badge, and a page that shows and explains its chain.",
      "DIR/index.html searches them all. A later run replaces what an earlier one wrote, and"
          + " removes the badges of quantizations that are gone; other files in DIR stay."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:every quantization of the run has its badge",
      "3:not all badges could be written",
      "64:usage error"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster badges --table /srv/audit --out /srv/www/badges",
      "  weighmaster badges --table /srv/audit --out badges --date 2026-11-22 --json"
    })
final class BadgesCommand implements Callable<Integer> {
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

  @Override
  public Integer call() throws IOException {
    BadgeExport.Written written = write();
    PrintWriter printed = spec.commandLine().getOut();
    json.print(printed, () -> json(written), () -> printed.println(line(written)));
    return 0;
  }

  private BadgeExport.Written write() throws IOException {
    try {
      AuditedRun run = AuditedRun.newest(table.existing(), of.date());
      OutsideHub.check(run.row().hub(), "--out", out.toString());
      BadgeExport export = new BadgeExport(run, out);
      return ProgressDisplay.drawsBars() ? withBar(export) : export.execute();
    } catch (FileSystemException e) {
      throw new IOException(
          "the badges can't be written to " + out + ": " + StorageFailure.reason(e), e);
    }
  }

  private static BadgeExport.Written withBar(BadgeExport export) throws IOException {
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName("badges")
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(250)
            .setConsumer(new ConsoleProgressBarConsumer(System.err))
            .build()) {
      return export
          .progress(
              (done, of) -> {
                bar.maxHint(of);
                bar.stepTo(done);
              })
          .execute();
    }
  }

  private static String line(BadgeExport.Written written) {
    return "wrote badges of %d %s: %d verified, %d unverified, %d broken, %d %s%s · %s"
        .formatted(
            written.quantizations(),
            written.quantizations() == 1 ? "quantization" : "quantizations",
            written.counts().get(Verdict.VERIFIED),
            written.counts().get(Verdict.UNVERIFIED),
            written.counts().get(Verdict.BROKEN),
            written.counts().get(Verdict.ERROR),
            written.counts().get(Verdict.ERROR) == 1 ? "error" : "errors",
            written.removed() == 0 ? "" : " · removed " + written.removed() + " old files",
            PlainText.line(written.index().toString()));
  }

  /** What {@code --json} prints. */
  private record Shown(
      String runId,
      String index,
      long quantizations,
      long verified,
      long unverified,
      long broken,
      long error,
      long removedFiles) {}

  private static ObjectNode json(BadgeExport.Written written) {
    return RecordJson.tree(
        new Shown(
            written.runId(),
            written.index().toString(),
            written.quantizations(),
            written.counts().get(Verdict.VERIFIED),
            written.counts().get(Verdict.UNVERIFIED),
            written.counts().get(Verdict.BROKEN),
            written.counts().get(Verdict.ERROR),
            written.removed()));
  }
}
