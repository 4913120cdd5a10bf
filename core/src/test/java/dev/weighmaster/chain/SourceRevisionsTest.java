package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A source of which the hub has several revisions, in a cache, outside of one, or both. */
class SourceRevisionsTest {
  private static final String Q4 = "quants/base-GGUF/base.Q4_0.gguf";
  private static final String BASE = "acme/base";
  private static final String NOTED = "on_mismatch: {method: note}\n";

  private TestHub hub;

  @BeforeEach
  void aQuantization(@TempDir Path folder) {
    hub = new TestHub(folder).write(Q4, gguf(GgmlType.Q4_0, "base"));
  }

  private static String revision(String name) {
    return "models--acme--base/snapshots/" + name;
  }

  /** A model that has its name on its card, so that no other has its root digest. */
  private TestHub model(String place, String weights, Signs signer) {
    return hub.write(place + "/model.safetensors", safetensors(weights))
        .write(place + "/README.md", "# " + place)
        .sign(place, signer);
  }

  private String weights(String place) {
    return hub.sha256(place + "/model.safetensors");
  }

  private void assertReason(Reason reason) {
    Judgement judgement = hub.judge(Q4);
    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(reason);
  }

  // The attested revision

  @Test
  void theAttestedRevisionIsHeldAgainstItsDigestBehindAnyNumberOfOthers() {
    for (int i = 10; i < 40; i++) {
      model(revision("r" + i), "weights " + i, ACME);
    }
    hub.attest(Q4).from(BASE, hub.rootDigest(revision("r10"))).at("r39").by(QUANTS);
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
    hub.attest(Q4).from(BASE, weights(revision("r10"))).at("r39").by(QUANTS);
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
    hub.convert(Q4, revision("r10"), "r39").by(QUANTS).policy(NOTED);
    hub.remove(Q4 + ".quantization.sigstore.json");
    assertReason(Reason.SOURCE_MISSING);

    hub.attest(Q4).from(BASE, weights(revision("r39"))).at("r39").by(QUANTS);
    assertReason(Reason.OK);
  }

  @Test
  void ofVeryManyRevisionsWithTheSameWeightsTheAttestedOneMustBeSigned() {
    for (int i = 10; i < 40; i++) {
      model(revision("r" + i), "same", i < 39 ? ACME : STRANGER);
    }
    hub.attest(Q4).from(BASE, weights(revision("r39"))).at("r39").by(QUANTS);
    assertReason(Reason.SOURCE_SIGNER_NOT_TRUSTED);

    hub.sign(revision("r39"), ACME);
    assertReason(Reason.OK);
  }

  @Test
  void theAttestedRevisionOfACacheIsMeantThoughAnotherCopyHasTheDigest() {
    model(BASE, "base", ACME);
    model(revision("r1"), "another", ACME);
    hub.attest(Q4).from(BASE).at("r1").by(QUANTS);
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
    assertThat(hub.judge(Q4).detail()).endsWith("is that of acme/base outside of the cache");
    hub.attest(Q4).from(BASE, weights(BASE)).at("r1").by(QUANTS);
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);

