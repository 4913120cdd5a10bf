package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.weighmaster.audit.AttestationStore;
import dev.weighmaster.audit.HubSources;
import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.chain.QuantizationCase;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storages;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.AuditResult;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.demo.DemoHub;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TrustPolicy;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's hub, audited twice. */
class DemoAuditTest {
  private static final SparkSession SPARK = TestSpark.session().newSession();

  /** Of each quantization: repository, file, verdict, reason. */
  private static final List<Tuple> VERDICTS =
      List.of(
          tuple("nordic/tiny-saga-GGUF", "tiny-Q8_0.gguf", "VERIFIED", "OK"),
          tuple("packer/tiny-base-GGUF", "tiny-Q4_0.gguf", "UNVERIFIED", "UNSIGNED_STATEMENT"),
          tuple("quantco/circular-GGUF", "tiny-Q4_0.gguf", "BROKEN", "CHAIN_CYCLE"),
          tuple("quantco/circular-GGUF", "tiny-Q8_0.gguf", "BROKEN", "CHAIN_CYCLE"),
          tuple("quantco/cut-attestation-GGUF", "tiny-Q8_0.gguf", "BROKEN", "MALFORMED_BUNDLE"),
          tuple("quantco/cut-weights-GGUF", "tiny-Q8_0.gguf", "BROKEN", "MALFORMED_WEIGHTS"),
          tuple("quantco/edited-attestation-GGUF", "tiny-Q8_0.gguf", "BROKEN", "SIGNATURE_INVALID"),
          tuple("quantco/edited-weights-GGUF", "tiny-Q4_1.gguf", "VERIFIED", "OK"),
          tuple(
              "quantco/half-attested-GGUF",
              "tiny-Q8_0-00001-of-00002.gguf",
              "BROKEN",
              "SUBJECT_INCOMPLETE"),
          tuple("quantco/not-attested-GGUF", "tiny-Q8_0.gguf", "UNVERIFIED", "NO_ATTESTATION"),
          tuple("quantco/not-fetched-GGUF", "tiny-Q8_0.gguf", "ERROR", "IO_ERROR"),
          tuple("quantco/other-card-GGUF", "tiny-Q8_0.gguf", "BROKEN", "CLAIM_MISMATCH"),
          tuple("quantco/other-method-GGUF", "tiny-Q4_0.gguf", "BROKEN", "METHOD_MISMATCH"),
          tuple("quantco/passed-off-GGUF", "tiny-Q8_0.gguf", "BROKEN", "SOURCE_IDENTITY_MISMATCH"),
          tuple("quantco/revoked-GGUF", "tiny-Q4_0.gguf", "BROKEN", "REVOKED"),
          tuple("quantco/tampered-GGUF", "tiny-Q8_0.gguf", "BROKEN", "DIGEST_MISMATCH"),
          tuple("quantco/tiny-base-GGUF", "tiny-Q4_0.gguf", "VERIFIED", "OK"),
          tuple("quantco/tiny-base-GGUF", "tiny-Q8_0.gguf", "VERIFIED", "OK"),
          tuple("quantco/tiny-base-via-F16-GGUF", "tiny-Q4_1.gguf", "VERIFIED", "OK"),
          tuple("quantco/tiny-chat-GPTQ", "model.safetensors", "VERIFIED", "OK"),
          tuple("quantco/tiny-code-GGUF", "tiny-Q8_0.gguf", "BROKEN", "UNSIGNED_FILES"),
          tuple(
              "quantco/tiny-first-GGUF",
              "tiny-Q8_0.gguf",
              "UNVERIFIED",
              "SOURCE_SIGNER_NOT_TRUSTED"),
          tuple("quantco/tiny-math-GGUF", "tiny-Q8_0.gguf", "BROKEN", "SOURCE_DIGEST_MISMATCH"),
          tuple("quantco/tiny-merge-GGUF", "tiny-Q8_0.gguf", "UNVERIFIED", "SOURCE_UNSIGNED"),
          tuple("quantco/tiny-withdrawn-GGUF", "tiny-Q8_0.gguf", "UNVERIFIED", "SOURCE_MISSING"),
          tuple("stranger/tiny-base-GGUF", "tiny-Q8_0.gguf", "UNVERIFIED", "SIGNER_NOT_TRUSTED"));

  /** Picks the rows of the second run. */
  private static final String SECOND = "run_id IN (SELECT run_id FROM latest)";

  @TempDir private static Path folder;
  private static DemoHub demo;
  private static AuditResult first;
  private static AuditResult second;

  @BeforeAll
  static void auditTwice() throws Exception {
    demo = DemoHub.create(folder.resolve("demo"));
    first = audit();
    second = audit();
    AuditViews.create(SPARK, demo.table().toString());
  }

