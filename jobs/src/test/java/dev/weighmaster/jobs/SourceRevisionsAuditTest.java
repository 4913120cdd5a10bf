package dev.weighmaster.jobs;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;

import dev.weighmaster.chain.TestHub;
import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.jobs.AgreedVerdicts.Agreed;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sources at several revisions, in two layouts, revoked, or not here; all three say the same. */
@TestInstance(Lifecycle.PER_CLASS)
class SourceRevisionsAuditTest {
  private TestHub hub;
  private Map<String, Agreed> verdicts;

  @BeforeAll
  void judge(@TempDir Path folder) throws Exception {
    hub = new TestHub(folder.resolve("hub"));
    model("acme/base", "base", ACME);
    model("models--acme--base/snapshots/rX", "another", ACME);
    // The service is asked for no revision: then it takes the one that is called main.
    hub.write("models--acme--base/refs/main", "rX");
    String many = "models--acme--many/snapshots/r";
    String same = "models--acme--same/snapshots/r";
    for (int i = 10; i < 30; i++) {
      model(many + i, "many " + i, ACME);
      model(same + i, "same", ACME);
    }
    quantized("beyond").from("acme/many", hub.rootDigest(many + 10)).at("r29").by(QUANTS);
    quantized("last").from("acme/many", hub.rootDigest(many + 29)).at("r29").by(QUANTS);
    quantized("absent").from("acme/many", "a".repeat(64)).at("r99").by(QUANTS);
    quantized("layout").from("acme/base").at("rX").by(QUANTS);
    quantized("base").from("acme/base", weights("acme/base")).by(QUANTS);
    model("stranger/copy", "base", STRANGER);
    quantized("revoked").from("acme/same", weights(same + 10)).by(QUANTS);
    quantized("fine").from("acme/same", weights(same + 10)).at("r10").by(QUANTS);
    model("acme/card", "card", ACME);
    quantized("card").from("acme/card").embedding("acme/card/model.sig").by(QUANTS);
    hub.remove("acme/card").write("acme/card/README.md", "# card");
    model("acme/small", "small", ACME);
    quantized("passed")
        .from("acme/large", hub.rootDigest("acme/small"))
        .embedding("acme/small/model.sig")
        .by(QUANTS);
    hub.write("acme/small/README.md", "a later card").sign("acme/small", ACME);
    passOff("hidden");
    passOff("retracted");
    for (int i = 10; i < 30; i++) {
      hub.write("acme/a" + i + "/vae.safetensors", safetensors("vae of hidden"));
      model("acme/a" + i, "a" + i, ACME);
    }

    quantized("lines").from("acme/base", weights("acme/base")).by(QUANTS);
    Path sidecar = hub.file("quants/of-lines/base.Q4_0.gguf.quantization.sigstore.json");
    String line = Files.readString(sidecar).replace("\n", "") + "\n";
    Files.delete(sidecar);
    hub.write("quants/of-lines/all.intoto.jsonl", line.repeat(1001));
    hub.policy(
        "revoked: {digests: [%s, %s, %s]}\nrequire: {source_in_hub: false}\n"
            .formatted(
                hub.rootDigest(same + 29),
                hub.rootDigest("stranger/copy"),
                hub.rootDigest("acme/retracted")));
    verdicts = AgreedVerdicts.of(folder.resolve("hub"), hub.writePolicy(folder), folder);
  }

  /** A model under another name, with its own card as it was. */
  private void passOff(String name) {
    String model = "acme/" + name;
    hub.write(model + "/vae.safetensors", safetensors("vae of " + name));
    model(model, name, ACME);
    quantized(name)
        .from("acme/large", hub.rootDigest(model))
        .embedding(model + "/model.sig")
        .by(QUANTS);
    hub.write(model + "/README.md", "a later card").sign(model, ACME);
  }

  private void model(String place, String weights, Signs signer) {
    hub.write(place + "/model.safetensors", safetensors(weights))
        .write(place + "/README.md", "# " + place)
        .sign(place, signer);
  }

  private String weights(String place) {
    return hub.sha256(place + "/model.safetensors");
  }

  private TestHub.Attestation quantized(String name) {
    String file = "quants/of-" + name + "/base.Q4_0.gguf";
    return hub.write(file, gguf(GgmlType.Q4_0, name)).attest(file);
  }

  @ParameterizedTest
  @CsvSource({
    "beyond,  SOURCE_DIGEST_MISMATCH",
    "last,    OK",
    "absent,  SOURCE_MISSING",
    "layout,  SOURCE_DIGEST_MISMATCH",
    "base,    OK",
    "revoked, REVOKED",
    "fine,    OK",
    "card,    OK",
    "passed,  SOURCE_IDENTITY_MISMATCH",
    "hidden,  SOURCE_IDENTITY_MISMATCH",
    "retracted, SOURCE_IDENTITY_MISMATCH",
    "lines,   UNSUPPORTED",
  })
  void auditVerifyAndServeAgree(String source, Reason reason) {
    AgreedVerdicts.assertReason(verdicts, "quants/of-" + source + "/base.Q4_0.gguf", reason);
  }
}
