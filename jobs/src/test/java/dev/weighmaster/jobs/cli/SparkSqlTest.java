package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weighmaster.jobs.TestSpark;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparkSqlTest {
  @Test
  void aTableIsDrawnWithNumbersToTheRight() throws IOException {
    assertThat(
            print(
                ResultFormat.TABLE,
                "SELECT * FROM VALUES ('acme/base-7b', 7), ('é', 1000) AS t(repository, files)"))
        .isEqualTo(
            """
            ┌──────────────┬───────┐
            │ repository   │ files │
            ├──────────────┼───────┤
            │ acme/base-7b │     7 │
            │ é            │  1000 │
            └──────────────┴───────┘
            """);
  }

  @Test
  void aTableWithoutRowsStillHasItsHeader() throws IOException {
    assertThat(print(ResultFormat.TABLE, "SELECT 1 AS one WHERE false"))
        .isEqualTo(
            """
            ┌─────┐
            │ one │
            ├─────┤
            └─────┘
            """);
  }

  @Test
  void aCellTooWideForATableEndsInAnEllipsis() throws IOException {
    assertThat(print(ResultFormat.TABLE, "SELECT repeat('x', 100) a, repeat('y', 101) b"))
        .contains("│ " + "x".repeat(100) + " │ " + "y".repeat(99) + "… │");
  }

  @Test
  void aTableShowsEveryRowOfALongResultInOrder() throws IOException {
    String table = print(ResultFormat.TABLE, "SELECT id * 7 AS id FROM range(2500) ORDER BY id");

    assertThat(table.lines().filter(l -> l.startsWith("│")).skip(1).map(SparkSqlTest::onlyDigits))
        .hasSize(2500)
        .startsWith("0", "7", "14")
        .endsWith("17493");
  }

  @Test
  void anEscapeSequenceReachesNeitherATableNorMarkdown() throws IOException {
    String query = "SELECT '\\u001b[2Jowned\\n' AS `\\u001b[2Jname`".replace("`\\u001b", "`\u001b");

    assertThat(print(ResultFormat.TABLE, query))
        .contains("\\u001b[2Jowned\\n")
        .doesNotContain("\u001b");
    assertThat(print(ResultFormat.MARKDOWN, query)).contains("owned").doesNotContain("\u001b");
  }

  @Test
  void markdownCellsMakeNoColumnsLinksOrHtml() throws IOException {
    assertThat(
            print(
                ResultFormat.MARKDOWN,
                "SELECT 'a|b' AS pipe, '![x](http://e)' AS image, '<b>&' AS html,"
                    + " 'https://e.example WWW.e.example' AS url, 1 AS n"))
        .isEqualTo(
            """
            | pipe | image | html | url | n |
            | --- | --- | --- | --- | ---: |
            | a\\|b | !\\[x\\](http\\://e) | &lt;b&gt;&amp; | https\\://e.example WWW\\.e.example | 1 |
            """);
  }

  @Test
  void csvQuotesAsRfc4180Asks() throws IOException {
    assertThat(
            print(
                ResultFormat.CSV, "SELECT 'a,b' AS x, 'say \"hi\"' AS y, null AS z, 'l\\nm' AS w"))
        .isEqualTo("x,y,z,w\r\n\"a,b\",\"say \"\"hi\"\"\",,l\\nm\r\n");
  }

  @Test
  void csvHasNoFormulaAndNumbersAsTheyAre() throws IOException {
    assertThat(
            print(
                ResultFormat.CSV, "SELECT '=1+1' AS x, '-1' AS y, -1 AS n, '\\t@x' AS t, '' AS e"))
        .isEqualTo("x,y,n,t,e\r\n'=1+1,'-1,-1,\\t@x,\r\n");
  }

  @Test
  void jsonShowsNothingUnseenAndReadsBackTheSame() throws IOException {
    String name = "a\u009b\u202e\u007f\udb40\udc41é";

    String json = print(ResultFormat.JSON, "SELECT '" + name + "' AS name");

    assertThat(json).isEqualTo("[\n{\"name\":\"a\\u009b\\u202e\\u007f\\udb40\\udc41é\"}\n]\n");
    assertThat(new JsonMapper().readTree(json).at("/0/name").textValue()).isEqualTo(name);
  }

  @Test
  void jsonIsOneArrayThatKeepsNullsNumbersAndNesting() throws IOException {
    assertThat(
            print(
                ResultFormat.JSON,
                "SELECT id, null AS gone, array(named_struct('kind', 'SOURCE')) AS chain,"
                    + " timestamp '2026-11-22 01:02:03' AS at FROM range(2) ORDER BY id"))
        .isEqualTo(
            """
            [
            {"id":0,"gone":null,"chain":[{"kind":"SOURCE"}],"at":"2026-11-22T01:02:03.000Z"},
            {"id":1,"gone":null,"chain":[{"kind":"SOURCE"}],"at":"2026-11-22T01:02:03.000Z"}
            ]
            """);
  }

  @Test
  void jsonWithoutRowsIsAnEmptyArray() throws IOException {
    assertThat(print(ResultFormat.JSON, "SELECT 1 WHERE false")).isEqualTo("[]\n");
  }

  @Test
  void textCellsHoldNestedValuesAsJsonBytesAsHexAndTimesInUtc() throws IOException {
    assertThat(
            print(
                ResultFormat.CSV,
                "SELECT named_struct('a', 1, 'b', null) AS s, X'CAFE' AS b,"
                    + " timestamp '2026-11-22 01:02:03' AS t, date '2026-11-22' AS d, true AS f"))
        .isEqualTo(
            "s,b,t,d,f\r\n\"{\"\"a\"\":1,\"\"b\"\":null}\",cafe,2026-11-22T01:02:03.000Z,2026-11-22,true\r\n");
  }

  @Test
  void columnsMayShareANameOrHoldADot() throws IOException {
    String query = "SELECT 1 AS a, 2 AS a, 3 AS `b.c`";

    assertThat(print(ResultFormat.CSV, query)).isEqualTo("a,a,b.c\r\n1,2,3\r\n");
    assertThat(print(ResultFormat.JSON, query)).isEqualTo("[\n{\"a\":1,\"a\":2,\"b.c\":3}\n]\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SELEC 1", "SELECT nothing_of_the_kind", "SELECT * FROM nowhere", ""})
  void aQueryThatMakesNoSenseIsAUsageError(String query) {
    assertThatThrownBy(() -> print(ResultFormat.CSV, query))
        .isInstanceOfSatisfying(
            CommandFailure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE));
  }

  private static String onlyDigits(String line) {
    return line.replaceAll("\\D", "");
  }

  private static String print(ResultFormat format, String query) throws IOException {
    StringWriter text = new StringWriter();
    try (SqlRows rows = new SparkSql(TestSpark.session()).run(query, format)) {
      rows.print(format, new PrintWriter(text), Screen.NONE);
    }
    return text.toString();
  }
}
