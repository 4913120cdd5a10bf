package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.jobs.text.PlainText;
import java.io.PrintWriter;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** Whether a command's result is for a machine. */
final class JsonOption {
  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  /** Whether an object is asked for. */
  boolean isAsked() {
    return json;
  }

  /** Prints the object if it was asked for, else has the text printed; flushes. */
  void print(PrintWriter out, Supplier<ObjectNode> object, Runnable text) {
    if (json) {
      out.println(PlainText.json(object.get().toString()));
    } else {
      text.run();
    }
    out.flush();
  }
}
