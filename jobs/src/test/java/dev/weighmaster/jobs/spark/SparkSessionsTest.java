package dev.weighmaster.jobs.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.TestSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class SparkSessionsTest {
  private final SparkSession spark = TestSpark.session();

  @Test
  void anEmbeddedSessionListensOnTheLoopbackInterfaceAndServesNoPages() {
    assertThat(spark.conf().get("spark.driver.bindAddress")).isEqualTo("127.0.0.1");
    assertThat(spark.conf().get("spark.driver.host")).isEqualTo("localhost");
    assertThat(spark.conf().get("spark.ui.enabled")).isEqualTo("false");
  }

  @Test
  void aTimestampIsAnInstantInUtc() {
    assertThat(spark.sql("SELECT timestamp '2026-11-22 00:00:00'").head().<Instant>getAs(0))
        .isEqualTo(Instant.parse("2026-11-22T00:00:00Z"));
  }

  @Test
  void nothingIsLeftInTheCurrentDirectory() {
    spark.sql("SHOW TABLES").collectAsList();

    assertThat(Path.of("spark-warehouse")).doesNotExist();
    assertThat(Path.of("metastore_db")).doesNotExist();
  }

  @Test
  void theOptionsFileForTheJvmFollowsWhatThisSparkAsksFor() throws IOException {
    Path file = Path.of(System.getProperty("weighmaster.root"), "bin/spark.jvm.options");
    List<String> ours = Files.readAllLines(file).stream().filter(l -> !l.startsWith("#")).toList();

    assertThat(ours)
        .containsExactlyElementsOf(
            Stream.of(JavaModuleOptions.defaultModuleOptionArray())
                .filter(l -> !l.contains("jdk.incubator.vector"))
                .filter(l -> !l.contains("sun.security.action"))
                .toList());
  }
}
