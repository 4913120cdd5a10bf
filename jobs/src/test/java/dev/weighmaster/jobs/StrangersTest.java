package dev.weighmaster.jobs;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.jobs.AgreedVerdicts.Agreed;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hub before and after somebody uploads whatever they like to an organisation of their own, for
 * which the policy trusts them as publisher and quantizer alike: nobody else's verdict may change.
 */
@TestInstance(Lifecycle.PER_CLASS)
class StrangersTest {
  private static final String F16 = "quants/f16/base.F16.gguf";

  private TestHub hub;
  private Map<String, Agreed> before;
  private Map<String, Agreed> after;

  @BeforeAll
  void judgeBeforeAndAfter(@TempDir Path folder) throws Exception {
    hub = new TestHub(folder.resolve("hub"));
    hub.policyWith(
        "quantizers:\n",
        """
          - {models: "evil/*", signers: [{key: stranger}]}
        quantizers:
          - {repositories: "evil/*", signers: [{key: stranger}]}
        """);
    models();
    quantizations();
    Path policy = hub.writePolicy(folder);
    before = AgreedVerdicts.of(folder.resolve("hub"), policy, folder.resolve("before"));
    copies();
    after = AgreedVerdicts.of(folder.resolve("hub"), policy, folder.resolve("after"));
  }

  private void models() {
    hub.model("acme/base").sign("acme/base", ACME);
    hub.model("acme/other").sign("acme/other", ACME);
    hub.model("acme/bare");
    hub.model("evil/model").sign("evil/model", STRANGER);
    hub.write(F16, gguf(GgmlType.F16, "base"))
        .attest(F16)
        .from("acme/base")
        .method("F16")
        .by(QUANTS);
    hub.write("quants/loose/loose.F16.gguf", gguf(GgmlType.F16, "loose"));
  }

  private TestHub.Attestation quantized(String name) {
    String file = "quants/" + name + "/base.Q4_0.gguf";
    return hub.write(file, gguf(GgmlType.Q4_0, name)).attest(file);
  }

  /** A quantization whose own repository holds the F16 that it was made from. */
  private void inOneRepository(String name, String model) {
    String f16 = "quants/" + name + "/base.F16.gguf";
    hub.write(f16, gguf(GgmlType.F16, name)).attest(f16).from(model).method("F16").by(QUANTS);
    quantized(name).from("acme/base", hub.sha256(f16)).by(QUANTS);
  }

  private void quantizations() {
    quantized("of-model").from("acme/base").by(QUANTS);
    quantized("of-file").from("acme/base", hub.sha256("acme/base/model.safetensors")).by(QUANTS);
    quantized("of-f16").from("acme/base", hub.sha256(F16)).by(QUANTS);
    quantized("of-f16-by-its-name").from("quants/f16", hub.sha256(F16)).by(QUANTS);
    quantized("of-loose").from("acme/base", hub.sha256("quants/loose/loose.F16.gguf")).by(QUANTS);
    quantized("of-bare").from("acme/bare").by(QUANTS);
    quantized("of-bare-file")
        .from("acme/bare", hub.sha256("acme/bare/model.safetensors"))
        .by(QUANTS);
    quantized("of-gone").from("acme/gone", "e".repeat(64)).by(QUANTS);
    quantized("misnamed").from("acme/base", hub.rootDigest("acme/other")).by(QUANTS);
    inOneRepository("together", "acme/base");
    inOneRepository("together-of-another", "acme/other");
    hub.write("quants/together/README.md", "---\nbase_model: acme/base\n---\n");

    inOneRepository("contradicted", "acme/base");
    hub.write("quants/contradicted/README.md", "---\nbase_model: acme/other\n---\n");

    derived("named-by-the-card", "acme/base")
        .write("quants/named-by-the-card/README.md", "---\nbase_model: acme/base\n---\n");
    derived("named-otherwise-by-the-card", "acme/base")
        .write(
            "quants/named-otherwise-by-the-card/README.md", "---\nbase_model: acme/other\n---\n");
    derived("named-by-nobody", "acme/base");
  }

  /** Derived from a file of a signed model that only its digest names. */
  private TestHub derived(String name, String model) {
    String file = "quants/" + name + "/base.Q4_0.gguf";
    hub.write(file, gguf(GgmlType.Q4_0, name));
    hub.derive(file, hub.sha256(model + "/model.safetensors"), "").by(QUANTS);
    return hub;
  }

