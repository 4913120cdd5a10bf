package dev.weighmaster.jobs.page;

import dev.weighmaster.jobs.text.PlainText;
import gg.jte.html.OwaspHtmlTemplateOutput;
import gg.jte.output.WriterOutput;
import java.io.Writer;

/** Writes values escaped for their place, and nothing of them invisible. */
public final class VisibleOutput extends OwaspHtmlTemplateOutput {
  public VisibleOutput(Writer page) {
    super(new WriterOutput(page));
  }

  @Override
  public void writeUserContent(String text) {
    super.writeUserContent(text == null ? null : PlainText.line(text));
  }
}
