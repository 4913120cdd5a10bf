package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which signature signs a source, and what a conversion or a derivation may start from. */
class SourceRulesTest {
  private static final String REPOSITORY = "quants/base-GGUF";
  private static final String Q4 = REPOSITORY + "/base.Q4_0.gguf";
  private static final String BASE = "acme/base";
  private static final String WEIGHTS = BASE + "/model.safetensors";
  private static final String NOTED = "on_mismatch: {method: note}\n";

  private TestHub hub;

  @BeforeEach
  void aSignedModelAndAQuantization(@TempDir Path folder) {
    hub = new TestHub(folder);
    hub.model(BASE).sign(BASE, ACME).write(Q4, gguf(GgmlType.Q4_0, "base"));
  }

  private void assertReason(Reason reason) {
    Judgement judgement = hub.judge(Q4);
    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(reason);
  }

  /** Its digest by files is that of all files, of which the signature by shards covers some. */
  @Test
  void aSignatureByShardsOfSomeFilesSignsNoModelOfMore() throws Exception {
    hub.policy("require: {signed_files: weights}\n");
    hub.write("acme/late/model.safetensors", safetensors("late"));
    hub.signShards("acme/late", 64, ACME);
    hub.attest(Q4).from("acme/late").by(QUANTS);
    assertReason(Reason.OK);

    hub.write("acme/late/config.json", "{}").attest(Q4).from("acme/late").by(QUANTS);
    assertReason(Reason.UNSIGNED_FILES);
  }

  @Test
  void weightsThatASignatureIgnoresAreNotAskedFor() {
    ModelManifest before = hub.manifest(BASE);
    hub.write(BASE + "/old.safetensors", safetensors("old"));
    hub.sign(
        BASE, ModelSigner.manifest(before.resources(), List.of("old.safetensors"), false), ACME);
    hub.attest(Q4).from(BASE, before.rootDigest()).by(QUANTS);

    assertReason(Reason.OK);
  }

  @Test
  void filesThatThePolicyLetsAPublisherLeaveOutAreNotAskedFor() {
    ModelManifest before = hub.manifest(BASE);
    hub.write(BASE + "/notes/late.txt", "late");
    hub.attest(Q4).from(BASE, before.rootDigest()).by(QUANTS);
    assertReason(Reason.UNSIGNED_FILES);

    hub.policyWith(
        "  - models: \"acme/*\"\n", "  - models: \"acme/*\"\n    ignore_paths: [notes]\n");
    assertReason(Reason.OK);
  }

  @Test
  void aRevokedWeightsFileRevokesTheModelThatIsSignedByShards() throws Exception {
    String byShards = hub.signShards(BASE, 64, ACME);
    hub.attest(Q4).from(BASE, byShards).by(QUANTS);
    assertReason(Reason.OK);

    hub.policy("revoked: {digests: [" + hub.sha256(WEIGHTS) + "]}\n");
    assertReason(Reason.REVOKED);
  }

