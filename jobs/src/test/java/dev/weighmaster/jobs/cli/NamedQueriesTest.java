package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.SparkTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each question of conf/sql, over a table of two runs of one hub and an older one of another. The
 * first run was given the hub with a slash at the end. Every question is asked of both engines, and
 * must have the same answer in every format.
 */
@Tag("slow")
class NamedQueriesTest {
  private static final SparkSession SPARK = TestSpark.session().newSession();
  private static final SqlEngine SPARK_SQL = new SparkSql(SPARK);
  private static final Set<String> ASKED = new TreeSet<>();

  @TempDir private static Path folder;
  @TempDir private static Path elsewhere;
  private static SqlEngine duckDb;

  @BeforeAll
  static void writeATable() throws Exception {
    run("r0", "2026-10-01", "s3a://other", "5L quantizations, 5L verified, 9L files");
    run(
        "r1",
        "2026-11-21",
        "/hub/",
        "4L quantizations, 2L verified, 5L files, 5L files_read, 'full' scope");
    run(
        "r2",
        "2026-11-22",
        "/hub",
        "6L quantizations, 2L verified, 7L files, 2L files_read, 4L files_carried_over,"
            + " 1L files_failed, 1L files_rotten, 1L repositories_gone, 3L repositories,"
            + " 'changed' scope");
    audit("r0", "2026-10-01", "('far/away', '', 'a.gguf', 'BROKEN', 'REVOKED', 'dd')");
    audit(
        "r1",
        "2026-11-21",
        """
        ('quants/base', '1', 'stays.gguf', 'VERIFIED', 'OK', 'a1'),
        ('quants/base', '1', 'breaks.gguf', 'VERIFIED', 'OK', 'a2'),
        ('quants/base', '1', 'was-broken.gguf', 'BROKEN', 'DIGEST_MISMATCH', 'a3'),
        ('quants/more', '', 'new.gguf', 'VERIFIED', 'OK', 'a5'),
        ('gone/base', '', 'gone.gguf', 'UNVERIFIED', 'NO_ATTESTATION', 'a4')\
        """);
    audit(
        "r2",
        "2026-11-22",
        """
        ('quants/base', '1', 'stays.gguf', 'VERIFIED', 'OK', 'a1'),
        ('quants/base', '1', 'breaks.gguf', 'BROKEN', 'REVOKED', 'a2'),
        ('quants/base', '1', 'was-broken.gguf', 'BROKEN', 'DIGEST_MISMATCH', 'a3'),
        ('quants/base', '2', 'was-broken.gguf', 'BROKEN', 'DIGEST_MISMATCH', 'a3'),
        ('quants/more', '', 'new.gguf', 'UNVERIFIED', 'NO_ATTESTATION', 'a5'),
        ('other/mine', '', 'm.gguf', 'VERIFIED', 'OK', 'a6')\
        """);
    write(
        "attestations",
        "r1",
        "2026-11-21",
        """
        SELECT repository, 'model.sig' AS sidecar, signer_identity, 'BROKEN' AS verdict,
          'f0' AS root_digest, 1 AS line
        FROM VALUES ('quants/base', 'bot@quants.example'), ('gone/base', 'bot@quants.example')
          AS t(repository, signer_identity)\
        """);
    write(
        "attestations",
        "r2",
        "2026-11-22",
        """
        SELECT repository, sidecar, signer_identity, 'VERIFIED' AS verdict, 'OK' AS reason, 1 AS line
        FROM VALUES ('acme/base', 'model.sig', 'ci_release@acme.example'),
          ('acme/more', 'model.sig', 'ciXrelease@acme.example'),
          ('quants/base', 'a.sigstore.json', 'sha256:00')
          AS t(repository, sidecar, signer_identity)\
        """);
    files("r0", "2026-10-01", "('far/away', 'far/away/old.gguf', 'GGUF', 1L, 'ee', 'r0', 1L)");
    files(
        "r1",
        "2026-11-21",
        """
        ('quants/base', 'quants/base/stays.gguf', 'GGUF', 100L, 'a1', 'r1', 3L),
        ('gone/base', 'gone/base/gone.gguf', 'GGUF', 7L, 'a4', 'r1', 3L),
        ('gone/base', 'gone/base/README.md', 'MODEL_CARD', 3L, 'b1', 'r1', 3L)\
        """);
    files(
        "r2",
        "2026-11-22",
        """
        ('quants/base', 'quants/base/stays.gguf', 'GGUF', 100L, 'a1', 'r1', 0L),
        ('other/mine', 'other/mine/m.gguf', 'GGUF', 100L, 'a1', 'r2', 50L),
        ('quants/base', 'quants/base/rots.gguf', 'GGUF', 9000L, 'a2', 'r2', 500L),
        ('quants/base', 'quants/base/card', 'MODEL_CARD', 1L, 'b1', 'r2', 1L),
        ('quants/more', 'quants/more/card', 'MODEL_CARD', 1L, 'b1', 'r2', 1L),
        ('quants/more', 'quants/more/unread.gguf', 'GGUF', 5L, null, null, 0L)\
        """);
    AuditViews.create(SPARK, folder.toString());
    duckDb = DuckDbSql.open(AuditTable.existing(folder.toString(), new Configuration()));
  }