  private static AuditResult audit() throws Exception {
    return new AuditJob(SPARK, demo.hub().toString(), demo.table().toString())
        .policy(PolicySource.read(demo.policy()))
        .execute();
  }

  @Test
  void everyQuantizationGetsItsVerdict() {
    assertThat(rows("SELECT repository, quantization, verdict, reason FROM latest"))
        .containsExactlyInAnyOrderElementsOf(VERDICTS);
  }

  @Test
  void verifySaysWhatTheAuditSays() throws Exception {
    TrustPolicy policy = TrustPolicy.load(demo.policy());
    ChainJudge judge = new ChainJudge(policy);
    List<Tuple> judged = new ArrayList<>();
    try (Storage storage = Storages.open(demo.hub().toString())) {
      HubSources sources =
          new HubSources(storage, new BundleVerifier(policy), AttestationStore.NONE, judge);
      for (Repository repository : Inventory.repositories(storage)) {
        for (QuantizationCase found : sources.evidence(repository).cases()) {
          var judgement = judge.judge(found, sources);
          judged.add(
              tuple(
                  repository.name(),
                  found.quantization().name(),
                  judgement.verdict().name(),
                  judgement.reason().name()));
        }
      }
    }
    assertThat(judged).containsExactlyInAnyOrderElementsOf(VERDICTS);
  }

  @Test
  void aMachineReadsTheCountsOfTheRun() {
    assertThat(AuditCommand.json(second).toString())
        .startsWith("{\"run_id\":\"" + second.run().runId() + "\",\"audit_date\":\"")
        .contains(
            "\"quantizations\":26,\"verified\":6,\"unverified\":6,\"broken\":13,\"errors\":1,",
            "\"earlier_run\":\""
                + first.run().runId()
                + "\",\"gone\":[],\"outside\":[],\"broken_signatures\":[\"");
  }

  @Test
  void everyRepositoryWithAVerdictHasItsStory() {
    assertThat(demo.stories().keySet())
        .containsExactlyInAnyOrderElementsOf(
            VERDICTS.stream().map(row -> (String) row.toList().get(0)).distinct().toList());
  }

  @Test
  void theSourceOfAVerifiedQuantizationIsNamedWithItsPublisher() {
    assertThat(
            rows(
                """
                SELECT repository, method, source_model, chain_depth, badge
                FROM latest
                WHERE verdict = 'VERIFIED' AND source_publisher IS NOT NULL
                """))
        .containsExactlyInAnyOrder(
            verified("nordic/tiny-saga-GGUF", "Q8_0", "nordic/tiny-saga", 2),
            verified("quantco/edited-weights-GGUF", "Q4_1", "acme/tiny-base", 3),
            verified("quantco/tiny-base-GGUF", "Q4_0", "acme/tiny-base", 2),
            verified("quantco/tiny-base-GGUF", "Q8_0", "acme/tiny-base", 2),
            verified("quantco/tiny-base-via-F16-GGUF", "Q4_1", "acme/tiny-base", 3),
            verified("quantco/tiny-chat-GPTQ", "GPTQ", "acme/tiny-chat", 2));
  }

  private static Tuple verified(String repository, String method, String source, int depth) {
    return tuple(repository, method, source, depth, "Quantized from " + source + ", verified");
  }

