package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.SparkTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditViewsTest {
  private static final SparkSession SPARK = TestSpark.session();

  private static final String FINISHED =
      "'/hub' AS hub, timestamp '2026-11-20' AS started_at, timestamp '%s 05:00:00' AS finished_at";

  @TempDir private static Path table;

  @BeforeAll
  static void writeTwoRunsAndOneThatHasNotFinished() {
    write(table, "audit", "2026-11-21", "7", "'acme/a' AS repository");
    write(table, "audit", "2026-11-22", "8", "'acme/b' AS repository");
    write(table, "audit", "2026-11-22", "9", "'acme/c' AS repository");
    write(table, "runs", "2026-11-21", "7", FINISHED.formatted("2026-11-23"));
    write(table, "runs", "2026-11-22", "8", FINISHED.formatted("2026-11-22"));
  }

  @Test
  void aRunIsNotSeenBeforeItHasItsRowInRuns() throws IOException {
    assertAnswer(table, "SELECT repository FROM audit ORDER BY 1", "acme/a", "acme/b");
  }

  @Test
  void latestIsTheRunOfTheNewestDateEvenWhereAnOlderDateWasAuditedAfterIt() throws IOException {
    assertAnswer(table, "SELECT repository FROM latest", "acme/b");
  }

  @Test
  void ofTwoRunsThatFinishedAtOnceLatestIsTheOneOfTheGreaterId(@TempDir Path other)
      throws IOException {
    for (String run : List.of("b", "c", "a")) {
      write(other, "audit", "2026-11-22", run, "'acme/%s' AS repository".formatted(run));
      write(other, "runs", "2026-11-22", run, FINISHED.formatted("2026-11-22"));
    }

    assertAnswer(other, "SELECT repository FROM latest", "acme/c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"night?", "night*", "night[12]", "night{1,2}", "it's"})
  void aTableIsReadByItsExactNameWhateverPatternTheNameMakes(String name, @TempDir Path tables)
      throws IOException {
    for (String each : List.of(name, "night1")) {
      write(
          tables.resolve(each),
          "audit",
          "2026-11-22",
          "1",
          "'%s' AS repository".formatted("of " + each.replace("'", "")));
      write(tables.resolve(each), "runs", "2026-11-22", "1", FINISHED.formatted("2026-11-22"));
    }

    assertAnswer(
        tables.resolve(name), "SELECT repository FROM latest", "of " + name.replace("'", ""));
  }

  @Test
  void aViewHasTheColumnsOfThisVersionWhateverVersionWroteTheFiles() throws IOException {
    AuditViews.create(SPARK, table.toString());

    List<String> columns = List.of(SparkTable.schema(AuditTable.AUDIT).fieldNames());
    assertThat(List.of(SPARK.table("audit").schema().fieldNames())).isEqualTo(columns);
    try (SqlEngine duckDb = duckDb(table)) {
      assertThat(duckDb.views().get("audit")).isEqualTo(columns);
      assertThat(duckDb.views()).containsOnlyKeys("audit", "latest", "runs");
      assertThat(cells(duckDb, "SELECT DISTINCT typeof(run_id) || typeof(audit_date) FROM audit"))
          .containsExactly("VARCHARDATE");
    }
    assertThat(strings("SELECT DISTINCT typeof(run_id) || typeof(audit_date) FROM audit"))
        .containsExactly("stringdate");
    assertAnswer(table, "SELECT verdict FROM latest", "null");
    assertAnswer(table, "SELECT chain FROM latest", "null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"audit", "files", "attestations", "runs"})
  void aViewHasTheSameTypesInBothEngines(String view, @TempDir Path empty) throws IOException {
    Files.createDirectory(empty.resolve("runs"));
    Files.createDirectories(empty.resolve(view));
    try (SqlEngine duckDb = duckDb(empty)) {
      assertThat(
              cells(
                  duckDb,
                  "SELECT replace(column_type, '\"', '') FROM (DESCRIBE %s)".formatted(view)))
          .isEqualTo(
              Stream.of(SparkTable.schema(view).fields())
                  .map(field -> inDuckDb(field.dataType()))
                  .toList());
      assertThat(cells(duckDb, "SELECT * FROM " + view)).isEmpty();
    }
  }

  private static String inDuckDb(DataType type) {
    if (type instanceof ArrayType array) {
      return inDuckDb(array.elementType()) + "[]";
    }
    if (type instanceof StructType struct) {
      return Stream.of(struct.fields())
          .map(field -> field.name() + " " + inDuckDb(field.dataType()))
          .collect(Collectors.joining(", ", "STRUCT(", ")"));
    }
    return switch (type.typeName()) {
      case "string" -> "VARCHAR";
      case "long" -> "BIGINT";
      case "timestamp" -> "TIMESTAMP WITH TIME ZONE";
      default -> type.typeName().toUpperCase(Locale.ROOT);
    };
  }

  @Test
  void aFilterOnTheDateReadsOnlyThatDatesFolders() throws IOException {
    AuditViews.create(SPARK, table.toString());

    assertThat(
            SPARK
                .sql("SELECT * FROM audit WHERE audit_date = DATE '2026-11-21'")
                .queryExecution()
                .executedPlan()
                .toString())
        .contains("PartitionFilters: [isnotnull(audit_date");
  }

  @Test
  void aFolderThatNoRunHasWrittenHasNoView() throws IOException {
    AuditViews.create(SPARK, table.toString());

    assertThat(SPARK.catalog().tableExists("attestations")).isFalse();
  }

  @Test
  void aFolderThatIsNoAuditTableIsNamed() {
    Path elsewhere = table.resolve("elsewhere");

    assertThatThrownBy(() -> AuditViews.create(SPARK, elsewhere.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("no audit table at " + elsewhere);
    assertThatThrownBy(() -> duckDb(elsewhere))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("no audit table at " + elsewhere);
  }

  @Test
  void aTableMayLieInAFolderOfAnyName(@TempDir Path folder) throws IOException {
    Path odd = folder.resolve("it's [a] *?{b}");
    write(odd, "audit", "2026-11-22", "8", "'acme/b' AS repository");
    write(odd, "runs", "2026-11-22", "8", FINISHED.formatted("2026-11-22"));

    try (SqlEngine duckDb = duckDb(odd)) {
      assertThat(cells(duckDb, "SELECT repository FROM latest")).containsExactly("acme/b");
    }
  }

  @Test
  void theStatementsOfTheDocumentMakeTheSameViewsInAnyDuckDb(@TempDir Path whole) throws Exception {
    for (String run : List.of("1", "2", "3")) {
      for (String folder : List.of("audit", "files", "attestations")) {
        write(
            whole,
            folder,
            "2026-11-2" + run,
            run,
            "'acme/%s' AS repository, 'BROKEN' AS verdict, 'R' AS reason, 'd' AS detail, array(1) AS chain"
                .formatted(run));
      }
    }
    write(whole, "runs", "2026-11-21", "1", FINISHED.formatted("2026-11-23"));
    write(whole, "runs", "2026-11-22", "2", FINISHED.formatted("2026-11-22"));
    Files.writeString(whole.resolve("audit/audit_date=2026-11-21/run_id=1/_x.parquet"), "half");

    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement();
        SqlEngine duckDb = duckDb(whole)) {
      for (String documented : documented()) {
        statement.execute(documented.replace("/srv/audit", whole.toString()));
      }
      for (String view : List.of("audit", "files", "attestations", "latest")) {
        String query =
            "SELECT run_id || audit_date%s FROM %s ORDER BY 1"
                .formatted(view.equals("files") ? "" : " || verdict", view);
        List<String> rows = new ArrayList<>();
        try (ResultSet result = statement.executeQuery(query)) {
          while (result.next()) {
            rows.add(result.getString(1));
          }
        }
        assertThat(rows).isNotEmpty().isEqualTo(cells(duckDb, query));
      }
      assertThat(cells(duckDb, "SELECT repository FROM latest")).containsExactly("acme/2");
    }
  }

  /** What docs/table.md has for DuckDB, with the statements of the file that it reads. */
  private static List<String> documented() throws IOException {
    Path root = Path.of(System.getProperty("weighmaster.root"));
    String document = Files.readString(root.resolve("docs/table.md"));
    String block = document.substring(document.indexOf("SET VARIABLE audit_table"));
    return new SqlScript(
            block
                .substring(0, block.indexOf("```"))
                .replace(
                    ".read conf/duckdb.sql", Files.readString(root.resolve("conf/duckdb.sql"))))
        .statements();
  }

  /** The first cell of each row, as each engine prints it. */
  private static void assertAnswer(Path table, String query, String... cells) throws IOException {
    AuditViews.create(SPARK, table.toString());
    assertThat(cells(new SparkSql(SPARK), query)).containsExactly(cells);
    try (SqlEngine duckDb = duckDb(table)) {
      assertThat(cells(duckDb, query)).containsExactly(cells);
    }
  }

  private static SqlEngine duckDb(Path table) throws IOException {
    return DuckDbSql.open(AuditTable.existing(table.toString(), new Configuration()));
  }

  private static List<String> cells(SqlEngine engine, String query) throws IOException {
    List<String> cells = new ArrayList<>();
    try (SqlRows rows = engine.run(query, ResultFormat.CSV)) {
      for (var row = rows.next(); row.isPresent(); row = rows.next()) {
        cells.add(row.get().get(0).orElse("null"));
      }
    }
    return cells;
  }

  private static void write(Path table, String folder, String date, String run, String columns) {
    Path partition = table.resolve(folder).resolve("audit_date=" + date).resolve("run_id=" + run);
    SPARK
        .sql("SELECT date '%s' AS audit_date, '%s' AS run_id, %s".formatted(date, run, columns))
        .write()
        .parquet(partition.toString());
  }

  private static List<String> strings(String query) {
    return SPARK.sql(query).as(Encoders.STRING()).collectAsList();
  }
}
