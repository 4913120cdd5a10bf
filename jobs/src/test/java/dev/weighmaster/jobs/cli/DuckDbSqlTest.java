package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.table.VisibleRuns;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DuckDB without a table: its values as text, beside those of Spark SQL, and what it refuses. */
class DuckDbSqlTest {
  private static final SqlEngine SPARK_SQL = new SparkSql(TestSpark.session());

  @TempDir private static Path folder;
  private static Path table;
  private static SqlEngine duckDb;

  @BeforeAll
  static void open() throws IOException {
    table = Files.createDirectory(folder.resolve("a [table]*'?"));
    duckDb = DuckDbSql.over(new VisibleRuns(List.of(), Map.of()));
  }

  @AfterAll
  static void close() throws IOException {
    duckDb.close();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '"',
      value = {
        "1 AS i, CAST(-2 AS BIGINT) AS l, CAST(3 AS SMALLINT) AS s, CAST(4 AS TINYINT) AS t ~",
        "CAST(0.1 AS DOUBLE) AS a, CAST(1e10 AS DOUBLE) AS b, CAST(1e-7 AS DOUBLE) AS c, CAST(7 AS DOUBLE) AS d ~",
        "CAST('NaN' AS DOUBLE) AS a, CAST('Infinity' AS DOUBLE) AS b, CAST(0.1 AS FLOAT) AS c ~",
        "CAST(1.5 AS DECIMAL(10,2)) AS a, CAST(-0.000000001 AS DECIMAL(20,9)) AS b, 1.10 AS c ~",
        "CAST(NULL AS STRING) AS a, CAST(NULL AS DATE) AS b, true AS c, NOT true AS d, '' AS e ~",
        "TIMESTAMP '2026-11-22 01:02:03.456789' AS a, TIMESTAMP '2026-11-22 00:00:00' AS b ~",
        "DATE '2026-11-22' AS a, DATE '0999-01-02' AS b, CAST('2026-11-22 01:02:03Z' AS TIMESTAMP) AS c ~",
        "sum(x) AS a, count(*) AS b, avg(x) AS c, max(x) AS d FROM (SELECT 3 AS x UNION ALL SELECT 4) AS t ~",
        "X'CAFE' AS a ~ '\\xCA\\xFE'::BLOB AS a",
        "named_struct('a', 1, 'B', null, 'c', 'x') AS s ~ {'a': 1, 'B': NULL, 'c': 'x'} AS s",
        "array(1, null, 3) AS a, array() AS b ~ [1, NULL, 3] AS a, [] AS b",
        "map('k', 1.50, 'l', null) AS a, map(1, true) AS b ~ MAP {'k': 1.50, 'l': NULL} AS a, MAP {1: true} AS b",
        "array(named_struct('t', timestamp '2026-11-22 01:02:03.999999', 'd', date '2026-11-22', 'b', X'CA', 'x', 1e10, 'y', cast(0.5 as float))) AS a"
            + " ~ [{'t': TIMESTAMPTZ '2026-11-22 01:02:03.999999Z', 'd': DATE '2026-11-22', 'b': '\\xCA'::BLOB, 'x': 1e10, 'y': 0.5::FLOAT}] AS a",
        "array('é', 'a\"b', '\\u0000\\u001b[2J\\u202e', '=1+1') AS a, '\\t\\r\\n' AS b"
            + " ~ ['é', 'a\"b', chr(0) || chr(27) || '[2J' || chr(8238), '=1+1'] AS a, chr(9) || chr(13) || chr(10) AS b",
        "1 AS a, 2 AS a, 3 AS `b.c`, 4 AS `d\"` ~ 1 AS a, 2 AS a, 3 AS \"b.c\", 4 AS \"d\"\"\"",
      })
  void aValueIsTheSameTextAsInSpark(String spark, String other) throws IOException {
    for (ResultFormat format : ResultFormat.values()) {
      assertThat(print(duckDb, "SELECT " + (other == null ? spark : other), format))
          .isEqualTo(print(SPARK_SQL, "SELECT " + spark, format));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ASC", "DESC"})
  void nullsAreSortedAsInSpark(String order) throws IOException {
    String query =
        "SELECT x FROM (SELECT 1 AS x UNION ALL SELECT NULL UNION ALL SELECT 2) AS t ORDER BY x "
            + order;

    assertThat(print(duckDb, query, ResultFormat.CSV))
        .isEqualTo(print(SPARK_SQL, query, ResultFormat.CSV));
  }

  @Test
  void aStatementWithoutAResultPrintsNothingAndTheNextSeesWhatItDid() throws IOException {
    assertThat(print(duckDb, "CREATE TEMP TABLE mine AS SELECT 40 AS x", ResultFormat.TABLE))
        .isEmpty();
    assertThat(print(duckDb, "INSERT INTO mine VALUES (2)", ResultFormat.CSV)).isEmpty();
    assertThat(print(duckDb, "SELECT sum(x) AS x FROM mine", ResultFormat.CSV))
        .isEqualTo("x\r\n42\r\n");
    assertThat(print(duckDb, "DROP TABLE mine", ResultFormat.JSON)).isEmpty();
    assertThat(print(duckDb, "SELECT 1 WHERE false", ResultFormat.JSON)).isEqualTo("[]\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"SELEC 1", "SELECT nothing_of_the_kind", "SELECT * FROM nowhere", "SELECT no(1)"})
  void aQueryThatMakesNoSenseIsAUsageError(String query) {
    assertThatThrownBy(() -> print(duckDb, query, ResultFormat.CSV))
        .isInstanceOfSatisfying(
            CommandFailure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE));
  }

  @Test
  void aTableElsewhereIsRefusedBeforeAnythingIsAskedOfItsStorage() {
    assertThat(
            Commands.run("sql", "--engine", "duckdb", "--table", "s3a://audits/table", "SELECT 1")
                .failed(ExitCode.USAGE))
        .startsWith("--engine duckdb: the table s3a://audits/table is not in a local folder; ");
  }

  @Test
  void aQueryThatFailsOverItsValuesIsNone() {
    assertThatThrownBy(
            () -> print(duckDb, "SELECT CAST('x' || range AS INT) FROM range(9)", ResultFormat.CSV))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("x0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM read_text('HERE/secret.csv')",
        "SELECT * FROM 'HERE/secret.csv'",
        "SELECT * FROM glob('HERE/*')",
        "SELECT * FROM read_csv('TABLE/../secret.csv')",
        "COPY (SELECT 1) TO 'HERE/new.csv'",
        "COPY (SELECT 1) TO 'TABLE/new.csv'",
        "ATTACH 'TABLE/new.db'",
        "SELECT * FROM glob('TABLE/*')",
        "ATTACH 'HERE/new.db'",
        "EXPORT DATABASE 'HERE/new'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM read_csv('https://localhost:1/x.csv')",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET allowed_paths = ['HERE/secret.csv']",
        "SET temp_directory = 'HERE/new'",
      })
  void aQueryReachesNoFileButThoseOfItsRunsAndNoExtension(String query) throws IOException {
    Files.writeString(folder.resolve("secret.csv"), "secret\n1\n");
    String asked =
        query.replace("TABLE", table.toString().replace("'", "''")).replace("HERE", "" + folder);

    assertThatThrownBy(() -> print(duckDb, asked, ResultFormat.CSV))
        .hasMessageNotContaining("secret\n")
        .isInstanceOfAny(IOException.class, CommandFailure.class);
    assertThat(folder).isDirectoryNotContaining("glob:**/new*");
    assertThat(table).isEmptyDirectory();
  }

  @Test
  void itsMemoryIsBoundedAndItLeavesNoFiles() throws IOException {
    assertThat(print(duckDb, "SELECT current_setting('memory_limit') AS memory", ResultFormat.CSV))
        .isEqualTo("memory\r\n953.6 MiB\r\n");
    String settings =
        "SELECT current_setting('temp_directory') AS a, current_setting('TimeZone') AS b,"
            + " current_setting('autoload_known_extensions') AS c";
    String[] values = print(duckDb, settings, ResultFormat.CSV).split("[\r\n,]+");
    assertThat(values[3]).startsWith(System.getProperty("java.io.tmpdir"));
    assertThat(Path.of(values[3])).doesNotExist();
    assertThat(values).endsWith("UTC", "false");
  }

  /** Were it to keep the rows, there would be no memory for them. */
  @Test
  @Timeout(60)
  void aResultIsNotKeptAndEndsWhereNobodyReadsIt() throws IOException {
    try (SqlRows rows =
        duckDb.run("SELECT range AS x FROM range(1000000000000)", ResultFormat.CSV)) {
      rows.print(ResultFormat.CSV, new PrintWriter(new ClosedPipe(), true), Screen.NONE);

      assertThat(rows.next()).isPresent();
    }
  }

  private static final class ClosedPipe extends Writer {
    @Override
    public void write(char[] characters, int offset, int length) throws IOException {
      throw new IOException("Broken pipe");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  @Timeout(60)
  void aQueryIsBrokenOffFromAnotherThread() throws Exception {
    CompletableFuture<String> answer =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return print(
                    duckDb,
                    "SELECT sum(a.range * b.range) AS x FROM range(10000000) a, range(10000000) b",
                    ResultFormat.CSV);
              } catch (IOException e) {
                return e.getMessage();
              }
            });

    assertThat(brokenOff(answer)).contains("INTERRUPT");
    assertThat(print(duckDb, "SELECT 42 AS x", ResultFormat.CSV)).isEqualTo("x\r\n42\r\n");
  }

  /** It may not have begun when it is first told to end. */
  private static String brokenOff(CompletableFuture<String> answer)
      throws InterruptedException, ExecutionException {
    while (true) {
      duckDb.cancel();
      try {
        return answer.get(10, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // It goes on: it is told once more.
      }
    }
  }

  @Test
  void itsKeywordsAreThoseOfItsGrammar() {
    assertThat(duckDb.keywords()).contains("SELECT", "QUALIFY").doesNotHaveDuplicates();
  }

  private static String print(SqlEngine engine, String query, ResultFormat format)
      throws IOException {
    StringWriter text = new StringWriter();
    try (SqlRows rows = engine.run(query, format)) {
      rows.print(format, new PrintWriter(text), Screen.NONE);
    }
    return text.toString();
  }
}
