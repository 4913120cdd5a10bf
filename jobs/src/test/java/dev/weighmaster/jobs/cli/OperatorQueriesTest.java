package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.TestSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The queries that docs/operations.md gives an operator, over a table that an audit has written.
 */
class OperatorQueriesTest {
  private static final Path DOCUMENT =
      Path.of(System.getProperty("weighmaster.root"), "docs/operations.md");
  private static final Pattern QUERY =
      Pattern.compile("(?m)^bin/weighmaster sql --table \\S+ \"(.*)\"$");

  @TempDir private static Path folder;

  private static SparkSession spark;

  @BeforeAll
  static void auditASmallHub() throws Exception {
    spark = TestSpark.session().newSession();
    String table = folder.resolve("table").toString();
    // Without its policy: nothing is trusted, and nothing is wrong.
    new AuditJob(spark, SmallHub.write(folder).hub().toString(), table).execute();
    AuditViews.create(spark, table);
  }

  @Test
  void noAlertIsRaisedTheMorningAfterAGoodNight() throws Exception {
    List<String> alerts = queries().stream().filter(query -> !isAnOverview(query)).toList();

    assertThat(alerts).hasSize(5);
    assertThat(alerts).allSatisfy(query -> assertThat(spark.sql(query).count()).isZero());
  }

  @Test
  void anOverviewHasARowForEachNight() throws Exception {
    List<String> overviews = queries().stream().filter(OperatorQueriesTest::isAnOverview).toList();

    assertThat(overviews).hasSize(1);
    assertThat(spark.sql(overviews.get(0)).count()).isEqualTo(1);
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
