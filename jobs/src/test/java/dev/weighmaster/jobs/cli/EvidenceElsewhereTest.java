package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.AuditResult;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hub whose evidence lies elsewhere: attestations and a model signature in a folder of their own,
 * and a source that is not there at all.
 */
class EvidenceElsewhereTest {
  private static final SparkSession SPARK = TestSpark.session().newSession();

  @TempDir private static Path folder;
  private static Path hub;
  private static Path store;
  private static AuditResult result;

  @BeforeAll
  static void auditAHub() throws Exception {
    hub = folder.resolve("hub");
    store = Files.createDirectories(folder.resolve("store/deep"));
    keys("acme");
    keys("quants");
    Files.writeString(
        folder.resolve("policy.yaml"),
        """
        version: 1
        trust_roots:
          - {name: acme, public_key: acme.pub.pem}
          - {name: quants, public_key: quants.pub.pem}
        publishers:
          - {models: "acme/*", signers: [{key: acme}]}
          - {models: "lost/*", signers: [{key: acme}]}
        quantizers: [{repositories: "quants/*", signers: [{key: quants}]}]
        require: {source_in_hub: false}
        """);
    model("acme/base", 1);
    model("acme/gone", 2);
    model("lost/base", 7);
    Path kept = quantization("quants/kept-GGUF", 3);
    Path embedded = quantization("quants/embedded-GGUF", 4);
    Path removed = quantization("quants/removed-GGUF", 5);
    quantization("quants/bare-GGUF", 6);
    attest(kept, "acme/base");
    attest(removed, "acme/base");
    attest(embedded, "acme/gone", "--embed-signature");

    attest(quantization("quants/lost-GGUF", 8), "lost/base", "--embed-signature");
    Files.move(
        hub.resolve("lost"), Files.createDirectories(folder.resolve("away")).resolve("lost"));
    Files.createSymbolicLink(hub.resolve("lost"), Path.of("nowhere"));

    Files.createDirectories(hub.resolve("evil/copy"));
    Files.copy(kept, hub.resolve("evil/copy/copy.gguf"));
    Files.delete(removed);
    String lines = line(sidecar(kept)) + "\r\n\nnonsense\n" + line(sidecar(removed)) + "\n";
    Files.writeString(store.resolve("all.intoto.jsonl"), lines);
    Files.delete(sidecar(kept));
    Files.delete(sidecar(removed));
    Files.move(hub.resolve("acme/base/model.sig"), store.resolve("base.sig"));
    Files.move(hub.resolve("acme/gone/model.sig"), store.resolveSibling("gone.sig"));
    Files.move(hub.resolve("acme/gone"), folder.resolve("gone"));
    Files.writeString(store.resolve("base-Q8_0.gguf.sig"), "{}");
    Files.writeString(store.resolve("notes.txt"), "no sidecar");

    result =
        new AuditJob(SPARK, hub.toString(), folder.resolve("table").toString())
            .policy(PolicySource.read(folder.resolve("policy.yaml")))
            .attestations(folder.resolve("store").toString())
            .execute();
    AuditViews.create(SPARK, folder.resolve("table").toString());
  }

  @Test
  void everyQuantizationGetsItsVerdict() {
    assertThat(rows("SELECT repository, verdict, reason FROM latest"))
        .containsExactlyInAnyOrder(
            tuple("evil/copy", "UNVERIFIED", "SIGNER_NOT_TRUSTED"),
            tuple("lost", "ERROR", "IO_ERROR"),
            // Nobody can say that a source is not in a folder that can't be looked into.
            tuple("quants/lost-GGUF", "UNVERIFIED", "SOURCE_MISSING"),
            tuple("quants/bare-GGUF", "UNVERIFIED", "NO_ATTESTATION"),
            tuple("quants/embedded-GGUF", "VERIFIED", "OK"),
            tuple("quants/kept-GGUF", "VERIFIED", "OK"));
  }

  @Test
  void verifySaysWhatTheAuditSays() throws Exception {
    for (Tuple row :
        rows("SELECT repository, verdict, reason, detail FROM latest WHERE verdict <> 'ERROR'")) {
      List<Object> columns = row.toList();
      String json =
          Commands.run(
                  "verify",
                  hub.resolve((String) columns.get(0)),
                  "--hub",
                  hub,
                  "--policy",
                  folder.resolve("policy.yaml"),
                  "--attestations",
                  folder.resolve("store"),
                  "--json")
              .out();
      JsonNode judged = new JsonMapper().readTree(json).get("quantizations").get(0);
      assertThat(
              List.of(
                  judged.get("verdict").textValue(),
                  judged.get("reason").textValue(),
                  judged.get("detail").textValue()))
          .isEqualTo(columns.subList(1, 4));
    }
  }