  @AfterAll
  static void closeDuckDb() throws IOException {
    duckDb.close();
  }

  @Test
  void newlyBrokenIsWhatTheRunBeforeDidNotFindBroken() {
    assertThat(ask("newly-broken", "repository", "quantization", "was", "reason"))
        .containsExactly(
            "quants/base breaks.gguf VERIFIED REVOKED",
            "quants/base was-broken.gguf new DIGEST_MISMATCH");
  }

  @Test
  void newlyUnverifiedIsWhatTheRunBeforeHadVerified() {
    assertThat(ask("newly-unverified", "repository", "quantization", "reason"))
        .containsExactly("quants/more new.gguf NO_ATTESTATION");
  }

  @Test
  void lostSignaturesAreThoseOfRepositoriesThatAreStillThere() {
    assertThat(ask("lost-signatures", "repository", "sidecar", "signer_identity", "was"))
        .containsExactly("quants/base model.sig bot@quants.example BROKEN");
  }

  @Test
  void quantizationsOfASourceAreThoseThatAnAttestationAChainOrACardNames() {
    assertThat(ask("quantizations-of", "source=acme/base", "quantization", "verdict"))
        .containsExactly("breaks.gguf BROKEN", "stays.gguf VERIFIED", "new.gguf UNVERIFIED");
    assertThat(ask("quantizations-of", "source=acme/bas_", "quantization")).isEmpty();
  }

  @Test
  void signedByTakesAnIdentityWholeOrWithAPercentSign() {
    assertThat(ask("signed-by", "identity=ci_release@acme.example", "repository"))
        .containsExactly("acme/base");
    assertThat(ask("signed-by", "identity=%@acme.example", "repository"))
        .containsExactly("acme/base", "acme/more");
    assertThat(ask("signed-by", "identity=acme", "repository")).isEmpty();
  }

  @Test
  void unverifiedByDownloadsBeginsWithWhatMostPeopleGet() throws Exception {
    Path counts =
        Files.writeString(
            elsewhere.resolve("counts.csv"),
            "repository,downloads\nquants/more,1000\nother/mine,9\nnobody/else,5\n");

    assertThat(ask("unverified-by-downloads", "downloads=" + counts, "quantization", "downloads"))
        .containsExactly(
            "new.gguf 1000", "breaks.gguf null", "was-broken.gguf null", "was-broken.gguf null");
  }

  @Test
  void aCsvFileMayQuoteItsValuesAndLeaveThemOut() throws Exception {
    Path counts =
        Files.writeString(
            elsewhere.resolve("quoted.csv"),
            "repository,downloads\r\n\"quants/more\",\"7\"\r\n\"a \"\"b\"\"\n,c\",1\r\nother/mine,\r\n,3\r\n");

    assertThat(ask("unverified-by-downloads", "downloads=" + counts, "quantization", "downloads"))
        .startsWith("new.gguf 7", "breaks.gguf null");
  }

