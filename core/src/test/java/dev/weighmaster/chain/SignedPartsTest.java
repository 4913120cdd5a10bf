package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.ELSEWHERE;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.RootDigest;
import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sources in several files of which some are signed, or attested, apart from the others. */
class SignedPartsTest {
  private static final String Q4 = "quants/base-GGUF/base.Q4_0.gguf";
  private static final String SHARDED = "acme/sharded";
  private static final String SHARD_1 = SHARDED + "/model-00001-of-00002.safetensors";
  private static final String SHARD_2 = SHARDED + "/model-00002-of-00002.safetensors";
  private static final String SPLIT = "acme/split";
  private static final String PART_1 = SPLIT + "/f-00001-of-00002.gguf";
  private static final String PART_2 = SPLIT + "/f-00002-of-00002.gguf";

  private TestHub hub;

  @BeforeEach
  void aQuantizationAndModelsInTwoFiles(@TempDir Path folder) {
    hub = new TestHub(folder);
    hub.model("acme/base").sign("acme/base", ACME).write(Q4, gguf(GgmlType.Q4_0, "base"));
    hub.write(SHARD_1, shard("a")).write(SHARD_2, shard("b"));
    hub.write(PART_1, gguf(GgmlType.F16, "1")).write(PART_2, gguf(GgmlType.F16, "2"));
  }

  private static byte[] shard(String name) {
    return new SafetensorsWriter()
        .tensor(name, SafetensorsType.F32, List.of(4L), name.repeat(16).getBytes(UTF_8))
        .toByteArray();
  }

  /** A signature of a file alone, which calls it by a name. */
  private byte[] only(String file, String name, Signs by) {
    List<Resource> one = List.of(new Resource(name, 0, Optional.empty(), hub.sha256(file)));
    return by.apply(ModelSigner.statement("m", ModelSigner.manifest(one, List.of(), false)));
  }

  private void signAlone(String file, Signs by) {
    hub.write(file + ".sig", only(file, file.substring(file.lastIndexOf('/') + 1), by));
  }

  private Reason ofSource(String model, String digest) {
    hub.attest(Q4).from(model, digest).by(QUANTS);
    return hub.judge(Q4).reason();
  }

  private Reason ofFile(String model, String file) {
    return ofSource(model, hub.sha256(file));
  }

  @Test
  void aShardThatIsSignedAloneIsNoSignedSource() {
    signAlone(SHARD_1, ACME);

    assertThat(ofFile(SHARDED, SHARD_1)).isEqualTo(Reason.UNSIGNED_FILES);
  }

  @Test
  void aPartOfASplitFileThatIsSignedAloneIsNoSignedSource() {
    signAlone(PART_1, ACME);

    assertThat(ofFile(SPLIT, PART_1)).isEqualTo(Reason.UNSIGNED_FILES);
  }

  @Test
  void aPartThatTheModelSignatureIsOfAloneIsNoSignedSource() {
    hub.write(SHARDED + "/model.sig", only(SHARD_1, ".", ACME));

    assertThat(ofFile(SHARDED, SHARD_1)).isEqualTo(Reason.UNSIGNED_FILES);
  }

  @Test
  void partsThatAreEachSignedAreASignedSource() {
    signAlone(PART_1, ACME);
    signAlone(PART_2, ACME);

    assertThat(ofFile(SPLIT, PART_1)).isEqualTo(Reason.OK);
    assertThat(ofFile(SPLIT, PART_2)).isEqualTo(Reason.OK);
  }

  @Test
  void aSignatureOfTheOtherPartByNobodyWhoCountsIsNone() {
    signAlone(PART_1, ACME);
    signAlone(PART_2, STRANGER);

    assertThat(ofFile(SPLIT, PART_1)).isEqualTo(Reason.UNSIGNED_FILES);
  }

  /** Whom the policy names for quantizations alone signs no source. */
  @Test
  void aSignatureOfTheOtherPartByAQuantizerIsNone() {
    hub.policyWith(
        "quantizers:\n", "quantizers:\n  - {repositories: acme/*, signers: [{key: stranger}]}\n");
    signAlone(PART_1, ACME);
    signAlone(PART_2, STRANGER);

    assertThat(ofFile(SPLIT, PART_1)).isEqualTo(Reason.UNSIGNED_FILES);
  }

  @Test
  void aRevokedPartTakesTheOthersAlong() {
    signAlone(PART_1, ACME);
    signAlone(PART_2, ACME);
    hub.policy("revoked: {digests: [" + hub.sha256(PART_2) + "]}\n");

    assertThat(ofFile(SPLIT, PART_1)).isEqualTo(Reason.REVOKED);
  }

  @Test
  void aPartOfWhichTheOtherIsNotHereIsNoSource() {
    signAlone(PART_1, ACME);
    hub.remove(PART_2);

    assertThat(ofFile(SPLIT, PART_1)).isEqualTo(Reason.IO_ERROR);
  }

  @Test
  void aPartOfAConversionThatIsAttestedAloneIsNoSource() {
    String first = "quants/f16/f-00001-of-00002.gguf";
    String second = "quants/f16/f-00002-of-00002.gguf";
    hub.write(first, gguf(GgmlType.F16, "a")).write(second, gguf(GgmlType.F16, "b"));
    hub.attest(first, second).from("acme/base").method("F16").by(QUANTS);
    assertThat(ofFile("acme/base", first)).isEqualTo(Reason.OK);

    hub.attest(first).from("acme/base").method("F16").by(QUANTS);
    assertThat(ofFile("acme/base", first)).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);

    hub.remove(second);
    assertThat(ofFile("acme/base", first)).isEqualTo(Reason.IO_ERROR);
  }

  @Test
  void aStrangersStatementDoesNotExcuseASignatureFromWhatItLeavesOut() {
    signAlone(SHARD_1, ACME);
    String root =
        RootDigest.of(List.of(new Resource("a", 0, Optional.empty(), hub.sha256(SHARD_1))));
    assertThat(ofSource(SHARDED, root)).isEqualTo(Reason.UNSIGNED_FILES);

    for (String in : List.of(SHARDED + "/s.sigstore.json", ELSEWHERE + "/s.sigstore.json")) {
      hub.attest(SHARD_2).from("acme/base").format("safetensors").in(in).by(Signs.nobody());
      assertThat(ofSource(SHARDED, root)).as(in).isEqualTo(Reason.UNSIGNED_FILES);
    }
  }

  /** A minute and a half for so many, where each was held against all. */
  @Test
  @Timeout(120)
  void filesThatAreEachSignedAloneTakeTimeInProportion() {
    for (int i = 0; i < 1000; i++) {
      String file = "acme/many/f" + i + ".gguf";
      hub.write(file, gguf(GgmlType.F16, "x" + i));
      signAlone(file, ACME);
    }
    assertThat(ofFile("acme/many", "acme/many/f7.gguf")).isEqualTo(Reason.OK);
  }
}
