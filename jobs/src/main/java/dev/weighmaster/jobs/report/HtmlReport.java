package dev.weighmaster.jobs.report;

import dev.weighmaster.jobs.page.PageAsset;
import dev.weighmaster.jobs.page.report.JtereportGenerated;
import dev.weighmaster.jobs.text.PlainText;
import gg.jte.html.OwaspHtmlTemplateOutput;
import gg.jte.output.WriterOutput;
import java.io.Writer;

/** Writes a report as one HTML file that needs nothing else, and may load nothing else. */
public final class HtmlReport {
  private HtmlReport() {}

  /**
   * The parts of the page that are the same for every report.
   *
   * @param policy the page's content security policy: these texts by their digests, and nothing
   */
  public record Assets(String style, String charts, String script, String policy) {
    static Assets read() {
      PageAsset style = PageAsset.of("style.css").and(PageAsset.of(HtmlReport.class, "report.css"));
      PageAsset charts = PageAsset.of(HtmlReport.class, "echarts.common.min.js");
      PageAsset script = PageAsset.of(HtmlReport.class, "report.js");
      return new Assets(
          style.text(),
          charts.text(),
          script.text(),
          "default-src 'none'; style-src %s; style-src-attr 'unsafe-inline'; script-src %s %s; base-uri 'none'; form-action 'none'"
              .formatted(style.hash(), charts.hash(), script.hash()));
    }
  }

  static void write(Report report, Writer file) {
    JtereportGenerated.render(new VisibleOutput(file), null, report, Assets.read());
  }

  /** Writes values escaped for their place, and nothing of them invisible. */
  private static final class VisibleOutput extends OwaspHtmlTemplateOutput {
    VisibleOutput(Writer file) {
      super(new WriterOutput(file));
    }

    @Override
    public void writeUserContent(String text) {
      super.writeUserContent(text == null ? null : PlainText.line(text));
    }
  }
}
