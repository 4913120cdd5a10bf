package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.signature.Flaw;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A source that is not in the hub, whose signature the attestation brings along. */
class EmbeddedSignatureTest {
  private static final String REPOSITORY = "quants/base-GGUF";
  private static final String Q4 = REPOSITORY + "/base.Q4_0.gguf";
  private static final String BASE = "acme/base";
  private static final String SIGNATURE = BASE + "/model.sig";
  private static final String NOT_REQUIRED = "require: {source_in_hub: false}\n";

  @TempDir Path directory;

  private TestHub hub;

  @BeforeEach
  void aSignedModelAndAQuantization() {
    hub = new TestHub(directory);
    hub.model(BASE).sign(BASE, ACME).write(Q4, gguf(GgmlType.Q4_0, "base"));
  }

  @Test
  void standsForTheSourceIfThePolicyLetsIt() {
    hub.attest(Q4).from(BASE).embedding(SIGNATURE).by(QUANTS).remove(BASE);
    assertThat(reason()).isEqualTo(Reason.SOURCE_MISSING);

    hub.policy(NOT_REQUIRED);
    Judgement judgement = hub.judge(Q4);

    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(Reason.OK);
    assertThat(judgement.sourceModel()).contains(BASE);
    assertThat(judgement.links())
        .extracting(Link::kind)
        .containsExactly(LinkKind.QUANTIZATION, LinkKind.EMBEDDED_SIGNATURE);
    assertThat(judgement.detail())
        .startsWith("quantized from acme/base by sha256:")
        .endsWith("the source is not in the hub, and its bytes were not checked");
  }

  @Test
  void doesNotStandInForASourceThatIsInTheHub() {
    hub.policy(NOT_REQUIRED).attest(Q4).from(BASE).embedding(SIGNATURE).by(QUANTS);
    assertThat(hub.judge(Q4).links())
        .extracting(Link::kind)
        .containsExactly(LinkKind.QUANTIZATION, LinkKind.MODEL_SIGNATURE);

    hub.remove(SIGNATURE);
    assertThat(reason()).isEqualTo(Reason.SOURCE_UNSIGNED);

    hub.write(BASE + "/model.safetensors", safetensors("a later version"));
    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
    hub.sign(BASE, ACME);
    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void doesNotStandInForASourceOfWhichTheHubHasManyRevisions() {
    hub.model("acme/small").sign("acme/small", ACME);
    hub.policy(NOT_REQUIRED);
    hub.attest(Q4)
        .from("acme/large", hub.rootDigest("acme/small"))
        .embedding("acme/small/model.sig")
        .by(QUANTS);
    hub.remove("acme/small");
    for (int i = 0; i <= ChainJudge.MAX_CANDIDATES; i++) {
      hub.write(
          "models--acme--large/snapshots/r" + i + "/model.safetensors", safetensors("large " + i));
    }

    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void standsForTheSourceThoughAModelOfItsOrganisationsNameIsNotHere() {
    hub.write(
        "models--acme/snapshots/r1/model.safetensors",
        "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 7\n"
            .formatted("a".repeat(64)));
    hub.policy(NOT_REQUIRED).attest(Q4).from(BASE).embedding(SIGNATURE).by(QUANTS).remove(BASE);

    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void doesNotMakeOneModelPassForAnother() {
    hub.policy(NOT_REQUIRED);
    hub.attest(Q4).from("acme/better", hub.rootDigest(BASE)).embedding(SIGNATURE).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.SOURCE_IDENTITY_MISMATCH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"acme/base", "acme/BASE", "acme/Base"})
  void doesNotMakeOneModelPassForAnotherByTheCaseOfALetter(String name) {
    pass("acme/other", name);

    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"acme/Large", "acme/large", "acme/LARGE"})
  void doesNotMakeOneModelPassForAnotherOfACacheByTheCaseOfALetter(String name) {
    hub.write("models--acme--Large/snapshots/r1/model.safetensors", safetensors("large"));
    pass("acme/other", name);

    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "acme/",
        "acme/base ",
        "acme/base\n",
        "acme/base\u200b",
        "acme/..",
        "acme/\u202ebase"
      })
  void isOfNoModelWhoseNameIsNoId(String name) {
    pass("acme/other", name);

    assertThat(reason()).isNotEqualTo(Reason.OK);
  }

