package dev.weighmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An audit through spark-submit's own class, in a process of its own, with conf/ as it is. */
@Tag("slow")
class ShippedSettingsTest {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));
  private static final int MINUTES_TO_RUN = 3;

  @TempDir private static Path folder;

  private static long bytesOfTheHub;
  private static String ofTheDriver;
  private static String ofTheExecutors;
  private static List<String> log;

  @BeforeAll
  static void audit() throws Exception {
    SmallHub small = SmallHub.write(folder);
    bytesOfTheHub = bytesBelow(small.hub());
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command(small.hub(), folder.resolve("table")))
            .directory(folder.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("SPARK_"));
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    Process process = builder.start();
    try (BufferedReader lines = process.inputReader()) {
      String address = lines.readLine();
      assertThat(address).as(() -> text(err)).startsWith("http://");
      ofTheDriver = get(address + "/metrics/prometheus/");
      ofTheExecutors = get(address + "/metrics/executors/prometheus/");
      process.outputWriter().close();
      assertThat(process.waitFor(MINUTES_TO_RUN, TimeUnit.MINUTES)).as("ended in time").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(() -> text(err)).isZero();
    log = Files.readAllLines(err);
  }

  /** Nothing is downloaded, since the hub is a folder; everything else is taken as it stands. */
  private static List<String> command(Path hub, Path table) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + ROOT.resolve("bin/spark.jvm.options"));
    command.add("-Xmx1g");
    command.addAll(ShortRuns.JVM);
    command.add("-cp");
    command.add(ROOT.resolve("conf") + File.pathSeparator + System.getProperty("java.class.path"));
    command.add("org.apache.spark.deploy.SparkSubmit");
    command.addAll(
        List.of("--properties-file", ROOT.resolve("conf/spark-defaults.conf").toString()));
    command.addAll(List.of("--master", "local[2]", "--conf", "spark.jars.packages="));
    command.addAll(List.of("--conf", "spark.ui.enabled=true", "--conf", "spark.ui.port=0"));
    command.addAll(List.of("--class", ServedAudit.class.getName(), "spark-internal"));
    command.addAll(List.of(hub.toString(), table.toString()));
    return command;
  }

  @Test
  void everyLineOfTheLogIsAJsonObjectWithItsTimeLevelAndLogger() {
    assertThat(log).isNotEmpty().allSatisfy(ShippedSettingsTest::isALogEvent);
  }

  @Test
  void theLogNamesWhatItSpeaksOfApartFromTheSentence() throws JsonProcessingException {
    List<String> named = new ArrayList<>();
    for (String line : log) {
      new ObjectMapper().readTree(line).path("context").fieldNames().forEachRemaining(named::add);
    }

    assertThat(named).contains("app_name", "stage_id");
  }

  @Test
  void theTasksAndTheBytesOfTheHubAreAmongTheFiguresOfTheExecutors() {
    assertThat(figure(ofTheExecutors, "metrics_executor_completedTasks_total")).isPositive();
    assertThat(figure(ofTheExecutors, "metrics_executor_failedTasks_total")).isZero();
    assertThat(figure(ofTheExecutors, "metrics_executor_totalInputBytes_bytes_total"))
        .isGreaterThanOrEqualTo(bytesOfTheHub);
  }

  @Test
  void theHeapAndTheReadsOfEachFileSystemAreAmongTheFiguresOfTheDriver() {
    assertThat(figure(ofTheDriver, "metrics_\\w+_driver_jvm_heap_used_Value")).isPositive();
    assertThat(figure(ofTheDriver, "metrics_\\w+_driver_executor_filesystem_s3a_read_ops_Value"))
        .isZero();
  }

  private static void isALogEvent(String line) throws JsonProcessingException {
    JsonNode event = new ObjectMapper().readTree(line);
    assertThat(event.path("ts").textValue()).matches("\\d{4}-\\d\\d-\\d\\dT[\\d:.]{12}Z");
    assertThat(event.path("level").textValue()).isIn("INFO", "WARN");
    assertThat(event.path("logger").textValue()).isNotEmpty();
    assertThat(event.path("msg").textValue()).isNotEmpty();
  }

  private static long figure(String figures, String name) {
    List<MatchResult> found =
        Pattern.compile("(?m)^" + name + "\\{.*} (\\S+)$").matcher(figures).results().toList();
    assertThat(found).as(name + " in " + figures).hasSize(1);
    return new BigDecimal(found.get(0).group(1)).longValue();
  }

  private static String get(String address) throws IOException, InterruptedException {
    var answer =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(address).isEqualTo(200);
    return answer.body();
  }

  private static long bytesBelow(Path hub) throws IOException {
    try (var files = Files.walk(hub)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
