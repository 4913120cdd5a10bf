package dev.weighmaster.jobs.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The notebooks as they are committed. */
class NotebookFileTest {
  static List<Path> notebooks() throws IOException {
    return NotebookFile.committed();
  }

  @Test
  void thereIsANotebookForEachPurpose() throws IOException {
    assertThat(notebooks())
        .extracting(file -> file.getFileName().toString())
        .containsExactly("broken-chain.ipynb", "first-look.ipynb", "trends.ipynb");
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void isCommittedWithoutWhatARunLeaves(Path file) throws IOException {
    NotebookFile notebook = NotebookFile.read(file);

    assertThat(notebook.codeCells())
        .isNotEmpty()
        .allSatisfy(
            cell -> {
              assertThat(cell.path("outputs").isArray()).isTrue();
              assertThat(cell.path("outputs")).isEmpty();
              assertThat(cell.path("execution_count").isNull()).isTrue();
              assertThat(cell.path("metadata")).isEmpty();
            });
  }

  @ParameterizedTest
  @MethodSource("notebooks")
  void isOfNotebookFormat45AndNamesTheKernel(Path file) throws IOException {
    NotebookFile notebook = NotebookFile.read(file);

    assertThat(notebook.json().path("nbformat").asInt()).isEqualTo(4);
    assertThat(notebook.json().path("nbformat_minor").asInt()).isEqualTo(5);
    assertThat(notebook.json().at("/metadata/kernelspec/name").asText()).isEqualTo("weighmaster");
    assertThat(notebook.cells())
        .extracting(cell -> cell.path("id").asText())
        .doesNotHaveDuplicates()
        .allMatch(id -> id.matches("[A-Za-z0-9_-]{1,64}"));
    assertThat(notebook.cells())
        .extracting(cell -> cell.path("cell_type").asText())
        .containsOnly("markdown", "code");
    assertThat(notebook.cells()).extracting(NotebookFileTest::kindOfSource).containsOnly("ARRAY");
  }

  private static String kindOfSource(JsonNode cell) {
    return cell.path("source").getNodeType().name();
  }
}
