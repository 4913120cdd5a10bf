package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.table.VisibleRuns;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.jline.reader.Candidate;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser.ParseContext;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Help.Ansi;

class SqlPromptTest {
  private static final SparkSession SPARK = TestSpark.session().newSession();

  @TempDir private Path folder;

  private static SqlEngine duckDb;

  @BeforeAll
  static void makeAView() throws IOException {
    SPARK.sql("SELECT 'acme/base' AS repository, 7 AS files").createOrReplaceTempView("latest");
    duckDb = DuckDbSql.over(new VisibleRuns(List.of(), Map.of()));
    duckDb
        .run(
            "CREATE VIEW latest AS SELECT 'acme/base' AS repository, 7 AS files",
            ResultFormat.TABLE)
        .close();
  }

  @AfterAll
  static void close() throws IOException {
    duckDb.close();
  }

  static Stream<SqlEngine> engines() {
    return Stream.of(new SparkSql(SPARK), duckDb);
  }

  @ParameterizedTest(name = "{index}", autoCloseArguments = false)
  @MethodSource("engines")
  void aStatementMayGoOverLinesAndIsAnsweredAtItsSemicolon(SqlEngine engine) throws IOException {
    assertThat(type(engine, "SELECT repository,", "  files + 1 AS more FROM latest;", ".quit"))
        .contains("│ acme/base  │    8 │");
  }

  @ParameterizedTest(name = "{index}", autoCloseArguments = false)
  @MethodSource("engines")
  void aMistakeIsOneLineAndTheNextStatementIsAnswered(SqlEngine engine) throws IOException {
    assertThat(type(engine, "SELEC 1;", ".quti", "SELECT 40 + 2 AS answer;"))
        .contains("weighmaster: ", "unknown command .quti, see .help", "│     42 │")
        .doesNotContain("\tat ");
  }

  @ParameterizedTest(name = "{index}", autoCloseArguments = false)
  @MethodSource("engines")
  void viewsAndNamedQueriesAreShownAndAsked(SqlEngine engine) throws IOException {
    assertThat(
            type(engine, ".tables", ".help", ".named", ".named histroy-of", ".named history-of x"))
        .contains("latest: repository, files\n", "A query in " + engine.dialect() + "'s SQL ends")
        .contains("--param repository=...")
        .contains("did you mean 'history-of'?")
        .contains("'x' is not a parameter: write NAME=VALUE");
  }

  @Test
  void whatWasTypedIsRememberedWhereNobodyElseCanRead() throws IOException {
    Path file = folder.resolve("state/weighmaster/sql_history");

    type(file, "SELECT 'one';", ".quit");
    type(file, "SELECT 'two';", ".quit");

    assertThat(Files.readString(file)).contains("SELECT 'one';", "SELECT 'two';");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void aPlaceThatCanNotBeWrittenLeavesAPromptWithoutMemory() throws IOException {
    Files.writeString(folder.resolve("state"), "a file");

    assertThat(type(folder.resolve("state/sql_history"), "SELECT 40 + 2 AS answer;"))
        .contains("what you type is not remembered", "│     42 │");
  }

  @Test
  void theHistoryIsStateOfTheUser() {
    assertThat(SqlPrompt.historyFile(Map.of("XDG_STATE_HOME", "/state")))
        .isEqualTo(Path.of("/state/weighmaster/sql_history"));
    assertThat(SqlPrompt.historyFile(Map.of("XDG_STATE_HOME", "relative")))
        .isEqualTo(
            Path.of(System.getProperty("user.home"), ".local/state/weighmaster/sql_history"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1;",
        "SELECT ';' ;",
        "SELECT 1; SELECT 2;",
        ".help",
        "",
        "-- a;\nSELECT 1;"
      })
  void aWholeStatementIsTaken(String line) {
    engines()
        .forEach(
            engine ->
                assertThat(
                        new SqlLineParser(engine::statements)
                            .parse(line, line.length(), ParseContext.ACCEPT_LINE)
                            .line())
                    .isEqualTo(line));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"SELECT 1", "SELECT ';", "SELECT 1 -- ;", "SELECT 1; SELECT 2", "/* ; */"})
  void anUnfinishedStatementIsReadOn(String line) {
    engines()
        .forEach(
            engine ->
                assertThatThrownBy(
                        () ->
                            new SqlLineParser(engine::statements)
                                .parse(line, line.length(), ParseContext.ACCEPT_LINE))
                    .isInstanceOf(EOFError.class));
  }

  @Test
  void viewsColumnsKeywordsAndQueriesComplete() throws IOException {
    assertThat(completions("SELECT reposi")).contains("repository", "latest", "SELECT");
    assertThat(completions("SELECT count(a.rep")).contains("a.repository").doesNotContain("latest");
    assertThat(completions(".na")).containsExactly(".help", ".named", ".quit", ".tables");
    assertThat(completions(".named newly")).contains("newly-broken");
    assertThat(completions(".named stale-files d")).containsExactly("days=");
  }

  private static List<String> completions(String line) throws IOException {
    ParsedLine parsed =
        new SqlLineParser(SparkSql::split).parse(line, line.length(), ParseContext.COMPLETE);
    List<Candidate> candidates = new ArrayList<>();
    new SqlCompleter(
            Map.of("latest", List.of("repository", "files")),
            NamedQueries.packaged(),
            () -> List.of("SELECT"))
        .complete(null, parsed, candidates);
    return candidates.stream().map(Candidate::value).toList();
  }

  private String type(SqlEngine engine, String... lines) throws IOException {
    return type(engine, folder.resolve("sql_history"), lines);
  }

  private static String type(Path history, String... lines) throws IOException {
    return type(duckDb, history, lines);
  }

  private static String type(SqlEngine engine, Path history, String... lines) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] in = (String.join("\n", lines) + "\n").getBytes(UTF_8);
    try (Terminal terminal =
        TerminalBuilder.builder()
            .system(false)
            .type("dumb")
            .encoding(UTF_8)
            .streams(new ByteArrayInputStream(in), out)
            .build()) {
      new SqlPrompt(engine, terminal, NamedQueries.packaged(), ResultFormat.TABLE, Ansi.OFF)
          .history(history)
          .run();
    }
    return out.toString(UTF_8).replace("\r", "");
  }
}
