package dev.weighmaster.jobs.notebook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A notebook as it lies in a file. */
record NotebookFile(JsonNode json) {
  static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));

  static NotebookFile read(Path file) throws IOException {
    return new NotebookFile(new ObjectMapper().readTree(file.toFile()));
  }

  static List<Path> committed() throws IOException {
    try (Stream<Path> files = Files.list(ROOT.resolve("notebooks"))) {
      return files.filter(file -> file.toString().endsWith(".ipynb")).sorted().toList();
    }
  }

  List<JsonNode> cells() {
    return json.path("cells").valueStream().toList();
  }

  List<JsonNode> codeCells() {
    return cells().stream().filter(cell -> cell.path("cell_type").asText().equals("code")).toList();
  }

  List<JsonNode> outputs() {
    return codeCells().stream().flatMap(cell -> cell.path("outputs").valueStream()).toList();
  }

  /** All that the outputs hold of one MIME type. */
  List<String> shown(String mimeType) {
    return outputs().stream()
        .map(output -> output.path("data").path(mimeType))
        .filter(data -> !data.isMissingNode())
        .map(NotebookFile::text)
        .toList();
  }

  private static String text(JsonNode data) {
    return data.isArray()
        ? String.join("", data.valueStream().map(JsonNode::asText).toList())
        : data.asText();
  }
}