    model(revision("r1"), "base", ACME);
    assertReason(Reason.OK);
  }

  @Test
  void soIsThatOfAConversion() {
    model(BASE, "base", ACME);
    hub.convert(Q4, BASE, "r1").by(QUANTS).policy(NOTED);
    assertReason(Reason.OK);

    model(revision("r1"), "another", ACME);
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);

    hub.write(revision("r1") + "/model.safetensors", safetensors("base"))
        .write(revision("r1") + "/README.md", "# " + BASE)
        .sign(revision("r1"), ACME);
    assertReason(Reason.OK);
  }

  @Test
  void anotherRevisionContradictsNothingThatIsSaidOfOneThatIsNotHere() {
    model(revision("r2"), "another", ACME);
    hub.attest(Q4).from(BASE, "a".repeat(64)).at("r1").by(QUANTS);
    assertReason(Reason.SOURCE_MISSING);
    assertThat(hub.judge(Q4).detail()).contains("not at the attested revision \"r1\"");

    hub.attest(Q4).from(BASE, "a".repeat(64)).at("r2").by(QUANTS);
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
    hub.attest(Q4).from(BASE, "a".repeat(64)).by(QUANTS);
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
    hub.attest(Q4).from(BASE, "a".repeat(64)).at("r1").by(QUANTS);
    model(BASE, "another", ACME);
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void aRevisionOfWhichOnlyTheCardIsHereContradictsNothing() {
    hub.write(revision("r1") + "/README.md", "# base").write(revision("r1") + "/config.json", "{}");
    hub.attest(Q4).from(BASE, "a".repeat(64)).at("r1").by(QUANTS);
    assertReason(Reason.SOURCE_MISSING);

    model(revision("r2"), "base", ACME);
    hub.attest(Q4).from(BASE, weights(revision("r2"))).at("r1").by(QUANTS);
    assertReason(Reason.OK);
  }

  @Test
  void aRevisionOfWhichAPartIsNotHereYetContradictsNothing() {
    hub.write(revision("r1") + "/m-00001-of-00002.safetensors", safetensors("1"));
    model(BASE, "base", ACME);
    hub.attest(Q4).from(BASE).at("r1").by(QUANTS);
    assertReason(Reason.IO_ERROR);

    hub.write(revision("r1") + "/m-00002-of-00002.safetensors", safetensors("2"));
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void aCopyBesideTheQuantizationDoesNotHideThatTheRevisionIsAnother() {
    model(revision("r1"), "another", ACME);
    model(revision("r2"), "base", ACME);
    hub.write("quants/base-GGUF/model.safetensors", safetensors("base"));
    hub.attest(Q4).from(BASE, weights(revision("r2"))).at("r1").by(QUANTS);

    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  // What is revoked

  @Test
  void aRevokedModelIsNotRescuedByARevisionThatSignsTheSameWeights() {
    model(revision("r1"), "base", ACME);
    model(revision("r2"), "base", ACME);
    hub.policy("revoked: {digests: [" + hub.rootDigest(revision("r1")) + "]}\n");
    hub.attest(Q4).from(BASE, weights(revision("r1"))).by(QUANTS);
    assertReason(Reason.REVOKED);

    hub.attest(Q4).from(BASE, weights(revision("r1"))).at("r1").by(QUANTS);
    assertReason(Reason.REVOKED);
    hub.attest(Q4).from(BASE, weights(revision("r1"))).at("r2").by(QUANTS);
    assertReason(Reason.OK);
  }

  @ParameterizedTest
  @ValueSource(strings = {"models--acme--base/snapshots/r1", "acme/base"})
  void norByOneInAnotherLayout(String revoked) {
    model(revision("r1"), "base", ACME);
    model(BASE, "base", ACME);
    hub.policy("revoked: {digests: [" + hub.rootDigest(revoked) + "]}\n");
    hub.attest(Q4).from(BASE, weights(BASE)).by(QUANTS);

    assertReason(Reason.REVOKED);
  }

  @Test
  void norByAnyNumberOfOthers() {
    for (int i = 10; i < 40; i++) {
      model(revision("r" + i), "base", ACME);
    }
    hub.policy("revoked: {digests: [" + hub.rootDigest(revision("r39")) + "]}\n");
    hub.attest(Q4).from(BASE, weights(revision("r10"))).by(QUANTS);

    assertReason(Reason.REVOKED);
  }

  @Test
  void theRevokedModelIsTheReasonWhereItsDigestIsNotThatOfTheAttestedRevision() {
    model(revision("r1"), "base", ACME);
    model(revision("r2"), "another", ACME);
    hub.policy("revoked: {digests: [" + hub.rootDigest(revision("r1")) + "]}\n");
    hub.attest(Q4).from(BASE, weights(revision("r1"))).at("r2").by(QUANTS);

    assertReason(Reason.REVOKED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stranger/copy", "acme/copy", "quants/copy"})
  void aRevokedModelOfTheSameWeightsElsewhereTakesNothingAway(String copy) {
    model(BASE, "base", ACME);
    model(copy, "base", copy.startsWith("acme") ? ACME : STRANGER);
    hub.policy("revoked: {digests: [" + hub.rootDigest(copy) + "]}\n");
    hub.attest(Q4).from(BASE, weights(BASE)).by(QUANTS);

    assertReason(Reason.OK);
  }

  @Test
  void aRevokedStatementInAnotherRevisionCountsOnlyIfItsSignerDoes() {
    model(revision("r1"), "base", STRANGER);
    model(revision("r2"), "base", ACME);
    hub.attest(Q4).from(BASE, weights(revision("r1"))).by(QUANTS);
    String stranger =
        "revoked: {statements: [" + hub.sha256(revision("r1") + "/model.sig") + "]}\n";
    hub.policy(stranger);
    assertReason(Reason.OK);

    hub.policyWith(stranger, "revoked: {identities: [revoked@stranger.example]}\n");
    hub.sign(revision("r1"), Signs.keyless("revoked@stranger.example"));
    assertReason(Reason.OK);

    hub.sign(revision("r1"), ACME);
    hub.policyWith(
        "revoked: {identities: [revoked@stranger.example]}\n",
        "revoked: {statements: [" + hub.sha256(revision("r1") + "/model.sig") + "]}\n");
    assertReason(Reason.REVOKED);
  }

  @Test
  void aConversionIsNotRescuedByARevisionOfTheSameFiles() {
    for (String name : new String[] {"r1", "r2"}) {
      hub.write(revision(name) + "/model.safetensors", safetensors("base"))
          .write(revision(name) + "/.note", name)
          .sign(revision(name), ACME);
    }
    hub.convertFiles(Q4, BASE, revision("r1") + "/model.safetensors").by(QUANTS).policy(NOTED);
    hub.remove(revision("r1")).write(revision("r0") + "/model.safetensors", safetensors("base"));
    hub.write(revision("r0") + "/.note", "r0").sign(revision("r0"), ACME);
    assertReason(Reason.OK);

    hub.policy("revoked: {digests: [" + hub.rootDigest(revision("r2")) + "]}\n");
    assertReason(Reason.REVOKED);
  }

  @Test
  void aConversionOfOtherFilesIsNotOfTheRevokedModel() {
    model(revision("a"), "base", ACME);
    model(revision("b"), "base", ACME);
    hub.convertFiles(Q4, BASE, revision("b") + "/model.safetensors", revision("b") + "/README.md")
        .by(QUANTS)
        .policy(NOTED);
    String revoked = "revoked: {digests: [" + hub.rootDigest(revision("a")) + "]}\n";
    hub.policy(revoked);
    assertReason(Reason.OK);

    // One of the revoked model's files is no mismatch, whatever else the hub has.
    hub.policyWith(revoked, "revoked: {digests: [" + hub.rootDigest(revision("b")) + "]}\n");
    assertReason(Reason.REVOKED);
  }
}
