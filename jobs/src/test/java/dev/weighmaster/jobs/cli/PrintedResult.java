package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.csv.CSVRecord;

/** A query's result in each of the formats. */
record PrintedResult(Map<ResultFormat, String> texts) {
  /** Runs a query, whose rows are printed in this format. */
  interface Query {
    SqlRows run(ResultFormat format) throws IOException;
  }

  /** Runs it twice: all formats but JSON print the same cells. */
  static PrintedResult of(Query query) throws IOException {
    Map<ResultFormat, String> texts = new EnumMap<>(ResultFormat.class);
    Kept cells = Kept.of(query.run(ResultFormat.CSV));
    Kept objects = Kept.of(query.run(ResultFormat.JSON));
    for (ResultFormat format : ResultFormat.values()) {
      StringWriter text = new StringWriter();
      try (SqlRows rows = (format == ResultFormat.JSON ? objects : cells).again()) {
        rows.print(format, new PrintWriter(text), Screen.NONE);
      }
      texts.put(format, text.toString());
    }
    return new PrintedResult(texts);
  }

  /** Rows that can be read more than once. */
  private record Kept(List<ResultWriter.Column> columns, List<List<Optional<String>>> rows) {
    static Kept of(SqlRows result) throws IOException {
      List<List<Optional<String>>> rows = new ArrayList<>();
      try (result) {
        for (var row = result.next(); row.isPresent(); row = result.next()) {
          rows.add(row.get());
        }
        return new Kept(result.columns(), rows);
      }
    }

    SqlRows again() {
      return new KeptRows(columns, rows.iterator());
    }
  }

  private record KeptRows(List<ResultWriter.Column> columns, Iterator<List<Optional<String>>> rows)
      implements SqlRows {
    @Override
    public Optional<List<Optional<String>>> next() {
      return rows.hasNext() ? Optional.of(rows.next()) : Optional.empty();
    }

    @Override
    public void close() {}
  }

  /** Asserts that none of the formats does harm or loses a row; gives the rows as objects. */
  JsonNode read() throws IOException {
    JsonNode rows = Harmless.json(texts.get(ResultFormat.JSON));
    List<CSVRecord> csv = Harmless.csv(texts.get(ResultFormat.CSV));
    List<List<String>> markdown = Harmless.markdown(texts.get(ResultFormat.MARKDOWN));

    assertThat(csv).hasSize(rows.size() + 1);
    assertThat(markdown).hasSize(rows.size() + 1);
    assertThat(markdown.get(0)).hasSize(csv.get(0).size() + 2);
    assertThat(tableLines()).isEqualTo(rows.size() + 1);
    for (int i = 0; i < rows.size(); i++) {
      for (int column = 0; column < csv.get(0).size(); column++) {
        assertSame(rows.get(i).get(csv.get(0).get(column)), csv.get(i + 1).get(column));
      }
    }
    return rows;
  }

  private static void assertSame(JsonNode value, String cell) throws IOException {
    if (value.isTextual()) {
      assertThat(cell).isEqualTo(Harmless.cell(value.textValue()));
    } else if (value.isContainerNode()) {
      // An apostrophe can stand in its texts; else it is the same value.
      assertThat(withoutApostrophes(Harmless.json(cell).toString()))
          .isEqualTo(withoutApostrophes(value.toString()));
    } else {
      assertThat(cell).isEqualTo(value.isNull() ? "" : value.asText());
    }
  }

  private static String withoutApostrophes(String json) {
    return json.replaceAll("(;[\\p{Zs}]*)'+", "$1");
  }

  /** Of the header and the rows; there are no others but the rules around them. */
  private long tableLines() {
    String table = Harmless.terminal(texts.get(ResultFormat.TABLE));
    assertThat(table.lines()).allMatch(line -> line.matches("[┌├└]─.*─[┐┤┘]|│ .* │"));
    return table.lines().filter(line -> line.startsWith("│")).count();
  }
}