  @Test
  void anOrganisationOfAnotherSpellingSaysNothingOfAModel() {
    hub.model("Acme/base").sign("Acme/base", STRANGER);
    hub.policy(NOT_REQUIRED).attest(Q4).from(BASE).embedding(SIGNATURE).by(QUANTS).remove(BASE);

    assertThat(reason()).isEqualTo(Reason.OK);
  }

  /** Attests a quantization of one model as that of another name, and takes the one away. */
  private void pass(String model, String name) {
    hub.model(model).sign(model, ACME).policy(NOT_REQUIRED);
    hub.attest(Q4).from(name, hub.rootDigest(model)).embedding(model + "/model.sig").by(QUANTS);
    hub.remove(model);
  }

  @Test
  void isOfTheModelThatTheHubHasTheWeightsOfWhateverBecameOfItsCard() {
    hub.model("acme/other").sign("acme/other", ACME).policy(NOT_REQUIRED);
    String signature = "acme/other/model.sig";
    hub.attest(Q4).from("acme/huge", hub.rootDigest("acme/other")).embedding(signature).by(QUANTS);
    hub.write("acme/other/README.md", "a later card").sign("acme/other", ACME);
    assertThat(reason()).isEqualTo(Reason.SOURCE_IDENTITY_MISMATCH);
    assertThat(hub.judge(Q4).detail()).endsWith("the weights of acme/other");

    // A stranger's copy says nothing of whose they are.
    hub.sign("acme/other", STRANGER);
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void isOfNoModelThatOnlySharesAFile() {
    hub.write("acme/huge/vae.safetensors", safetensors("vae")).model("acme/huge");
    hub.sign("acme/huge", ACME).policy(NOT_REQUIRED);
    hub.attest(Q4).from("acme/huge").embedding("acme/huge/model.sig").by(QUANTS);
    hub.remove("acme/huge").model("acme/other");
    hub.write("acme/other/vae.safetensors", safetensors("vae")).sign("acme/other", ACME);
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.write("acme/other/model.safetensors", safetensors("acme/huge")).sign("acme/other", ACME);
    assertThat(reason()).isEqualTo(Reason.SOURCE_IDENTITY_MISMATCH);
  }

  @Test
  void standsForASourceOfWhichTheHubHasOnlyTheCard() {
    hub.policy(NOT_REQUIRED).attest(Q4).from(BASE).embedding(SIGNATURE).by(QUANTS).remove(BASE);
    hub.write(BASE + "/README.md", "# base").write(BASE + "/config.json", "{}");
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.write(BASE + "/model.safetensors", safetensors("another"));
    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  /** What the hub has decides, but of another revision it can only say that this one is missing. */
  @Test
  void doesNotStandInForARevisionOfAModelThatTheHubHasAtAnother() {
    hub.policy(NOT_REQUIRED);
    hub.attest(Q4).from(BASE).at("r1").embedding(SIGNATURE).by(QUANTS).remove(BASE);
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.write("models--acme--base/snapshots/r2/model.safetensors", safetensors("later"));
    assertThat(reason()).isEqualTo(Reason.SOURCE_MISSING);
  }

  @Test
  void aStrangersCopyOfTheSourceDoesNotTakeItAway() {
    hub.policy(NOT_REQUIRED).attest(Q4).from(BASE).embedding(SIGNATURE).by(QUANTS);
    hub.model("stranger/copy")
        .write("stranger/copy/model.safetensors", safetensors(BASE))
        .write("stranger/copy/README.md", "# " + BASE)
        .sign("stranger/copy", STRANGER);
    assertThat(hub.rootDigest("stranger/copy")).isEqualTo(hub.rootDigest(BASE));
    hub.remove(BASE);
    assertThat(reason()).isEqualTo(Reason.OK);

    // Beside the copy anything can lie, what the policy revokes too.
    hub.sign("stranger/copy", Signs.keyless("revoked@stranger.example"))
        .policy("revoked: {identities: [revoked@stranger.example]}\n");
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void listsWeights() {
    hub.write("acme/notes/README.md", "# Notes").sign("acme/notes", ACME).policy(NOT_REQUIRED);
    hub.attest(Q4).from("acme/notes").embedding("acme/notes/model.sig").by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.UNSIGNED_FILES);

    hub.remove("acme/notes");
    assertThat(reason()).isEqualTo(Reason.UNSIGNED_FILES);
  }

  @Test
  void isOfAFileWhereTheSourceIsOne() throws Exception {
    String file = BASE + "/model.safetensors";
    Resource only = new Resource("model.safetensors", 0, Optional.empty(), hub.sha256(file));
    byte[] statement =
        ModelSigner.statement("base", ModelSigner.manifest(List.of(only), List.of(), false));
    hub.policy(NOT_REQUIRED).write(file + ".sig", ACME.apply(statement));
    hub.attest(Q4).from(BASE, hub.sha256(file)).embedding(file + ".sig").by(QUANTS).remove(BASE);
    assertThat(reason()).isEqualTo(Reason.OK);

    // Of a model of several files, one alone is not what was attested.
    hub.model(BASE).sign(BASE, ACME);
    hub.attest(Q4).from(BASE, hub.sha256(file)).embedding(SIGNATURE).by(QUANTS).remove(BASE);
    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void standsAtTheEndOfAnyChain() {
    String f16 = "quants/base-F16/base.F16.gguf";
    hub.policy(NOT_REQUIRED).write(f16, gguf(GgmlType.F16, "base"));
    hub.attest(f16).from(BASE).method("F16").embedding(SIGNATURE).by(QUANTS);
    hub.attest(Q4).from(BASE, hub.sha256(f16)).by(QUANTS).remove(BASE);

    assertThat(hub.judge(Q4).links())
        .extracting(Link::kind)
        .containsExactly(LinkKind.QUANTIZATION, LinkKind.QUANTIZATION, LinkKind.EMBEDDED_SIGNATURE);
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void itsSignerMustBeAPublisherOfTheModel() {
    hub.policy(NOT_REQUIRED);
    for (Signs signer : List.of(STRANGER, QUANTS, TestHub.UNKNOWN)) {
      hub.model(BASE).sign(BASE, signer);
      hub.attest(Q4).from(BASE).embedding(SIGNATURE).by(QUANTS).remove(BASE);
      assertThat(reason()).isEqualTo(Reason.SOURCE_SIGNER_NOT_TRUSTED);
    }
  }

  @Test
  void itsSignerMustBeTheAttestedOne() {
    hub.policy(NOT_REQUIRED).sign(BASE, Signs.keyless("release@acme.example"));
    hub.attest(Q4)
        .from(BASE)
        .signedBy("release@acme.example")
        .embedding(SIGNATURE)
        .by(QUANTS)
        .remove(BASE);
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.model(BASE).sign(BASE, ACME);
    hub.attest(Q4)
        .from(BASE)
        .signedBy("release@acme.example")
        .embedding(SIGNATURE)
        .by(QUANTS)
        .remove(BASE);
    assertThat(reason()).isEqualTo(Reason.SOURCE_IDENTITY_MISMATCH);
  }

  @Test
  void itMustBeOfTheAttestedSource() {
    hub.model("acme/other").sign("acme/other", ACME);
    hub.policy(NOT_REQUIRED);
    hub.attest(Q4).from(BASE).embedding("acme/other/model.sig").by(QUANTS).remove(BASE);

    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  /** One of a single file is of that file alone. */
  @Test
  void ofASingleFileItMustBeOfTheAttestedOne() {
    hub.policy(NOT_REQUIRED);
    hub.write("acme/other/model.safetensors", safetensors("other"));
    hub.sign("acme/other", ACME);
    hub.attest(Q4).from(BASE).embedding("acme/other/model.sig").by(QUANTS).remove(BASE);

    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  /** A copy that anybody could have put beside the quantization says nothing of the source. */
  @Test
  void aCopyBesideTheQuantizationDoesNotTakeItAway() throws Exception {
    hub.policy(NOT_REQUIRED);
    hub.write("acme/single/model.safetensors", safetensors("single")).sign("acme/single", ACME);
    String digest = hub.sha256("acme/single/model.safetensors");
    hub.attest(Q4).from("acme/single", digest).embedding("acme/single/model.sig").by(QUANTS);
    hub.write(REPOSITORY + "/model.safetensors", safetensors("single")).remove("acme/single");
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.write("acme/single/model.safetensors", safetensors("single")).sign("acme/single", STRANGER);
    hub.attest(Q4).from("acme/single", digest).embedding("acme/single/model.sig").by(QUANTS);
    hub.remove("acme/single");
    assertThat(reason()).isEqualTo(Reason.SOURCE_UNSIGNED);
  }

  @Test
  void itIsVerifiedInFull() {
    hub.policy(NOT_REQUIRED);
    for (Flaw flaw : List.of(Flaw.SIGNATURE_BY_ANOTHER_KEY, Flaw.INCLUSION_PATH_CHANGED)) {
      hub.model(BASE).sign(BASE, Signs.keyless("release@acme.example", flaw));
      hub.attest(Q4).from(BASE).embedding(SIGNATURE).by(QUANTS).remove(BASE);
      assertThat(reason()).isEqualTo(Reason.SOURCE_SIGNATURE_INVALID);
    }
  }

  @Test
  void itMustBeInTheLogWhereThePolicyRequiresOne() {
    hub.policy("require: {source_in_hub: false, transparency_log: true}\n");
    hub.attest(Q4).from(BASE).embedding(SIGNATURE).by(Signs.keyless("bot@quants.example"));
    hub.remove(BASE);

    assertThat(reason()).isEqualTo(Reason.SOURCE_SIGNER_NOT_TRUSTED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"the model", "a weights file", "another file", "the bundle", "the statement"})
  void nothingOfItMayBeRevoked(String what) throws Exception {
    hub.attest(Q4).from(BASE).embedding(SIGNATURE).by(QUANTS);
    String revoked =
        switch (what) {
          case "the model" -> "digests: [" + hub.rootDigest(BASE);
          case "a weights file" -> "digests: [" + hub.sha256(BASE + "/model.safetensors");
          case "another file" -> "digests: [" + hub.sha256(BASE + "/config.json");
          case "the bundle" -> "statements: [" + hub.sha256(SIGNATURE);
          default ->
              "statements: ["
                  + hub.judge(Q4).links().get(1).statement().statementSha256().orElseThrow();
        };
    hub.remove(BASE).policy(NOT_REQUIRED + "revoked: {" + revoked + "]}\n");

    assertThat(new TestHub(directory).policy(NOT_REQUIRED).judge(Q4).reason()).isEqualTo(Reason.OK);
    assertThat(reason()).isEqualTo(Reason.REVOKED);
  }

  @Test
  void oneByShardsDoesNotSayWhetherAFileIsRevoked() throws Exception {
    String byShards = hub.signShards(BASE, 64, ACME);
    hub.policy(NOT_REQUIRED);
    hub.attest(Q4).from(BASE, byShards).embedding(SIGNATURE).by(QUANTS).remove(BASE);

    assertThat(reason()).isEqualTo(Reason.UNSUPPORTED);
  }

  @Test
  void whatItHasEmbeddedItselfIsNotLookedAt() throws Exception {
    hub.policy(NOT_REQUIRED).attest(Q4).from(BASE).embedding(SIGNATURE).by(ACME);
    String attestation = Files.readString(hub.file(Q4 + ".quantization.sigstore.json"));
    hub.attest(Q4).from(BASE).embedding("a".repeat(64), attestation).by(QUANTS).remove(BASE);

    Judgement judgement = hub.judge(Q4);

    assertThat(judgement.reason()).isEqualTo(Reason.SOURCE_SIGNATURE_INVALID);
    assertThat(judgement.detail()).contains("not a model signature");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"mediaType\": 7}",
        "{\"mediaType\": \"application/vnd.dev.sigstore.bundle.v0.3+json\"}",
        "{\"mediaType\": \"application/vnd.dev.sigstore.bundle.v0.3+json\","
            + " \"verificationMaterial\": {\"publicKey\": {\"hint\": \"\"}}, \"dsseEnvelope\":"
            + " {\"payloadType\": \"application/vnd.in-toto+json\", \"payload\": \"e30=\","
            + " \"signatures\": [{\"sig\": \"AAAA\"}]}}"
      })
  void oneThatCanNotBeReadIsNone(String bundle) {
    hub.policy(NOT_REQUIRED);
    hub.attest(Q4).from(BASE).embedding("a".repeat(64), bundle).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.remove(BASE);
    assertThat(reason()).isEqualTo(Reason.SOURCE_SIGNATURE_INVALID);
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "[]", "\"bundle\""})
  void oneThatIsNoObjectMakesTheAttestationMalformed(String bundle) {
    hub.attest(Q4).from(BASE).embedding("a".repeat(64), bundle).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.MALFORMED_BUNDLE);
  }

  private Reason reason() {
    return hub.judge(Q4).reason();
  }
}
