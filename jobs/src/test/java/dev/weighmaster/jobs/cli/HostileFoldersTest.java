package dev.weighmaster.jobs.cli;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.chain.TestHub;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.serve.ServedVerdicts;
import dev.weighmaster.trust.PolicySource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pipes, links and names in a hub that would keep an audit waiting, or reading for ever. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(600)
class HostileFoldersTest {
  private static final int LINKS = 300;

  private Path hub;
  private Path policy;
  private boolean takesAnyName;
  private RunRow run;
  private final Map<String, String> audited = new TreeMap<>();
  private final Map<String, String> details = new TreeMap<>();

  @BeforeAll
  void audit(@TempDir Path folder) throws Exception {
    hub = folder.resolve("hub");
    TestHub written = new TestHub(hub);
    written.model("acme/base").sign("acme/base", ACME);
    written
        .write("quants/linked/a.gguf", gguf(GgmlType.Q4_0, "a"))
        .attest("quants/linked/a.gguf")
        .from("acme/base")
        .by(QUANTS);
    for (int i = 0; i < LINKS; i++) {
      Files.createSymbolicLink(
          hub.resolve("quants/linked/link-%03d.gguf".formatted(i)), Path.of("a.gguf"));
    }
    written.write("quants/up/b.gguf", gguf(GgmlType.Q4_0, "b"));
    Files.createSymbolicLink(hub.resolve("quants/up/up"), Path.of(".."));
    written.write("quants/pipes/c.gguf", gguf(GgmlType.Q4_0, "c"));
    written.write("quants/bytes/d.gguf", gguf(GgmlType.Q4_0, "d"));
    written.write("stray.gguf", gguf(GgmlType.Q4_0, "stray"));
    written.write("quants/stray.txt", "beside the repositories".getBytes(UTF_8));
    sh("mkfifo pipe quants/pipe quants/pipes/pipe.gguf quants/pipes/folder");
    Files.createSymbolicLink(hub.resolve("quants/pipes/link.gguf"), Path.of("pipe.gguf"));
    takesAnyName =
        exitCode(
                "cp quants/bytes/d.gguf \"$(printf 'quants/bytes/\\377.gguf')\""
                    + " && mkdir \"$(printf 'quants/\\377')\" \"$(printf '\\376')\"")
            == 0;
    // As the name of the byte 0xFF is spelled.
    written.write("quants/bytes/\uFFFDff.gguf", gguf(GgmlType.Q4_0, "spelled"));
    policy = written.writePolicy(folder.resolve("policy"));
    String table = folder.resolve("table").toString();
    run =
        new AuditJob(TestSpark.session(), hub.toString(), table)
            .policy(PolicySource.read(policy))
            .execute()
            .run();
    for (Row row :
        TestSpark.session()
            .read()
            .option("recursiveFileLookup", "true")
            .parquet(table + "/audit")
            .select("repository", "quantization", "verdict", "reason", "detail")
            .collectAsList()) {
      String name = row.getString(0) + "/" + row.getString(1);
      audited.put(name, row.getString(2) + " " + row.getString(3));
      details.put(name, row.getString(4));
    }
  }

  private void sh(String script) throws Exception {
    assertThat(exitCode(script)).isZero();
  }

  private int exitCode(String script) throws Exception {
    return new ProcessBuilder("sh", "-c", script)
        .directory(hub.toFile())
        .inheritIO()
        .start()
        .waitFor();
  }

  private Map<String, String> verified(String repository) throws IOException {
    return verdicts(PrintedVerdict.of(hub, repository, policy));
  }

  private Map<String, String> served(String repository) throws Exception {
    try (ServedVerdicts service = new ServedVerdicts(hub, policy)) {
      return verdicts(service.ask("{\"repository\": \"" + repository + "\"}"));
    }
  }

  private static Map<String, String> verdicts(JsonNode answer) {
    Map<String, String> verdicts = new TreeMap<>();
    for (JsonNode each : answer.withArray("quantizations")) {
      verdicts.put(
          answer.get("repository").textValue() + "/" + each.get("quantization").textValue(),
          each.get("verdict").textValue() + " " + each.get("reason").textValue());
    }
    return verdicts;
  }

