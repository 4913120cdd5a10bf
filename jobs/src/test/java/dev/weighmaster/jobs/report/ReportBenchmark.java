package dev.weighmaster.jobs.report;

import dev.weighmaster.io.HadoopSettings;
import dev.weighmaster.jobs.PeakMemory;
import dev.weighmaster.jobs.badge.BadgeExport;
import dev.weighmaster.jobs.page.Browser;
import dev.weighmaster.jobs.report.ReportReader.Limits;
import dev.weighmaster.jobs.spark.SparkSessions;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.table.WrittenTable;
import dev.weighmaster.jobs.table.WrittenTable.RunOf;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/**
 * Prints what a report and badges over a large hub cost to make and to open. A fifth of the
 * quantizations is broken, half of those since the run before.
 *
 * <p>Report and index are opened in a fresh Chromium, and a word is typed into the search of each.
 * Spark has a heap of at most 2 GiB.
 *
 * <p>Arguments: an empty folder, and how many quantizations there are, in thousands.
 */
public final class ReportBenchmark {
  private static final int ROWS = 100;

  private ReportBenchmark() {}

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    int times = Integer.parseInt(args[1]) * 1000 / ROWS;
    try (SparkSession spark =
        SparkSessions.open("weighmaster benchmark", Optional.of("local[2]"))) {
      WrittenTable table = new WrittenTable(spark, folder.resolve("table"));
      rows(table.run("2026-11-21").times(times), 10).write();
      rows(table.run("2026-11-22").times(times), 20).write();
    }
    PeakMemory memory = new PeakMemory();
    long start = System.nanoTime();
    AuditTable audits =
        AuditTable.existing(
            folder.resolve("table").toString(), new HadoopSettings().configuration());
    ReportReader reader =
        ReportReader.open(audits, Optional.empty(), Optional.empty(), Limits.DEFAULT);
    List<Path> files = ReportFiles.write(reader.read(), reader, folder.resolve("out"));
    double seconds = (System.nanoTime() - start) / 1e9;
    long badges = System.nanoTime();
    AuditedRun run = AuditedRun.newest(audits, Optional.empty());
    Path index = new BadgeExport(run, folder.resolve("badges")).execute().index();
    double exported = (System.nanoTime() - badges) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "made in %.1f s; heap %d MiB after a collection, %d MiB before%n",
        seconds,
        memory.heapAfterCollection(),
        memory.heap());
    for (Path file : files) {
      System.out.printf(
          Locale.ROOT, "%-12s %8.1f MiB%n", file.getFileName(), Files.size(file) / 1048576.0);
    }
    open(files.get(0), "#broken .filter input[type=search]", "#broken output");
    System.out.printf(Locale.ROOT, "badges written in %.1f s%n", exported);
    open(index, "#words", "#status");
  }

  private static RunOf rows(RunOf run, int broken) {
    for (int i = 0; i < ROWS; i++) {
      run.quantization(
          "quants/model-" + i,
          "model-Q8_0.gguf",
          i < broken ? Reason.SOURCE_DIGEST_MISMATCH : i < 60 ? Reason.OK : Reason.NO_ATTESTATION);
    }
    return run;
  }

  private static void open(Path page, String input, String answer) {
    try (Browser browser = Browser.open()) {
      long start = System.nanoTime();
      browser.show(page);
      System.out.printf(Locale.ROOT, "opened in %.1f s%n", (System.nanoTime() - start) / 1e9);
      long search = System.nanoTime();
      browser.first(input).sendKeys("model-17");
      String shown = browser.first(answer).getText();
      System.out.printf(
          Locale.ROOT, "searched in %.1f s: %s%n", (System.nanoTime() - search) / 1e9, shown);
    }
  }
}