  @Test
  void aCsvFileWithOtherColumnsOrNoNumbersIsRefused() throws Exception {
    Path other = Files.writeString(elsewhere.resolve("other.csv"), "model,count\na/b,1\n");
    Path text =
        Files.writeString(elsewhere.resolve("text.csv"), "repository,downloads\na/b,many\n");

    for (SqlEngine engine : List.of(duckDb, SPARK_SQL)) {
      assertThatThrownBy(() -> downloads(engine, other.toString()))
          .isInstanceOf(CommandFailure.class)
          .hasMessage(other + ": its header must be 'repository,downloads', and is 'model,count'");
      assertThatThrownBy(() -> downloads(engine, text.toString())).hasStackTraceContaining("many");
      assertThatThrownBy(() -> downloads(engine, "/no/such"))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("/no/such");
    }
    assertThatThrownBy(() -> downloads(SPARK_SQL, "_c.csv"))
        .hasMessage("_c.csv: Spark passes over files whose names begin with _ or ., rename it");
  }

  private static void downloads(SqlEngine engine, String file) throws IOException {
    NamedQuery query = NamedQueries.packaged().get("unverified-by-downloads");
    PrintedResult.of(
        format -> engine.run(query, query.arguments(Map.of("downloads", file)), format));
  }

  @Test
  void digestsDifferWhereAFileIsNotWhatWasDeclared() {
    assertThat(ask("digests-differ", "path", "what", "declared_sha256", "sha256"))
        .containsExactly("quants/base/rots.gguf other bytes FF a2");
  }

  @Test
  void coverageHasTheNewestRunOfEachHub() {
    assertThat(ask("coverage", "hub", "audit_date", "verified_percent", "files", "files_failed"))
        .containsExactly("/hub 2026-11-22 33.3 7 1", "s3a://other 2026-10-01 100.0 9 null");
  }

  @Test
  void organisationsAreCountedByVerdict() {
    assertThat(ask("organisations", "organisation", "quantizations", "verified", "broken"))
        .containsExactly("quants 5 1 3", "other 1 1 0");
  }

  @Test
  void reasonsAreCountedInEachOfTheLastRuns() {
    assertThat(ask("reasons-by-run", "runs=2", "audit_date", "reason", "quantizations"))
        .containsExactly(
            "2026-11-21 DIGEST_MISMATCH 1",
            "2026-11-21 NO_ATTESTATION 1",
            "2026-11-21 OK 3",
            "2026-11-22 DIGEST_MISMATCH 2",
            "2026-11-22 REVOKED 1",
            "2026-11-22 NO_ATTESTATION 1",
            "2026-11-22 OK 2");
  }

  @Test
  void slowestFilesAreThoseThatTheNewestRunHasRead() {
    assertThat(ask("slowest-files", "limit=2", "path", "read_millis", "megabytes_per_second"))
        .containsExactly("quants/base/rots.gguf 500 0.0", "other/mine/m.gguf 50 0.0");
  }

  @Test
  void bitRotIsShownWithBothDigests() {
    assertThat(ask("bit-rot", "path", "earlier_sha256", "sha256"))
        .containsExactly("quants/base/rots.gguf 77 a2");
  }

  @Test
  void repositoriesGoneAreThoseThatOnlyTheRunBeforeHasSeen() {
    assertThat(ask("repositories-gone", "repository", "files", "bytes"))
        .containsExactly("gone/base 2 10");
  }

  @Test
  void staleFilesWereReadLongBeforeTheNewestRun() {
    assertThat(ask("stale-files", "path")).isEmpty();
    assertThat(ask("stale-files", "days=0", "path", "days"))
        .containsExactly("quants/base/stays.gguf 1");
  }

  @Test
  void toolsAreCountedWithTheirVersionsAndMethods() {
    assertThat(ask("tools", "tool", "tool_version", "quantizations", "methods"))
        .containsExactly("null null 4 Q4_0", "llama.cpp b1 2 Q4_0");
  }