  private Map<String, String> audited(String repository) {
    Map<String, String> own = new TreeMap<>(audited);
    own.keySet().removeIf(name -> !name.startsWith(repository + "/"));
    return own;
  }

  private void assertAgreed(String repository) throws Exception {
    assertThat(audited(repository)).isNotEmpty();
    assertThat(verified(repository)).isEqualTo(audited(repository));
    assertThat(served(repository)).isEqualTo(audited(repository));
  }

  @Test
  void pipesWhereFoldersAreExpectedCostOnlyThemselves() throws Exception {
    assertThat(details.get("pipe/.")).contains("is neither a file nor a directory");
    assertThat(details.get("quants/pipe/.")).contains("is neither a file nor a directory");
    assertThat(Commands.run("verify", hub.resolve("quants/pipe"), "--hub", hub).exitCode())
        .isEqualTo(ExitCode.ERROR);
    try (ServedVerdicts service = new ServedVerdicts(hub, policy)) {
      assertThat(service.status("{\"repository\": \"quants/pipe\"}")).isEqualTo(200);
      assertThat(service.status("{\"repository\": \"pipe/any\"}")).isEqualTo(404);
    }
  }

  @Test
  void pipesAmongTheFilesAreRowsOfTheirOwn() throws Exception {
    assertThat(audited("quants/pipes"))
        .containsEntry("quants/pipes/pipe.gguf", "ERROR IO_ERROR")
        .containsEntry("quants/pipes/link.gguf", "ERROR IO_ERROR")
        .containsEntry("quants/pipes/c.gguf", "UNVERIFIED NO_ATTESTATION");
    assertAgreed("quants/pipes");
  }

  @Test
  void everyLinkToAFileHasItsRowAndTheFileIsReadOnce() throws Exception {
    long all;
    try (Stream<Path> files = Files.walk(hub)) {
      all =
          files
              .filter(file -> Files.isRegularFile(file) && !Files.isSymbolicLink(file))
              .mapToLong(file -> file.toFile().length())
              .sum();
    }
    assertThat(audited("quants/linked")).hasSize(LINKS + 1);
    assertThat(run.bytesRead()).isLessThanOrEqualTo(all);
    assertAgreed("quants/linked");
  }

  @Test
  void aLinkUpwardsTakesNoOtherRepositoryAlong() throws Exception {
    assertThat(audited("quants/up")).containsKey("quants/up/b.gguf");
    assertThat(audited("quants/up").keySet()).noneMatch(name -> name.contains("a.gguf"));
    assertAgreed("quants/up");
  }

  @Test
  void aNameThatIsSpelledLikeBytesIsARowOfItsOwn() throws Exception {
    assertThat(audited("quants/bytes"))
        .containsEntry("quants/bytes/\uFFFDef\uFFFDbf\uFFFDbdff.gguf", "ERROR IO_ERROR");
    assertAgreed("quants/bytes");
  }

  @Test
  void namesThatAreNotUtf8AreRowsThatSaySo() throws Exception {
    assumeThat(takesAnyName).as("the file system takes any bytes for a name").isTrue();
    assertThat(audited("quants/bytes"))
        .containsEntry("quants/bytes/\uFFFDff.gguf", "ERROR IO_ERROR")
        .containsEntry("quants/bytes/d.gguf", "UNVERIFIED NO_ATTESTATION");
    assertThat(details.get("quants/bytes/\uFFFDff.gguf")).contains("its name is not UTF-8");
    assertThat(details.get("quants/\uFFFDff/.")).contains("its name is not UTF-8");
    assertThat(details.get("\uFFFDfe/.")).contains("its name is not UTF-8");
    assertAgreed("quants/bytes");
  }

  @Test
  void filesAboveTheRepositoriesAreCountedAndNamed() {
    assertThat(run.filesOutside()).contains(2L);
    assertThat(run.outside().orElseThrow()).containsExactly("quants/stray.txt", "stray.gguf");
  }
}
