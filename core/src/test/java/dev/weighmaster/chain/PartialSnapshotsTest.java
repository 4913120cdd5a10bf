package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A source in a cache, which keeps what was fetched: what is absent from it contradicts nothing.
 */
class PartialSnapshotsTest {
  private static final String Q4 = "quants/base-GGUF/base.Q4_0.gguf";
  private static final String BASE = "acme/base";
  private static final String SNAPSHOT = "models--acme--base/snapshots/r1";
  private static final String LATER = "models--acme--base/snapshots/r2";
  private static final String F16 = "/base.F16.gguf";
  private static final String Q8 = "/base.Q8_0.gguf";
  private static final String WEIGHTS = "/model.safetensors";
  private static final String ABSENT = "a".repeat(64);

  private TestHub hub;

  @BeforeEach
  void aQuantization(@TempDir Path folder) {
    hub = new TestHub(folder).write(Q4, gguf(GgmlType.Q4_0, "base"));
  }

  private TestHub files(String place) {
    return hub.write(place + F16, gguf(GgmlType.F16, "base"))
        .write(place + Q8, gguf(GgmlType.Q8_0, "base"))
        .write(place + "/README.md", "# base");
  }

  private void assertReason(Reason reason) {
    Judgement judgement = hub.judge(Q4);
    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(reason);
  }

  // A file that is attested

  @Test
  void anAttestedFileThatOnlyAnotherRevisionHasWasNotFetched() {
    files(LATER).sign(LATER, ACME).write(SNAPSHOT + Q8, gguf(GgmlType.Q8_0, "base"));
    hub.attest(Q4).from(BASE, hub.sha256(LATER + F16)).at("r1").by(QUANTS);
    assertReason(Reason.SOURCE_MISSING);
    assertThat(hub.judge(Q4).detail()).contains("\"r1\" without what is attested");

    hub.write(SNAPSHOT + F16, gguf(GgmlType.F16, "another"));
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);

