package dev.weighmaster.jobs;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;

import dev.weighmaster.chain.TestHub;
import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.jobs.AgreedVerdicts.Agreed;
import dev.weighmaster.signature.Flaw;
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

/** Signatures of other kinds, by other authorities, and damaged ones, beside quantizations. */
@TestInstance(Lifecycle.PER_CLASS)
class SidecarsOfOtherKindsTest {
  private static final String PGP = "-----BEGIN PGP SIGNATURE-----\n\niQ==\n";
  private static final String MESSAGE_SIGNATURE =
      "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\","
          + "\"verificationMaterial\":{},\"messageSignature\":{\"signature\":\"AAAA\"}}";

  private Map<String, Agreed> verdicts;

  @BeforeAll
  void judge(@TempDir Path folder) throws Exception {
    TestHub hub = new TestHub(folder.resolve("hub"));
    hub.policyWith(
        "- models: \"acme/*\"\n", "- models: \"acme/*\"\n    ignore_paths: [extra, notes.txt]\n");
    hub.model("acme/base")
        .sign("acme/base", ACME)
        .write("acme/base/model.safetensors.sig", PGP)
        .write("acme/base/claims.jsonl", "{\"claim\": 1}\n");
    for (String name : new String[] {"beside", "spoiled", "cut", "authority", "none"}) {
      hub.write("quants/" + name + "/a.gguf", gguf(GgmlType.Q4_0, name));
    }
    attest(hub, "beside", "acme/base", QUANTS);
    for (String name : new String[] {"beside", "none"}) {
      hub.write("quants/" + name + "/a.gguf.sig", PGP)
          .write("quants/" + name + "/a.gguf.sigstore.json", MESSAGE_SIGNATURE)
          .write("quants/" + name + "/claims.jsonl", "{\"claim\": 1}\n{\"claim\": 2}\n")
          .write("quants/" + name + "/lfs.sig", "")
          .write("quants/" + name + "/x.conversion.json", "{\"unit\": \"inch\"}");
    }
    hub.write("quants/spoiled/a.gguf.quantization.sigstore.json", "spoiled");
    attest(hub, "cut", "acme/base", QUANTS);
    Path cut = hub.file("quants/cut/a.gguf.quantization.sigstore.json");
    String whole = Files.readString(cut);
    hub.write("quants/cut/other.sigstore.json", whole.substring(0, whole.length() - 1));
    Files.delete(cut);
    attest(
        hub,
        "authority",
        "acme/base",
        Signs.keyless("bot@quants.example", Flaw.CERTIFICATE_BY_ANOTHER_AUTHORITY));

    older(hub, "older").write("acme/older/extra/x.txt", "x").write("acme/older/notes.txt", "x");
    older(hub, "more").write("acme/more/other.txt", "x");
    older(hub, "weights").write("acme/weights/extra/x.safetensors", safetensors("x"));
    older(hub, "changed").write("acme/changed/notes.txt", "other");
    verdicts =
        AgreedVerdicts.of(folder.resolve("hub"), hub.writePolicy(folder.resolve("policy")), folder);
  }

  /** A model that was signed before some files came to lie beside it. */
  private static TestHub older(TestHub hub, String name) {
    hub.model("acme/" + name);
    if (name.equals("changed")) {
      hub.write("acme/changed/notes.txt", "signed");
    }
    hub.sign("acme/" + name, ACME).write("quants/" + name + "/a.gguf", gguf(GgmlType.Q4_0, name));
    return attest(hub, name, "acme/" + name, QUANTS);
  }

  private static TestHub attest(TestHub hub, String name, String source, Signs signer) {
    return hub.attest("quants/" + name + "/a.gguf").from(source).by(signer);
  }

  @ParameterizedTest
  @CsvSource({
    "beside, OK",
    "none, NO_ATTESTATION",
    "spoiled, MALFORMED_BUNDLE",
    "cut, MALFORMED_BUNDLE",
    "authority, SIGNER_NOT_TRUSTED"
  })
  void whatIsNoBundleIsLeftAloneAndADamagedOneIsNot(String name, Reason reason) {
    assertReason(name, reason);
  }

  @ParameterizedTest
  @CsvSource({
    "older, OK",
    "more, UNSIGNED_FILES",
    "weights, UNSIGNED_FILES",
    "changed, SOURCE_DIGEST_MISMATCH"
  })
  void whatThePolicyIgnoresOfAPublisherNeedNotBeSignedButForWeights(String name, Reason reason) {
    assertReason(name, reason);
  }

  private void assertReason(String name, Reason reason) {
    AgreedVerdicts.assertReason(verdicts, "quants/" + name + "/a.gguf", reason);
  }
}
