package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.table.AuditTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The queries that docs/operations.md gives an operator, over a table that an audit has written, as
 * each engine answers them.
 */
class OperatorQueriesTest {
  private static final Path DOCUMENT =
      Path.of(System.getProperty("weighmaster.root"), "docs/operations.md");
  private static final Pattern QUERY =
      Pattern.compile("(?m)^bin/weighmaster sql --table \\S+ \"(.*)\"$");

  @TempDir private static Path folder;

  private static SparkSql spark;
  private static SqlEngine duckDb;

  @BeforeAll
  static void auditASmallHub() throws Exception {
    SparkSession session = TestSpark.session().newSession();
    String table = folder.resolve("table").toString();
    // Without its policy: nothing is trusted, and nothing is wrong.
    new AuditJob(session, SmallHub.write(folder).hub().toString(), table).execute();
    AuditViews.create(session, table);
    spark = new SparkSql(session);
    duckDb = DuckDbSql.open(AuditTable.existing(table, new Configuration()));
  }

  @AfterAll
  static void close() throws Exception {
    duckDb.close();
  }

  @Test
  void noAlertIsRaisedTheMorningAfterAGoodNight() throws Exception {
    List<String> alerts = queries().stream().filter(query -> !isAnOverview(query)).toList();

    assertThat(alerts).hasSize(5);
    for (String query : alerts) {
      assertThat(count(spark, query)).as(query).isZero();
      assertThat(count(duckDb, query)).as(query).isZero();
    }
  }

  @Test
  void anOverviewHasARowForEachNight() throws Exception {
    List<String> overviews = queries().stream().filter(OperatorQueriesTest::isAnOverview).toList();

    assertThat(overviews).hasSize(1);
    assertThat(count(spark, overviews.get(0))).isEqualTo(1);
    assertThat(count(duckDb, overviews.get(0))).isEqualTo(1);
  }

  private static int count(SqlEngine engine, String query) throws Exception {
    int count = 0;
    try (SqlRows rows = engine.run(query, ResultFormat.TABLE)) {
      while (rows.next().isPresent()) {
        count++;
      }
    }
    return count;
  }

  private static boolean isAnOverview(String query) {
    return query.contains(" LIMIT ");
  }

  private static List<String> queries() throws Exception {
    return QUERY
        .matcher(Files.readString(DOCUMENT))
        .results()
        .map(found -> found.group(1))
        .toList();
  }
}