    files(SNAPSHOT).sign(SNAPSHOT, ACME);
    assertReason(Reason.OK);
  }

  @Test
  void soItIsWhereTheOtherRevisionIsOfThatFileAlone() {
    hub.write(LATER + F16, gguf(GgmlType.F16, "base")).signFile(LATER + F16, ACME);
    hub.write(SNAPSHOT + Q8, gguf(GgmlType.Q8_0, "base")).signFile(SNAPSHOT + Q8, ACME);
    for (String digest : List.of(hub.sha256(LATER + F16), hub.rootDigest(LATER))) {
      hub.attest(Q4).from(BASE, digest).at("r1").by(QUANTS);
      assertReason(Reason.SOURCE_MISSING);
    }
  }

  @Test
  void aModelThatAnotherRevisionHasIsNotThatOfOtherWeights() {
    hub.model(LATER).sign(LATER, ACME);
    hub.write(SNAPSHOT + WEIGHTS, safetensors(LATER));
    hub.attest(Q4).from(BASE, hub.rootDigest(LATER)).at("r1").by(QUANTS);
    assertReason(Reason.SOURCE_MISSING);

    hub.write(SNAPSHOT + WEIGHTS, safetensors("another"));
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void anAttestedFileThatNobodyHasMayBeOfASnapshotButNotOfAWholeRepository() {
    files(SNAPSHOT).remove(SNAPSHOT + F16);
    hub.attest(Q4).from(BASE, ABSENT).at("r1").by(QUANTS);
    assertReason(Reason.SOURCE_MISSING);
    assertThat(hub.judge(Q4).detail()).contains("at the revision \"r1\" without");
    hub.attest(Q4).from(BASE, ABSENT).by(QUANTS);
    assertReason(Reason.SOURCE_MISSING);

    hub.sign(SNAPSHOT, ACME);
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);

    hub.remove(SNAPSHOT);
    files(BASE).remove(BASE + F16);
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  // A model that is signed

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "config.json", "model.safetensors"})
  void aSignedFileThatIsNotInASnapshotContradictsNothing(String absent) {
    hub.model(SNAPSHOT).sign(SNAPSHOT, ACME);
    hub.attest(Q4).from(BASE, hub.rootDigest(SNAPSHOT)).at("r1").by(QUANTS);
    assertReason(Reason.OK);

    hub.remove(SNAPSHOT + "/" + absent);
    assertReason(Reason.SOURCE_MISSING);
    assertThat(hub.judge(Q4).detail()).contains("\"" + absent + "\" is not");
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "config.json", "model.safetensors"})
  void butOneThatIsNotInAWholeRepositoryDoes(String absent) {
    hub.model(BASE).sign(BASE, ACME).attest(Q4).from(BASE).by(QUANTS);
    hub.remove(BASE + "/" + absent);

    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void norDoesOneThatIsSignedByShards() throws Exception {
    hub.model(SNAPSHOT).write(SNAPSHOT + "/other.safetensors", safetensors("other"));
    String root = hub.signShards(SNAPSHOT, 16, ACME);
    hub.attest(Q4).from(BASE, root).at("r1").by(QUANTS);
    hub.remove(SNAPSHOT + "/other.safetensors");
    assertReason(Reason.SOURCE_MISSING);

    hub.write(SNAPSHOT + WEIGHTS, safetensors("another"));
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void whateverIsHereWithOtherBytesOrUnsignedContradictsBesideWhatIsAbsent() {
    hub.model(SNAPSHOT).sign(SNAPSHOT, ACME);
    String weights = hub.sha256(SNAPSHOT + WEIGHTS);
    for (String digest : List.of(weights, hub.rootDigest(SNAPSHOT))) {
      hub.attest(Q4).from(BASE, digest).at("r1").by(QUANTS);
      hub.remove(SNAPSHOT + "/README.md");
      assertReason(Reason.SOURCE_MISSING);

      hub.write(SNAPSHOT + "/config.json", "{}");
      assertReason(Reason.SOURCE_DIGEST_MISMATCH);

      hub.model(SNAPSHOT).remove(SNAPSHOT + "/README.md");
      hub.write(SNAPSHOT + "/late.safetensors", safetensors("late"));
      assertReason(Reason.UNSIGNED_FILES);

      hub.model(SNAPSHOT).remove(SNAPSHOT + "/late.safetensors");
      assertReason(Reason.OK);
    }
    hub.attest(Q4).from(BASE, weights).at("r1").by(QUANTS);
    hub.remove(SNAPSHOT + "/README.md").write(SNAPSHOT + WEIGHTS, safetensors("another"));
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void aStrangersSignatureOfMoreMakesNothingOfAPart() {
    hub.model(SNAPSHOT).sign(SNAPSHOT, STRANGER);
    hub.attest(Q4).from(BASE, hub.rootDigest(SNAPSHOT)).at("r1").by(QUANTS);
    hub.remove(SNAPSHOT + "/README.md");
    assertReason(Reason.SOURCE_SIGNER_NOT_TRUSTED);

    hub.attest(Q4).from(BASE, ABSENT).at("r1").by(QUANTS);
    assertReason(Reason.SOURCE_MISSING);
  }

  @Test
  void aRevokedModelIsRevokedThoughNotAllOfItIsHere() {
    hub.model(SNAPSHOT).sign(SNAPSHOT, ACME);
    String root = hub.rootDigest(SNAPSHOT);
    hub.attest(Q4).from(BASE, hub.sha256(SNAPSHOT + WEIGHTS)).at("r1").by(QUANTS);
    hub.remove(SNAPSHOT + "/README.md").policy("revoked: {digests: [" + root + "]}\n");

    assertReason(Reason.REVOKED);
  }

  // A model of which the signature was not fetched either

  @Test
  void aModelWithoutItsCardAndItsSignatureMayBeTheAttestedOne() {
    hub.model(SNAPSHOT).sign(SNAPSHOT, ACME);
    hub.attest(Q4).from(BASE, hub.rootDigest(SNAPSHOT)).at("r1").by(QUANTS);
    hub.remove(SNAPSHOT + "/README.md").remove(SNAPSHOT + "/model.sig");
    assertReason(Reason.SOURCE_MISSING);

    hub.attest(Q4).from(BASE, hub.sha256(SNAPSHOT + WEIGHTS)).at("r1").by(QUANTS);
    assertReason(Reason.SOURCE_UNSIGNED);
  }

  @Test
  void aRepositoryBesideTheCacheIsWhole() {
    hub.model(BASE).write(SNAPSHOT + WEIGHTS, safetensors("base"));
    hub.attest(Q4).from(BASE, ABSENT).by(QUANTS);

    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  // A conversion

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void ofWhatAConversionListsASnapshotMayHaveAPart(boolean signed) {
    hub.model(SNAPSHOT).sign(SNAPSHOT, ACME).policy("on_mismatch: {method: note}\n");
    hub.convertFiles(
            Q4, BASE, SNAPSHOT + WEIGHTS, SNAPSHOT + "/config.json", SNAPSHOT + "/README.md")
        .by(QUANTS);
    assertReason(Reason.OK);
    if (!signed) {
      hub.remove(SNAPSHOT + "/model.sig");
    }

    hub.remove(SNAPSHOT + "/README.md");
    assertReason(Reason.SOURCE_MISSING);
    hub.write(SNAPSHOT + "/config.json", "{}");
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
    hub.model(SNAPSHOT).remove(SNAPSHOT + "/README.md").write(SNAPSHOT + "/late.json", "{}");
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
    hub.remove(SNAPSHOT + "/late.json").write(SNAPSHOT + WEIGHTS, safetensors("another"));
    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
    hub.remove(SNAPSHOT + WEIGHTS);
    assertReason(Reason.SOURCE_MISSING);
  }

  // The quantization's own repository

  @ParameterizedTest
  @ValueSource(strings = {"models--quants--base-GGUF/snapshots/r1", "quants/base-GGUF"})
  void theQuantizationsOwnSignatureIsHeldAgainstWhatWasFetched(String own) {
    boolean cached = own.startsWith("models--");
    String weights = own + "/base.Q4_0.gguf";
    hub.model(BASE).sign(BASE, ACME).write(own + "/README.md", "# base");
    hub.write(own + "/base.Q8_0.gguf", gguf(GgmlType.Q8_0, "base"));
    hub.write(own + "/mmproj.gguf", gguf(GgmlType.F16, "projector"));
    hub.write(weights, gguf(GgmlType.Q4_0, "base"));
    hub.attest(weights).from(BASE).by(QUANTS).sign(own, QUANTS);
    assertThat(hub.judge(weights).reason()).isEqualTo(Reason.OK);

    hub.remove(own + "/base.Q8_0.gguf");
    Judgement partial = hub.judge(weights);
    assertThat(partial.reason())
        .as(partial.detail())
        .isEqualTo(cached ? Reason.OK : Reason.DIGEST_MISMATCH);
    assertThat(partial.detail()).doesNotContain("mmproj");

    hub.write(own + "/README.md", "# another");
    assertThat(hub.judge(weights).reason()).isEqualTo(Reason.DIGEST_MISMATCH);
  }
}
