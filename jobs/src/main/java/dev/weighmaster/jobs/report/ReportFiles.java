package dev.weighmaster.jobs.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** The files of a report in their folder. */
public final class ReportFiles {
  private static final List<String> NAMES = List.of("report.html", "report.csv", "report.json");

  private ReportFiles() {}

  /**
   * Writes {@code report.html}, {@code report.csv} and {@code report.json}; each replaces an
   * earlier one when it is complete. The same rows make the same bytes.
   *
   * @param folder is made where it is missing
   * @return what was written, in this order
   * @throws IOException if it can't be, or rows are missing; then all files are as they were
   */
  public static List<Path> write(Report report, ReportReader rows, Path folder) throws IOException {
    Files.createDirectories(folder);
    // Its own: of two reports that are made at once, each file is of one of them.
    Path unfinished = Files.createTempDirectory(folder, ".report-");
    List<Path> parts = NAMES.stream().map(unfinished::resolve).toList();
    try {
      html(report, parts.get(0));
      csv(report, rows, parts.get(1));
      json(report, parts.get(2));
      List<Path> files = NAMES.stream().map(folder::resolve).toList();
      for (int i = 0; i < files.size(); i++) {
        Files.move(parts.get(i), files.get(i), StandardCopyOption.REPLACE_EXISTING);
      }
      return files;
    } finally {
      for (Path part : parts) {
        Files.deleteIfExists(part);
      }
      Files.delete(unfinished);
    }
  }

  private static void html(Report report, Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file, UTF_8)) {
      HtmlReport.write(report, out);
    }
  }

  private static void csv(Report report, ReportReader rows, Path file) throws IOException {
    long written;
    try (ComparedRows compared = rows.rows();
        BufferedWriter out = Files.newBufferedWriter(file, UTF_8)) {
      written = CsvReport.write(compared, out);
    }
    if (written != report.totals().total()) {
      throw new IOException(
          "the run has %d quantizations, and %d came to report.csv: make the report again"
              .formatted(report.totals().total(), written));
    }
  }

  private static void json(Report report, Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      JsonReport.write(report, out);
    }
  }
}