  @Test
  void everyFilesDigestIsThatOfItsBytes() throws Exception {
    Map<String, String> digests = new TreeMap<>();
    for (Path file : files()) {
      digests.put(
          demo.hub().relativize(file).toString(),
          HexFormat.of()
              .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file))));
    }
    Map<String, String> audited = new TreeMap<>();
    for (Row row : SPARK.sql("SELECT path, sha256 FROM files WHERE " + SECOND).collectAsList()) {
      audited.put(row.getString(0), row.getString(1));
    }
    assertThat(audited).isEqualTo(digests);
  }

  @Test
  void everySidecarsStatementHasARow() throws Exception {
    assertThat(rows("SELECT repository, sidecar FROM attestations WHERE " + SECOND))
        .extracting(row -> row.toList().get(0) + "/" + row.toList().get(1))
        .containsExactlyInAnyOrderElementsOf(
            files().stream()
                .map(file -> demo.hub().relativize(file).toString())
                .filter(name -> FileKind.of(name) == FileKind.SIDECAR)
                .map(name -> name.replaceFirst("models--(.*?)--(.*?)/snapshots/[^/]+/", "$1/$2/"))
                .toList());
    assertThat(
            rows(
                "SELECT repository, reason FROM attestations"
                    + " WHERE sidecar = 'model.sig' AND "
                    + SECOND))
        .containsExactlyInAnyOrder(
            tuple("acme/tiny-base", "OK"),
            tuple("acme/tiny-chat", "OK"),
            tuple("acme/tiny-code", "UNSIGNED_FILES"),
            tuple("acme/tiny-math", "DIGEST_MISMATCH"),
            tuple("newcomer/tiny-first", "SIGNER_NOT_TRUSTED"),
            tuple("nordic/tiny-saga", "OK"));
  }

  @Test
  void eachAuditIsARunThatCountsWhatItFound() throws Exception {
    long bytes = 0;
    long weights = 0;
    for (Path file : files()) {
      bytes += Files.size(file);
      if (FileKind.of(demo.hub().relativize(file).toString()).isWeights()) {
        weights += Files.size(file);
      }
    }
    String columns =
        "quantizations, verified, unverified, broken, errors, signed_models,"
            + " signed_models_holding, files, bytes, weights_bytes_read";

    assertThat(rows("SELECT " + columns + " FROM runs ORDER BY started_at"))
        .containsExactly(
            tuple(26L, 6L, 6L, 13L, 1L, 6L, 3L, (long) files().size(), bytes, weights),
            // So soon after they were written, files are read again.
            tuple(26L, 6L, 6L, 13L, 1L, 6L, 3L, (long) files().size(), bytes, weights));
    assertThat(rows("SELECT bytes_read FROM runs ORDER BY started_at LIMIT 1"))
        .containsExactly(tuple(bytes));
    assertThat(rows("SELECT DISTINCT run_id FROM runs"))
        .containsExactlyInAnyOrder(tuple(first.run().runId()), tuple(second.run().runId()));
  }

  @Test
  void theLatestRunIsTheSecond() {
    assertThat(rows("SELECT DISTINCT run_id FROM latest"))
        .containsExactly(tuple(second.run().runId()));
    assertThat(rows("SELECT run_id, count(*) FROM audit GROUP BY run_id"))
        .containsExactlyInAnyOrder(
            tuple(first.run().runId(), 26L), tuple(second.run().runId(), 26L));
  }

  @Test
  void privateKeysAreForTheirOwnerAlone() throws IOException {
    try (Stream<Path> keys = Files.list(demo.keys())) {
      assertThat(keys.filter(key -> !key.toString().endsWith(".pub.pem")))
          .hasSize(5)
          .allSatisfy(
              key ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                      .isEqualTo("rw-------"));
    }
  }

  @Test
  void anEarlierDemoIsReplacedAndWhatElseIsThereStays(@TempDir Path folder) throws IOException {
    DemoHub.create(folder);
    Path stray = Files.createDirectories(folder.resolve("hub/org/name")).resolve("stray.gguf");
    Files.writeString(stray, "");
    Path notes = Files.writeString(folder.resolve("notes"), "mine");
    byte[] weights = weights(folder);
    byte[] key = Files.readAllBytes(folder.resolve("keys/acme.pem"));

    DemoHub.create(folder);

    assertThat(stray).doesNotExist();
    assertThat(notes).hasContent("mine");
    assertThat(weights(folder)).isEqualTo(weights);
    assertThat(folder.resolve("keys/acme.pem"))
        .satisfies(file -> assertThat(Files.readAllBytes(file)).isNotEqualTo(key));
  }

  private static byte[] weights(Path folder) throws IOException {
    return Files.readAllBytes(folder.resolve("hub/quantco/tiny-base-GGUF/tiny-Q4_0.gguf"));
  }

  @Test
  void aFolderWithAnythingElseInItIsLeftAlone(@TempDir Path folder) throws IOException {
    Path hub = Files.writeString(folder.resolve("hub"), "mine");

    assertThatThrownBy(() -> DemoHub.create(folder))
        .isInstanceOf(FileSystemException.class)
        .hasMessage(folder + ": is not empty, and no earlier demo: name another folder");
    assertThatThrownBy(() -> DemoHub.create(hub))
        .isInstanceOf(FileSystemException.class)
        .hasMessage(hub + ": is not a folder");

    assertThat(folder).isDirectoryContaining(file -> file.equals(hub));
    assertThat(hub).hasContent("mine");
  }

  /** The files of all repositories, through the links of those that are in a cache. */
  private static List<Path> files() throws IOException {
    try (Stream<Path> tree = Files.walk(demo.hub(), FileVisitOption.FOLLOW_LINKS)) {
      return tree.filter(Files::isRegularFile)
          .filter(file -> !file.toString().matches(".*/models--[^/]*/(blobs|refs)/.*"))
          .toList();
    }
  }

  private static List<Tuple> rows(String query) {
    return SPARK.sql(query).collectAsList().stream()
        .map(
            row -> {
              Object[] values = new Object[row.length()];
              Arrays.setAll(values, row::get);
              return tuple(values);
            })
        .toList();
  }
}