  @Test
  void chainsThroughADigestAreFoundByEachOfItsPlaces() {
    assertThat(ask("chains-through", "digest=A6", "quantization")).containsExactly("m.gguf");
    assertThat(ask("chains-through", "digest=c0", "quantization"))
        .containsExactly("breaks.gguf", "stays.gguf");
    assertThat(ask("chains-through", "digest=c", "quantization")).isEmpty();
  }

  @Test
  void sameBytesAreWeightsInSeveralRepositories() {
    assertThat(ask("same-bytes", "sha256", "files", "repositories"))
        .containsExactly("a1 2 [other/mine, quants/base]");
  }

  @Test
  void theHistoryOfARepositoryGoesThroughEveryRun() {
    assertThat(ask("history-of", "repository=gone/base", "audit_date", "quantization", "verdict"))
        .containsExactly("2026-11-21 gone.gguf UNVERIFIED");
    assertThat(ask("history-of", "repository=quants/base", "audit_date")).hasSize(7);
  }

  @Test
  void filesWithErrorsSayWhatIsWrong() {
    assertThat(ask("files-with-errors", "path", "error"))
        .containsExactly("quants/more/unread.gguf IO_ERROR: gone");
  }

  @Test
  void aValueIsNeverPartOfTheQuery() {
    assertThat(ask("history-of", "repository=' OR true --", "audit_date")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "newly-brokn | there is no query named 'newly-brokn', did you mean 'newly-broken'?",
        "zzz | there is no query named 'zzz'; --list shows them",
        "gone | there is no query named 'gone', did you mean 'repositories-gone'?",
      })
  void aMisspeltNameIsAnsweredWithTheNearest(String name, String message) throws Exception {
    NamedQueries queries = NamedQueries.packaged();

    assertThatThrownBy(() -> queries.get(name))
        .isInstanceOfSatisfying(
            CommandFailure.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE))
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "stale-files | day=3 | 'stale-files' has no parameter 'day', did you mean 'days'?",
        "stale-files | days=x | --param days: 'x' is not a whole number",
        "tools | days=3 | 'tools' has no parameter 'days', it takes none",
        "signed-by | zzz=3 | 'signed-by' has no parameter 'zzz'; it takes 'identity'",
        "history-of | \"\" | 'history-of' needs --param repository=..., such as quants/base-7b-GGUF",
      })
  void aParameterThatIsMissingOrMisspeltIsNamed(String name, String given, String message)
      throws Exception {
    NamedQuery query = NamedQueries.packaged().get(name);
    Map<String, String> arguments =
        given.isEmpty()
            ? Map.of()
            : Map.of(given.replaceFirst("=.*", ""), given.replaceFirst(".*=", ""));

    assertThatThrownBy(() -> query.arguments(arguments)).hasMessage(message);
  }

  @Test
  void theListShowsEachQuestionWithItsParametersAndNeedsNoTable() {
    assertThat(Commands.run("sql", "--list").succeeded())
        .contains("newly-broken  Newly broken: ", "--param days=31  how long")
        .contains("--param source=...  the source model, such as acme/base-7b (must be given)");
  }

  @Test
  void theListHasEveryFileOfTheFolder() throws Exception {
    Path sources = Path.of(System.getProperty("weighmaster.root"), "conf/sql");
    try (Stream<Path> files = Files.list(sources)) {
      assertThat(NamedQueries.packaged().all().stream().map(query -> query.name() + ".sql"))
          .containsExactlyInAnyOrderElementsOf(
              files.map(file -> file.getFileName().toString()).toList());
    }
  }

  @AfterAll
  static void everyQuestionHasBeenAsked() throws Exception {
    assertThat(NamedQueries.packaged().all().stream().map(NamedQuery::name).toList())
        .as("a file of conf/sql that no test here asks")
        .containsExactlyElementsOf(ASKED);
  }

  /** The result's rows, of the columns named; what has a = among the names is an argument. */
  private static List<String> ask(String name, String... words) {
    try {
      NamedQuery query = NamedQueries.packaged().get(name);
      NamedQuery.Arguments arguments =
          query.arguments(
              Stream.of(words)
                  .filter(word -> word.contains("="))
                  .map(word -> word.split("=", 2))
                  .collect(Collectors.toMap(word -> word[0], word -> word[1])));
      ASKED.add(name);
      PrintedResult printed = PrintedResult.of(format -> duckDb.run(query, arguments, format));
      assertThat(printed)
          .isEqualTo(PrintedResult.of(format -> SPARK_SQL.run(query, arguments, format)));
      List<String> rows = new ArrayList<>();
      for (JsonNode row : new JsonMapper().readTree(printed.texts().get(ResultFormat.JSON))) {
        rows.add(
            Stream.of(words)
                .filter(word -> !word.contains("="))
                .map(column -> shown(row.required(column)))
                .collect(Collectors.joining(" ")));
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String shown(JsonNode value) {
    List<String> elements = new ArrayList<>();
    value.forEach(element -> elements.add(element.asText()));
    return value.isArray() ? elements.toString() : value.asText();
  }

  private static void run(String run, String date, String hub, String columns) {
    write(
        "runs",
        run,
        date,
        "SELECT '%s' AS hub, timestamp '%s 04:00:00' AS started_at, timestamp '%s 05:00:00' AS finished_at, %s"
            .formatted(hub, date, date, columns));
  }

  /** Of every row: repository, revision, quantization, verdict, reason, digest. */
  private static void audit(String run, String date, String rows) {
    write(
        "audit",
        run,
        date,
        """
        SELECT *, 'Q4_0' AS method, timestamp '%s 04:00:00' AS audited_at,
          CASE WHEN quantization = 'breaks.gguf' THEN 'acme/base' END AS source_model,
          CASE WHEN quantization = 'new.gguf' THEN 'x/y, acme/base' END AS declared_base_model,
          CASE WHEN verdict = 'VERIFIED' THEN 'llama.cpp' END AS tool,
          CASE WHEN verdict = 'VERIFIED' THEN 'b1' END AS tool_version,
          CASE WHEN quantization IN ('breaks.gguf', 'stays.gguf')
            THEN array(named_struct('source_model', 'acme/base', 'subject_digest', digest,
              'source_digest', 'c0', 'statement_digest', 'd0')) END AS chain
        FROM VALUES %s AS t(repository, revision, quantization, verdict, reason, digest)\
        """
            .formatted(date, rows));
  }

  /** Of every row: repository, path, kind, size, sha256, digested_by, read_millis. */
  private static void files(String run, String date, String rows) {
    write(
        "files",
        run,
        date,
        """
        SELECT *, size AS bytes_read, 0L AS retries,
          if(read_millis > 0, 'MAPPED', 'NONE') AS read_method,
          if(digested_by = 'r1', timestamp '2026-11-21 04:00:00', timestamp '2026-11-22 05:00:00')
            AS digested_at,
          CASE WHEN path LIKE '%%rots%%' THEN 'FF' WHEN path LIKE '%%mine%%' THEN 'A1' END
            AS declared_sha256,
          CASE WHEN path LIKE '%%rots%%' THEN '77' END AS earlier_sha256,
          CASE WHEN path LIKE '%%unread%%' THEN 'IO_ERROR: gone' END AS error
        FROM VALUES %s AS t(repository, path, kind, size, sha256, digested_by, read_millis)\
        """
            .formatted(rows));
  }

  private static void write(String dataSet, String run, String date, String query) {
    StructType schema = SparkTable.schema(dataSet);
    Dataset<Row> rows =
        SPARK.sql(
            "SELECT date '%s' AS audit_date, '%s' AS run_id, * FROM (%s)"
                .formatted(date, run, query));
    assertThat(schema.fieldNames()).contains(rows.columns());
    rows.write()
        .parquet(folder.resolve(dataSet + "/audit_date=" + date + "/run_id=" + run).toString());
  }
}
