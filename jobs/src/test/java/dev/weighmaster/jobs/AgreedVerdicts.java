package dev.weighmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.jobs.cli.PrintedVerdict;
import dev.weighmaster.jobs.serve.ServedVerdicts;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The verdict on every quantization of a hub on disk, as {@code audit}, {@code verify} and {@code
 * serve} say it: the three must name the same quantizations, and agree in verdict and reason.
 */
public final class AgreedVerdicts {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What all three say of one quantization; the detail is the audit's. */
  public record Agreed(Verdict verdict, Reason reason, String detail) {
    @Override
    public String toString() {
      return verdict + " " + reason;
    }
  }

  private AgreedVerdicts() {}

  /**
   * Audits a hub, verifies each of its repositories, and asks the service for each.
   *
   * @param folder an empty one outside the hub, for the audit table
   * @return by {@code org/name/quantization}, or {@code org/name@revision/quantization}
   */
  public static SortedMap<String, Agreed> of(Path hub, Path policy, Path folder) throws Exception {
    SortedMap<String, Agreed> audited = audited(hub, policy, folder.resolve("table"));
    SortedMap<String, String> expected = new TreeMap<>();
    audited.forEach((name, agreed) -> expected.put(name, agreed.toString()));
    List<Repository> repositories;
    try (Storage storage = new LocalStorage(hub)) {
      repositories =
          Inventory.repositories(storage).stream()
              .sorted(Comparator.comparing(Repository::directory))
              .toList();
    }
    SortedMap<String, String> verified = new TreeMap<>();
    SortedMap<String, String> served = new TreeMap<>();
    try (ServedVerdicts service = new ServedVerdicts(hub, policy)) {
      for (Repository repository : repositories) {
        JsonNode printed = PrintedVerdict.of(hub, repository.directory(), policy);
        put(printed, verified);
        ObjectNode asked = JSON.createObjectNode().put("repository", repository.name());
        if (!repository.revision().isEmpty()) {
          asked.put("revision", repository.revision());
        }
        put(service.ask(asked.toString()), served);
      }
    }
    assertThat(verified).as("verify says what the audit says").isEqualTo(expected);
    assertThat(served).as("the service says what the audit says").isEqualTo(expected);
    return audited;
  }

  /** Holds the verdict on one quantization against what it must be. */
  public static void assertReason(
      Map<String, Agreed> verdicts, String quantization, Reason reason) {
    assertThat(verdicts).containsKey(quantization);
    assertThat(verdicts.get(quantization).reason())
        .as(verdicts.get(quantization).detail())
        .isEqualTo(reason);
  }

  /** Verdicts, reasons and sentences of all organisations but one. */
  public static SortedMap<String, String> without(
      String organisation, Map<String, Agreed> verdicts) {
    SortedMap<String, String> others = new TreeMap<>();
    verdicts.forEach(
        (name, agreed) -> {
          if (!name.startsWith(organisation + "/")) {
            others.put(name, agreed + ": " + agreed.detail());
          }
        });
    return others;
  }

  private static SortedMap<String, Agreed> audited(Path hub, Path policy, Path table)
      throws Exception {
    SparkSession spark = TestSpark.session().newSession();
    // For so few rows, parts of a shuffle only cost time.
    spark.conf().set("spark.sql.shuffle.partitions", "1");
    new AuditJob(spark, hub.toString(), table.toString())
        .policy(PolicySource.read(policy))
        .date(LocalDate.parse("2026-11-22"))
        .execute();
    SortedMap<String, Agreed> audited = new TreeMap<>();
    for (Row row :
        spark
            .read()
            .option("recursiveFileLookup", "true")
            .parquet(table.resolve("audit").toString())
            .select("repository", "revision", "quantization", "verdict", "reason", "detail")
            .collectAsList()) {
      audited.put(
          name(row.getString(0), row.getString(1), row.getString(2)),
          new Agreed(
              Verdict.valueOf(row.getString(3)),
              Reason.valueOf(row.getString(4)),
              row.getString(5)));
    }
    return audited;
  }

  private static void put(JsonNode answer, Map<String, String> verdicts) {
    for (JsonNode each : answer.withArray("quantizations")) {
      verdicts.put(
          name(
              answer.get("repository").textValue(),
              answer.get("revision").textValue(),
              each.get("quantization").textValue()),
          each.get("verdict").textValue() + " " + each.get("reason").textValue());
    }
  }

  private static String name(String repository, String revision, String quantization) {
    return repository
        + (revision == null || revision.isEmpty() ? "" : "@" + revision)
        + "/"
        + quantization;
  }
}
