package dev.weighmaster.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditTableTest {
  private static final String HOSTILE =
      "<img src=x onerror=alert(1)>$x$ \u202Egpj.exe\u001B[31m & \"q\"";

  @TempDir private Path folder;
  private Path table;

  /** Two runs of two dates, and a third that was never published. */
  @BeforeEach
  void writeTable() throws Exception {
    // What DuckDB would take for wildcards or the end of a string.
    table = folder.resolve("it's [a] ta*ble?");
    write("runs", "first", "2026-11-21", "TIMESTAMPTZ '2026-11-22 09:00:00Z' AS finished_at");
    write("runs", "second", "2026-11-22", "TIMESTAMPTZ '2026-11-22 08:00:00Z' AS finished_at");
    for (String run : new String[] {"first", "second", "unpublished"}) {
      String date = run.equals("first") ? "2026-11-21" : "2026-11-22";
      write("audit", run, date, "'" + HOSTILE + "' AS repository, 7 AS bytes, NULL AS method");
    }
  }

  private void write(String dataSet, String run, String date, String columns) throws Exception {
    Path part = table.resolve(dataSet).resolve("audit_date=" + date).resolve("run_id=" + run);
    Files.createDirectories(part);
    try (Connection duckDb = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duckDb.createStatement()) {
      statement.execute(
          "COPY (SELECT '%s' AS run_id, DATE '%s' AS audit_date, %s) TO '%s' (FORMAT parquet)"
              .formatted(
                  run,
                  date,
                  columns,
                  part.resolve("part-0.parquet").toString().replace("'", "''")));
    }
  }

  @Test
  void showsWhatPublishedRunsHoldAndTheNewestDateAsLatest() throws Exception {
    try (AuditTable audit = AuditTable.open(table.toString())) {
      assertThat(audit.sql("SELECT run_id FROM audit ORDER BY run_id").strings("run_id"))
          .containsExactly("first", "second");
      assertThat(audit.sql("SELECT run_id FROM latest").strings("run_id"))
          .containsExactly("second");
    }
  }

  @Test
  void takesParametersAsValues() throws Exception {
    try (AuditTable audit = AuditTable.open(table.toString())) {
      assertThat(audit.sql("FROM latest WHERE repository = ?", HOSTILE).size()).isEqualTo(1);
      assertThat(audit.sql("FROM latest WHERE repository = ?", "' OR 1=1 --").size()).isZero();
    }
  }

  @Test
  void runsStatementsWithoutAnAnswer() throws Exception {
    try (AuditTable audit = AuditTable.open(table.toString())) {
      assertThat(audit.sql("CREATE TEMP TABLE mine AS FROM latest").size()).isZero();
      assertThat(audit.sql("FROM mine").size()).isEqualTo(1);
    }
  }

  @Test
  void showsHostileNamesAsText() throws Exception {
    try (AuditTable audit = AuditTable.open(table.toString())) {
      Rows rows = audit.sql("SELECT repository, bytes, method FROM latest");

      assertThat(rows.html())
          .contains("&lt;img src=x onerror=alert(1)&gt;")
          .contains("u{202E}gpj.exe")
          .contains("u{1B}[31m &amp; &quot;q&quot;")
          .contains("<td style=\"text-align: right\">7</td>")
          .doesNotContain("<img", "\u202E", "\u001B", "$");
      assertThat(rows.toString()).doesNotContain("\u202E", "\u001B");
      assertThat(rows.labels("repository").get(0))
          .hasSize(40)
          .endsWith("…")
          .doesNotContain("\u202E");
      assertThat(rows.strings("repository")).containsExactly(HOSTILE);
      assertThat(rows.strings("method")).containsExactly("");
      assertThat(rows.numbers("bytes")).containsExactly(7.0);
    }
  }

  @Test
  void saysHowManyRowsItLeavesOut() throws Exception {
    try (AuditTable audit = AuditTable.open(table.toString())) {
      Rows rows = audit.sql("SELECT range AS n FROM range(101)");

      assertThat(rows.html()).contains("<p>the first 100 of 101 rows</p>").doesNotContain(">100<");
      assertThat(rows.toString()).endsWith("the first 100 of 101 rows");
      assertThat(rows.numbers("n")).hasSize(101);
    }
  }

  @Test
  void namesAColumnThatIsNotThereOrIsNoNumber() throws SQLException {
    try (AuditTable audit = AuditTable.open(table.toString())) {
      Rows rows = audit.sql("SELECT run_id FROM latest");

      assertThatThrownBy(() -> rows.strings("runid")).hasMessage("no column runid among [run_id]");
      assertThatThrownBy(() -> rows.numbers("run_id"))
          .hasMessage("column run_id is no number, but String");
    }
  }

  @Test
  void saysWhatToDoWhereThereIsNoTable() {
    assertThatThrownBy(() -> AuditTable.open(folder.toString()))
        .hasMessage(folder + " is not an audit table: it has no folder 'runs'");
    assertThatThrownBy(() -> AuditTable.open("s3a://audits/table"))
        .hasMessageStartingWith("s3a://audits/table is not a local folder: copy the table to one");
  }
}