  @Test
  void everyStatementHasItsRowWhereverItLies() {
    assertThat(rows("SELECT repository, sidecar, line, verdict, reason FROM attestations"))
        .containsExactlyInAnyOrder(
            tuple("acme/base", "attestations:deep/base.sig", 1, "VERIFIED", "OK"),
            tuple("quants/kept-GGUF", "attestations:deep/all.intoto.jsonl", 1, "VERIFIED", "OK"),
            tuple(
                "evil/copy",
                "attestations:deep/all.intoto.jsonl",
                1,
                "UNVERIFIED",
                "SIGNER_NOT_TRUSTED"),
            tuple("", "attestations:deep/all.intoto.jsonl", 3, "BROKEN", "MALFORMED_BUNDLE"),
            tuple("", "attestations:deep/all.intoto.jsonl", 4, "UNVERIFIED", "SIGNER_NOT_TRUSTED"),
            tuple("", "attestations:deep/base-Q8_0.gguf.sig", 1, "BROKEN", "MALFORMED_BUNDLE"),
            tuple("", "attestations:gone.sig", 1, "UNVERIFIED", "SIGNER_NOT_TRUSTED"),
            tuple(
                "quants/lost-GGUF",
                "lost-GGUF.gguf.quantization.sigstore.json",
                1,
                "VERIFIED",
                "OK"),
            tuple(
                "quants/embedded-GGUF",
                "embedded-GGUF.gguf.quantization.sigstore.json",
                1,
                "VERIFIED",
                "OK"));
  }

  @Test
  void theTableSaysThatASourcesBytesWereNotChecked() {
    assertThat(
            rows(
                "SELECT repository, link.kind FROM (SELECT repository, explode(chain) AS link"
                    + " FROM latest) WHERE link.kind LIKE '%SIGNATURE'"))
        .containsExactlyInAnyOrder(
            tuple("quants/embedded-GGUF", "EMBEDDED_SIGNATURE"),
            tuple("quants/kept-GGUF", "MODEL_SIGNATURE"));
  }

  @Test
  void aModelThatTheHubDoesNotHaveIsNoneOfItsSignedModels() {
    assertThat(result.run().signedModels()).isEqualTo(1);
    assertThat(result.run().signedModelsHolding()).isEqualTo(1);
  }

  @Test
  void aFolderThatIsNotThereIsNamed() {
    String none = folder.resolve("none").toString();
    AuditJob job =
        new AuditJob(SPARK, hub.toString(), folder.resolve("unused").toString()).attestations(none);

    assertThatThrownBy(job::execute)
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the attestations " + none + " can't be listed: ")
        .hasMessageEndingWith("; --attestations takes a folder of sidecars");
    assertThat(
            Commands.run(
                    "verify", hub.resolve("quants/kept-GGUF"), "--hub", hub, "--attestations", none)
                .failed(3))
        .startsWith("the attestations " + none + " can't be listed: ");
  }

  private static void keys(String name) throws IOException {
    KeyPair pair = TestKeys.generate("secp256r1");
    Files.write(folder.resolve(name + ".pem"), TestKeys.privatePem(pair));
    Files.write(folder.resolve(name + ".pub.pem"), TestKeys.publicPem(pair));
  }

  private static void model(String name, int seed) throws IOException {
    Path model = Files.createDirectories(hub.resolve(name));
    byte[] data = new byte[128];
    data[0] = (byte) seed;
    Files.write(
        model.resolve("model.safetensors"),
        new SafetensorsWriter()
            .tensor("w", SafetensorsType.BF16, List.of(2L, 32L), data)
            .toByteArray());
    Commands.run("sign", model, "--key", folder.resolve("acme.pem")).succeeded();
  }

  private static Path quantization(String name, int seed) throws IOException {
    Path repository = Files.createDirectories(hub.resolve(name));
    byte[] data = new byte[2 * GgmlType.Q8_0.blockBytes()];
    data[0] = (byte) seed;
    return Files.write(
        repository.resolve(repository.getFileName() + ".gguf"),
        new GgufWriter()
            .put("general.architecture", "llama")
            .tensor("w", GgmlType.Q8_0, List.of(32L, 2L), data)
            .toByteArray());
  }

  private static void attest(Path weights, String model, Object... options) {
    List<Object> line = new ArrayList<>(List.of("attest", weights, "--source", hub.resolve(model)));
    line.addAll(List.of("--model", model, "--tool", "t@1", "--method", "Q8_0"));
    line.addAll(List.of("--key", folder.resolve("quants.pem")));
    line.addAll(List.of(options));
    Commands.run(line.toArray()).succeeded();
  }

  private static Path sidecar(Path weights) {
    return Path.of(weights + ".quantization.sigstore.json");
  }

  private static String line(Path bundle) throws IOException {
    return Files.readString(bundle).replaceAll("\\s*\n\\s*", "");
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
