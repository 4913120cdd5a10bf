package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.text.PlainText;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/** One JSON array, a line an object; the rows have one cell, which is the object. */
final class JsonWriter implements ResultWriter {
  private final PrintWriter out;
  private String before = "[\n";

  JsonWriter(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void row(List<Optional<String>> cells) {
    out.write(before);
    cells.get(0).map(PlainText::json).ifPresent(out::write);
    before = ",\n";
  }

  @Override
  public void end() {
    out.write(before.equals(",\n") ? "\n]\n" : "[]\n");
  }
}
