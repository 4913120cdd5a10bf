package dev.weighmaster.jobs.badge;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.jobs.page.Chip;
import dev.weighmaster.jobs.page.VisibleText;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The page that searches all badges, with its rows in scripts beside it: a page from a disk can
 * load those, and nothing else. Rows come sorted by repository; a script has so many of them that a
 * browser never waits long for one. For one thread.
 */
final class BadgeIndex {
  private static final int ROWS_IN_A_SCRIPT = 10_000;

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private final BadgeFolder folder;
  private final RunRow run;
  private final List<String> scripts = new ArrayList<>();
  private final Map<Verdict, Long> counts = new EnumMap<>(Verdict.class);

  private StringWriter text = new StringWriter();
  private JsonGenerator json;
  private Map<String, Integer> words = new LinkedHashMap<>();
  private String repository = "";
  private String revision = "";
  private int rows;

  BadgeIndex(BadgeFolder folder, RunRow run) {
    this.folder = folder;
    this.run = run;
    for (Verdict verdict : Verdict.values()) {
      counts.put(verdict, 0L);
    }
  }

  /** Adds a row, and writes a script when there are enough. */
  void add(AuditRow row, BadgePath path) throws IOException {
    counts.merge(row.verdict(), 1L, Long::sum);
    if (rows == 0) {
      begin();
    }
    if (rows == 0 || !repository.equals(row.repository()) || !revision.equals(row.revision())) {
      if (rows > 0) {
        endRepository();
      }
      repository = row.repository();
      revision = row.revision();
      json.writeStartArray();
      json.writeString(VisibleText.of(repository));
      json.writeString(VisibleText.of(revision));
      json.writeStartArray();
    }
    json.writeStartArray();
    json.writeString(VisibleText.of(row.quantization()));
    json.writeNumber(word(row.format()));
    json.writeNumber(word(row.method().orElse("")));
    json.writeNumber(word(Chip.of(row.verdict()).style()));
    json.writeNumber(word(row.reason().name()));
    json.writeNumber(word(row.verdict() == Verdict.VERIFIED ? row.sourceModel().orElse("") : ""));
    if (!path.value().equals(row.repository() + "/" + row.quantization())) {
      json.writeString(path.value());
    }
    json.writeEndArray();
    if (++rows == ROWS_IN_A_SCRIPT) {
      end();
    }
  }

  private int word(String text) {
    return words.computeIfAbsent(VisibleText.of(text), key -> words.size());
  }

  private void begin() throws IOException {
    text = new StringWriter();
    words = new LinkedHashMap<>();
    json = JSON.createGenerator(text);
    json.writeRaw("weighmaster(");
    json.writeStartArray();
  }

  private void endRepository() throws IOException {
    json.writeEndArray();
    json.writeEndArray();
  }

  private void end() throws IOException {
    endRepository();
    json.writeEndArray();
    json.writeRaw(",");
    // A root value of its own: a separator would come before it.
    json.flush();
    StringWriter list = new StringWriter();
    try (JsonGenerator array = JSON.createGenerator(list)) {
      array.writeStartArray();
      for (String word : words.keySet()) {
        array.writeString(word);
      }
      array.writeEndArray();
    }
    String path =
        BadgeFolder.OWN + "/" + BadgePath.segment(run.runId()) + "-" + scripts.size() + ".js";
    folder.write(path, text + list.toString() + ");\n");
    scripts.add(path);
    rows = 0;
  }

  /** Writes what is left, and the page, last: it never shows what is not there. */
  Map<Verdict, Long> finish() throws IOException {
    if (rows > 0) {
      end();
    }
    folder.write("index.html", IndexPage.of(run, counts, scripts).html());
    return counts;
  }
}
