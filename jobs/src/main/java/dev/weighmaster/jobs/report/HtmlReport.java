package dev.weighmaster.jobs.report;

import dev.weighmaster.jobs.page.PageAssets;
import dev.weighmaster.jobs.page.VisibleOutput;
import dev.weighmaster.jobs.page.report.JtereportGenerated;
import java.io.Writer;

/** Writes a report as one HTML file that needs nothing else, and may load nothing else. */
final class HtmlReport {
  private HtmlReport() {}

  static void write(Report report, Writer file) {
    PageAssets assets = PageAssets.of(HtmlReport.class, "report.css", "report.js");
    JtereportGenerated.render(new VisibleOutput(file), null, report, assets);
  }
}