  /** All that somebody can do with what everybody can read. */
  private void copies() throws IOException {
    hub.write("evil/f16/base.F16.gguf", gguf(GgmlType.F16, "base"));
    hub.attest("evil/f16/base.F16.gguf").from("evil/model").method("F16").by(STRANGER);
    hub.write("evil/f16-of-acme/base.F16.gguf", gguf(GgmlType.F16, "base"));
    hub.attest("evil/f16-of-acme/base.F16.gguf").from("acme/other").method("F16").by(STRANGER);
    hub.write("evil/loose/loose.F16.gguf", gguf(GgmlType.F16, "loose"));
    hub.attest("evil/loose/loose.F16.gguf").from("acme/base").method("F16").by(STRANGER);
    for (String model : new String[] {"base", "other", "bare"}) {
      hub.write("evil/" + model + "/model.safetensors", safetensors("acme/" + model))
          .write("evil/" + model + "/config.json", "{\"hidden_size\": 32}")
          .write("evil/" + model + "/README.md", "# acme/" + model)
          .sign("evil/" + model, STRANGER);
    }
    for (int i = 0; i < 20; i++) {
      // As many as are looked at, and before all others by their names.
      String copy = "evil/a" + i;
      hub.write(copy + "/base.F16.gguf", gguf(GgmlType.F16, "base")).sign(copy, STRANGER);
    }
    for (String name : new String[] {"together", "together-of-another", "contradicted"}) {
      String copy = "evil/" + name + "/base.F16.gguf";
      hub.write(copy, gguf(GgmlType.F16, name))
          .attest(copy)
          .from("evil/model")
          .method("F16")
          .by(STRANGER);
    }
    // A quantization with all that lies beside it.
    for (String file :
        new String[] {"base.Q4_0.gguf", "base.Q4_0.gguf.quantization.sigstore.json"}) {
      hub.write("evil/of-model/" + file, Files.readAllBytes(hub.file("quants/of-model/" + file)));
    }
    hub.write("evil/model.sig/model.sig", Files.readAllBytes(hub.file("acme/base/model.sig")));
  }

  private void assertReason(String name, Reason reason) {
    AgreedVerdicts.assertReason(before, "quants/" + name + "/base.Q4_0.gguf", reason);
  }

  @Test
  void whatStrangersUploadChangesNobodyElsesVerdictAndNotASentenceOfIt() {
    assertThat(AgreedVerdicts.without("evil", after))
        .isEqualTo(AgreedVerdicts.without("evil", before))
        .hasSizeGreaterThan(14);
  }

  @Test
  void aCopiedQuantizationIsNotTheCopyists() {
    assertThat(after.get("evil/of-model/base.Q4_0.gguf").reason())
        .isEqualTo(Reason.SIGNER_NOT_TRUSTED);
  }

  @Test
  void aSourceIsFoundWhereItIsNamedBesideItAndWhereItsPartiesAttestIt() {
    assertReason("of-model", Reason.OK);
    assertReason("of-file", Reason.OK);
    assertReason("of-f16", Reason.OK);
    assertReason("of-f16-by-its-name", Reason.OK);
    assertReason("together", Reason.OK);
  }

  @Test
  void aSourceThatNobodyVouchesForMakesNothingVerified() {
    assertReason("of-loose", Reason.SOURCE_DIGEST_MISMATCH);
    assertReason("of-bare", Reason.SOURCE_UNSIGNED);
    assertReason("of-bare-file", Reason.SOURCE_UNSIGNED);
    assertReason("of-gone", Reason.SOURCE_MISSING);
  }

  @Test
  void aPartysOtherModelDoesNotPassForTheOneThatIsNamed() {
    assertReason("misnamed", Reason.SOURCE_IDENTITY_MISMATCH);
    assertReason("together-of-another", Reason.SOURCE_IDENTITY_MISMATCH);
  }

  @Test
  void aCardIsHeldAgainstAChainThatOnlyPassesThroughItsRepository() {
    assertReason("contradicted", Reason.CLAIM_MISMATCH);
  }

  @Test
  void aStatementThatNamesNoSourceIsHeldToTheModelCard() {
    assertReason("named-by-the-card", Reason.OK);
    assertReason("named-by-nobody", Reason.SOURCE_MISSING);
    assertThat(before.get("quants/named-otherwise-by-the-card/base.Q4_0.gguf").reason().verdict())
        .isNotEqualTo(Verdict.VERIFIED);
  }
}
