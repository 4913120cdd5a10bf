package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.demo.DemoHub;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.trust.PolicySource;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What docs/analyst.md tells an analyst to type, over the demo's table. */
class AnalystDocumentTest {
  private static final Path DOCUMENT =
      Path.of(System.getProperty("weighmaster.root"), "docs/analyst.md");
  private static final Pattern COMMAND = Pattern.compile("(?m)^bin/weighmaster (sql .*)$");
  private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|\\S+");

  @TempDir private static Path folder;

  /** By the command's last words; both engines give the same. */
  private static final Map<String, String> ANSWERS = new TreeMap<>();

  @BeforeAll
  static void typeEveryCommand() throws Exception {
    DemoHub demo = DemoHub.create(folder.resolve("demo"));
    SparkSession spark = TestSpark.session().newSession();
    String table = demo.table().toString();
    new AuditJob(spark, demo.hub().toString(), table)
        .policy(PolicySource.read(demo.policy()))
        .execute();
    AuditViews.create(spark, table);
    Path downloads =
        Files.writeString(
            folder.resolve("downloads.csv"),
            "repository,downloads\nquantco/tampered-GGUF,12\nstranger/tiny-base-GGUF,4000\n");
    try (SqlEngine duckDb = DuckDbSql.open(AuditTable.existing(table, new Configuration()))) {
      for (String command : commands()) {
        if (!command.contains("--list")) {
          String typed = command.replace("=downloads.csv", "=" + downloads);
          String answer = answer(duckDb, typed);
          assertThat(sorted(answer(new SparkSql(spark), typed))).isEqualTo(sorted(answer));
          ANSWERS.put(command, answer);
        }
      }
    }
  }

  @Test
  void everyCommandHasAnAnswer() {
    assertThat(ANSWERS).hasSizeGreaterThan(6);
    assertThat(ANSWERS.values())
        .allSatisfy(answer -> assertThat(answer.lines()).hasSizeGreaterThan(1));
  }

  @Test
  void theAnswersAreThoseOfTheDemo() {
    assertThat(answer("newly-broken")).contains("quantco/tampered-GGUF", "DIGEST_MISMATCH");
    assertThat(answer("quantizations-of")).contains("quantco/tiny-base-via-F16-GGUF");
    assertThat(answer("signed-by")).contains("acme/tiny-base");
    assertThat(answer("reasons-by-run")).contains(",VERIFIED,OK,6\r\n");
    assertThat(answer("unverified-by-downloads").lines().skip(3).map(String::strip))
        .first()
        .asString()
        .contains("stranger/tiny-base-GGUF", "4000");
    assertThat(answer("GROUP BY ALL")).contains("SOURCE_IDENTITY_MISMATCH");
    assertThat(answer("explode(chain)")).contains("SIGNATURE_INVALID");
    assertThat(answer("--format json")).startsWith("[\n{\"repository\":");
  }

  private static String answer(String words) {
    return ANSWERS.entrySet().stream()
        .filter(answer -> answer.getKey().contains(words))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow();
  }

  /** A query may leave the order of its rows open, and with it where JSON has its commas. */
  private static List<String> sorted(String answer) {
    return answer.lines().map(line -> line.replaceFirst(",$", "")).sorted().toList();
  }

  private static String answer(SqlEngine engine, String command) throws IOException {
    CommandLine line = Main.commandLine();
    line.parseArgs(
        WORD.matcher(command)
            .results()
            .map(word -> word.group().replaceAll("^\"|\"$", ""))
            .toArray(String[]::new));
    SqlCommand sql = (SqlCommand) line.getParseResult().subcommand().commandSpec().userObject();
    StringWriter out = new StringWriter();
    sql.request().answer(engine, new PrintWriter(out), Screen.NONE);
    return out.toString();
  }

  private static List<String> commands() throws IOException {
    return COMMAND
        .matcher(Files.readString(DOCUMENT))
        .results()
        .map((MatchResult found) -> found.group(1))
        .toList();
  }
}