  /** Malformed weights have a digest all the same. */
  @Test
  void aSourceWithMalformedWeightsIsReadAllTheSame() throws Exception {
    byte[] whole = gguf(GgmlType.Q4_0, "whole");
    hub.write(BASE + "/cut.gguf", Arrays.copyOf(whole, whole.length - 20));
    hub.attest(Q4).from(BASE, "a".repeat(64)).by(QUANTS);

    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  /** Of what Git keeps beside a model, nothing is a part of it. */
  @Test
  void whatIsNeverAPartOfAModelMakesNoOtherOne() {
    hub.remove(BASE + "/model.sig").attest(Q4).from(BASE).by(QUANTS);
    hub.write(BASE + "/.gitattributes", "late").write(BASE + "/.github/late.yml", "late");
    assertReason(Reason.SOURCE_UNSIGNED);

    hub.write(BASE + "/sub/.gitattributes", "late");
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void aPartThatIsSignedAsItNoLongerIsExcusesNoOther() {
    String first = "acme/split/f-00001-of-00002.gguf";
    String second = "acme/split/f-00002-of-00002.gguf";
    hub.write(first, gguf(GgmlType.F16, "1")).write(second, gguf(GgmlType.F16, "2"));
    hub.signFile(first, ACME).signFile(second, ACME);
    hub.attest(Q4).from("acme/split", hub.sha256(first)).by(QUANTS);
    assertReason(Reason.OK);

    hub.write(second, gguf(GgmlType.F16, "another"));
    assertReason(Reason.UNSIGNED_FILES);
  }

  @Test
  void whatARevokedModelWasSignedWithStaysRevoked() {
    hub.write(BASE + "/bad.safetensors", safetensors("bad")).sign(BASE, ACME);
    String root = hub.rootDigest(BASE);
    String bad = hub.sha256(BASE + "/bad.safetensors");
    hub.attest(Q4).from(BASE, hub.sha256(WEIGHTS)).by(QUANTS).remove(BASE + "/bad.safetensors");
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);

    for (String digest : List.of(root, bad)) {
      String revoked = "revoked: {digests: [" + digest + "]}\n";
      hub.policy(revoked);
      assertReason(Reason.REVOKED);
      hub.policyWith(revoked, "");
    }
  }

  @Test
  void aRevokedModelSignatureOfTheQuantizationRevokesIt() {
    hub.attest(Q4).from(BASE).by(QUANTS).sign(REPOSITORY, QUANTS);
    assertReason(Reason.OK);

    hub.policy("revoked: {digests: [" + hub.rootDigest(REPOSITORY) + "]}\n");
    assertReason(Reason.REVOKED);
  }

  /** Its publisher signed it: whatever became of it since, it is no absent source. */
  @Test
  void weightsOfAnotherSignedModelThatHasChangedSinceAreAMismatch() {
    hub.attest(Q4).from("acme/gone", hub.sha256(WEIGHTS)).by(QUANTS);
    hub.write(BASE + "/config.json", "{}");

    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  // Conversions and derivations

  @Test
  void aConversionOfAFileThatIsNoWeightsMayNotBeOfARevokedOne() throws Exception {
    hub.write(BASE + "/config.json", "{\"long\": \"" + "x".repeat(100) + "\"}");
    hub.signShards(BASE, 64, ACME);
    hub.convert(Q4, BASE).by(QUANTS).policy(NOTED);
    assertReason(Reason.OK);

    hub.policy("revoked: {digests: [" + hub.sha256(BASE + "/config.json") + "]}\n");
    assertReason(Reason.REVOKED);
  }

  @Test
  void aConversionOfNoWeightsHasNoSource() {
    hub.convertFiles(Q4, BASE, BASE + "/config.json").by(QUANTS).policy(NOTED);

    assertReason(Reason.SOURCE_MISSING);
  }

  @Test
  void aConversionOfASnapshotOfWhichAFileCanNotBeReadIsAnError() throws Exception {
    hub.convert(Q4, BASE).by(QUANTS).policy(NOTED);
    assertReason(Reason.OK);

    Files.delete(hub.file(BASE + "/config.json"));
    Files.createSymbolicLink(hub.file(BASE + "/config.json"), Path.of("nowhere"));
    assertReason(Reason.IO_ERROR);
  }

  /** The signature does not cover it, and the policy asks for weights alone. */
  @Test
  void aConversionOfASnapshotOfWhichAnUnsignedFileCanNotBeReadIsAnError() throws Exception {
    hub.policy(NOTED + "require: {signed_files: weights}\n");
    hub.write(BASE + "/late.json", "{}").convert(Q4, BASE).by(QUANTS);
    assertReason(Reason.OK);

    Files.delete(hub.file(BASE + "/late.json"));
    Files.createSymbolicLink(hub.file(BASE + "/late.json"), Path.of("nowhere"));
    assertReason(Reason.IO_ERROR);
  }

  @Test
  void theWeightsOfAConversionMustLieInOneSnapshotTogether() {
    String one = "models--acme--parts/snapshots/a/one.safetensors";
    String two = "models--acme--parts/snapshots/b/two.safetensors";
    hub.write(one, safetensors("one")).write(two, safetensors("two"));
    hub.convertFiles(Q4, "acme/parts", one, two).by(QUANTS).policy(NOTED);
    assertReason(Reason.SOURCE_IDENTITY_MISMATCH);

    hub.remove(two);
    assertReason(Reason.SOURCE_MISSING);
  }

  @ParameterizedTest
  @ValueSource(strings = {"acme/tiny-base", "models--acme--tiny-base/snapshots/r1"})
  void anotherSpellingOfAModelIsNoOtherModel(String place) {
    String weights = place + "/model.safetensors";
    hub.model(place).sign(place, ACME).policy(NOTED);
    for (String digest : List.of(hub.rootDigest(place), hub.sha256(weights))) {
      hub.attest(Q4).from("acme/Tiny-Base", digest).at("r1").by(QUANTS);
      assertReason(Reason.OK);
    }
    hub.attest(Q4).from("acme/Tiny-Base", "a".repeat(64)).at("r1").by(QUANTS);
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
    hub.attest(Q4).from("acme/tiny-bose", hub.rootDigest(place)).by(QUANTS);
    assertReason(Reason.SOURCE_IDENTITY_MISMATCH);

    hub.attest(Q4).from("acme/Tiny-Base", hub.rootDigest(place)).by(QUANTS);
    hub.sign(place, STRANGER);
    assertReason(Reason.SOURCE_SIGNER_NOT_TRUSTED);
  }

  @Test
  void neitherIsThatOfAConversion() {
    String place = "acme/tiny-base";
    hub.write(place + "/model.safetensors", safetensors("tiny")).sign(place, ACME).policy(NOTED);
    hub.convertFiles(Q4, "acme/Tiny-Base", place + "/model.safetensors").by(QUANTS);

    assertReason(Reason.OK);
  }

  @Test
  void butAnotherSpellingOfAnOrganisationIs() {
    hub.attest(Q4).from("Acme/base", hub.rootDigest(BASE)).by(QUANTS);

    assertReason(Reason.SOURCE_MISSING);
  }

  @Test
  void ofSeveralSnapshotsThatAConversionCanBeOfTheSignedOneCounts() {
    hub.policy(NOTED);
    for (String revision : List.of("a", "b", "c")) {
      hub.write("models--acme--same/snapshots/" + revision + "/m.safetensors", safetensors("m"));
    }
    hub.convertFiles(Q4, "acme/same", "models--acme--same/snapshots/a/m.safetensors").by(QUANTS);
    assertReason(Reason.SOURCE_UNSIGNED);

    hub.sign("models--acme--same/snapshots/a", STRANGER);
    hub.sign("models--acme--same/snapshots/b", ACME);
    assertReason(Reason.OK);
  }

  @Test
  void aDerivationFromAModelThatItDoesNotNameIsAMismatch() {
    hub.derive(Q4, hub.sha256(WEIGHTS), "acme/other").by(QUANTS);
    assertReason(Reason.SOURCE_IDENTITY_MISMATCH);

    hub.derive(Q4, hub.sha256(WEIGHTS), BASE).by(QUANTS);
    assertReason(Reason.OK);
  }

  /** Whoever holds the same bytes could say what they come from. */
  @Test
  void aDigestAloneProvesNoOrigin() {
    hub.policyWith(
        "publishers:\n", "publishers:\n  - {models: quants/*, signers: [{key: quants}]}\n");
    hub.write(REPOSITORY + "/m.safetensors", safetensors("m"));
    hub.signFile(REPOSITORY + "/m.safetensors", QUANTS);
    hub.derive(Q4, hub.sha256(REPOSITORY + "/m.safetensors"), "").by(QUANTS);
    assertReason(Reason.SOURCE_MISSING);
    assertThat(hub.judge(Q4).detail()).contains("proves no origin");

    hub.write(REPOSITORY + "/README.md", "---\nbase_model: " + REPOSITORY + "\n---\n");
    assertReason(Reason.OK);
  }

  @Test
  void anUnreadModelThatIsNamedMayBeTheSource() throws Exception {
    hub.model("acme/other").attest(Q4).from("acme/other", hub.rootDigest(BASE)).by(QUANTS);
    assertReason(Reason.SOURCE_IDENTITY_MISMATCH);

    hub.remove("acme/other/model.safetensors");
    Files.createSymbolicLink(hub.file("acme/other/model.safetensors"), Path.of("nowhere"));
    assertReason(Reason.IO_ERROR);
  }

  @Test
  void whatAStrangerSignedOfAnotherModelThanIsNamedIsAMismatch() {
    String f16 = REPOSITORY + "/base.F16.gguf";
    hub.write(f16, gguf(GgmlType.F16, "base")).attest(f16).from(BASE).method("F16").by(STRANGER);
    hub.attest(Q4).from("acme/gone", hub.sha256(f16)).by(QUANTS);

    assertReason(Reason.SOURCE_IDENTITY_MISMATCH);
  }
}
