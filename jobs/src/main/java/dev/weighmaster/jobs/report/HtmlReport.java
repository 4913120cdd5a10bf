package dev.weighmaster.jobs.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.jobs.page.report.JtereportGenerated;
import dev.weighmaster.jobs.text.PlainText;
import gg.jte.html.OwaspHtmlTemplateOutput;
import gg.jte.output.WriterOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

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
      String style = resource("../page/style.css") + resource("report.css");
      String charts = resource("echarts.common.min.js");
      String script = resource("report.js");
      return new Assets(
          style,
          charts,
          script,
          "default-src 'none'; style-src %s; style-src-attr 'unsafe-inline'; script-src %s %s; base-uri 'none'; form-action 'none'"
              .formatted(digest(style), digest(charts), digest(script)));
    }

    private static String resource(String name) {
      try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
        return new String(in.readAllBytes(), UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static String digest(String text) {
      try {
        byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
        return "'sha256-" + Base64.getEncoder().encodeToString(sha256) + "'";
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
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
