package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.ACME_BY_CERTIFICATE;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.UNKNOWN;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.audit.Run;
import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which evidence wins, how far it is followed, and what an attacker can't do with it. */
class ChainRulesTest {
  private static final String REPOSITORY = "quants/base-GGUF";
  private static final String Q4 = REPOSITORY + "/base.Q4_0.gguf";
  private static final String F16 = "quants/base-F16/base.F16.gguf";
  private static final String BASE = "acme/base";
  private static final String WEIGHTS = BASE + "/model.safetensors";

  private static final String SHARDED = "acme/sharded";
  private static final String SHARD_1 = SHARDED + "/model-00001-of-00002.safetensors";
  private static final String SHARD_2 = SHARDED + "/model-00002-of-00002.safetensors";

  @TempDir Path directory;

  private TestHub hub;

  @BeforeEach
  void aSignedModelAndAQuantization() {
    hub = new TestHub(directory);
    hub.model(BASE).sign(BASE, ACME).write(Q4, gguf(GgmlType.Q4_0, "base"));
  }

  // Which evidence wins

  @Test
  void theBestOfSeveralStatementsWins() {
    hub.attest(Q4).from(BASE).in(REPOSITORY + "/1.sigstore.json").by(STRANGER);
    hub.attest(Q4).from("acme/gone", "a".repeat(64)).in(REPOSITORY + "/2.sigstore.json").by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.SOURCE_MISSING);
    hub.write(REPOSITORY + "/3.sigstore.json", "{\"dsseEnvelope\": {}}");
    assertThat(reason()).isEqualTo(Reason.MALFORMED_BUNDLE);

    hub.attest(Q4).from(BASE).by(QUANTS);

    Judgement judgement = hub.judge(Q4);
    assertThat(judgement.reason()).isEqualTo(Reason.OK);
    assertThat(judgement.depth()).isEqualTo(2);
    assertThat(judgement.links())
        .extracting(link -> link.problem().isEmpty())
        .containsExactly(true, true, false, false, false);
    assertThat(judgement.tool()).contains("llama-quantize");
    assertThat(Run.badge(judgement)).isEqualTo("Quantized from acme/base, verified");
  }

  /** In which order the sidecars are read is up to their names. */
  @ParameterizedTest
  @ValueSource(strings = {"1234", "4321", "2143", "3412"})
  void theOrderOfStatementsMakesNoDifference(String names) {
    hub.attest(Q4).from(BASE).in(sidecar(names, 0)).by(STRANGER);
    hub.attest(Q4).from("acme/gone", "a".repeat(64)).in(sidecar(names, 1)).by(QUANTS);
    hub.derive(Q4, "b".repeat(64), "acme/other").by(Signs.nobody());
    hub.write(sidecar(names, 2), "{\"dsseEnvelope\": {}}");
    assertThat(reason().verdict()).isEqualTo(Verdict.BROKEN);

    hub.attest(Q4).from(BASE).in(sidecar(names, 3)).by(QUANTS);
    Judgement judgement = hub.judge(Q4);
    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(Reason.OK);
    assertThat(judgement.links()).hasSize(6).filteredOn(Link::holds).hasSize(2);
  }

  private static String sidecar(String names, int index) {
    return REPOSITORY + "/" + names.charAt(index) + ".sigstore.json";
  }

  @Test
  void aRevocationWinsOverAVerifiedChain() {
    hub.attest(Q4).from(BASE).by(QUANTS);
    hub.attest(Q4).from(BASE).in(REPOSITORY + "/old.sigstore.json").by(STRANGER);
    hub.policy("revoked: {statements: [" + hub.sha256(REPOSITORY + "/old.sigstore.json") + "]}\n");

    assertThat(reason()).isEqualTo(Reason.REVOKED);
  }

  @ParameterizedTest
  @MethodSource("digestsOnTheWay")
  void nothingOnTheWayMayBeRevoked(String what) {
    hub.sign(REPOSITORY, QUANTS);
    hub.attest(Q4).from(BASE).by(QUANTS);
    String digest =
        switch (what) {
          case "the source's weights" -> hub.sha256(WEIGHTS);
          case "the source" -> hub.rootDigest(BASE);
          case "the quantization's repository" -> hub.rootDigest(REPOSITORY);
          default -> hub.sha256(Q4);
        };
    hub.policy("revoked: {digests: [" + digest + "]}\n");

    assertThat(reason()).isEqualTo(Reason.REVOKED);
  }

  static Stream<String> digestsOnTheWay() {
    return Stream.of(
        "the source's weights",
        "the source",
        "the quantization's repository",
        "the quantization's weights");
  }

  @Test
  void aSourceNamedByItsFileIsRevokedWithItsModel() {
    hub.attest(Q4).from(BASE, hub.sha256(WEIGHTS)).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.policy("revoked: {digests: [" + hub.rootDigest(BASE) + "]}\n");

    assertThat(reason()).isEqualTo(Reason.REVOKED);
  }

  /** Its files are the revoked model's, by whichever digest it was signed and attested. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aModelIsRevokedHoweverItIsSigned(boolean asAModel) throws Exception {
    String byFiles = hub.rootDigest(BASE);
    String byShards = hub.signShards(BASE, 64, ACME);
    hub.attest(Q4).from(BASE, asAModel ? byShards : hub.sha256(WEIGHTS)).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.policy("revoked: {digests: [" + byFiles + "]}\n");
    assertThat(reason()).isEqualTo(Reason.REVOKED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "the model"})
  void whatAConversionWasMadeOfMayNotBeRevoked(String what) throws Exception {
    String byFiles = hub.rootDigest(BASE);
    hub.convert(Q4, BASE).by(QUANTS);
    hub.signShards(BASE, 64, ACME);
    String revoked = what.equals("the model") ? byFiles : hub.sha256(BASE + "/" + what);
    hub.policy("on_mismatch: {method: note}\n");
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.policy("revoked: {digests: [" + revoked + "]}\n");
    assertThat(reason()).isEqualTo(Reason.REVOKED);
  }

  @Test
  void theSourceIsWhereTheWayEndsThoughItPassedThereBefore() {
    String end = "quants/end";
    String q8 = end + "/base.Q8_0.gguf";
    hub.model(end).policyWith("models: \"acme/*\"", "models: \"*/*\"");
    ModelManifest own = hub.manifest(end);
    hub.sign(end, ModelSigner.manifest(own.resources(), List.of("base.Q8_0.gguf"), false), ACME);
    hub.write(F16, gguf(GgmlType.F16, "middle")).write(q8, gguf(GgmlType.Q8_0, "again"));
    hub.attest(F16).from(end, own.rootDigest()).method("F16").by(QUANTS);
    hub.attest(q8).from("quants/base-F16", hub.sha256(F16)).method("Q8_0").by(QUANTS);
    hub.attest(Q4).from(end, hub.sha256(q8)).by(QUANTS);

    Judgement judgement = hub.judge(Q4);

    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(Reason.OK);
    assertThat(judgement.depth()).isEqualTo(4);
    assertThat(judgement.sourceModel()).contains(end);
  }

  @Test
  void aMismatchAgainstTheRepositorysOwnSignatureWinsOverAVerifiedChain() {
    hub.write(REPOSITORY + "/notes.txt", "old").sign(REPOSITORY, QUANTS);
    hub.write(REPOSITORY + "/notes.txt", "new").attest(Q4).from(BASE).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.DIGEST_MISMATCH);
  }

  @Test
  void whichFilesMustBeSignedIsForThePolicyToSay() {
    hub.attest(Q4).from(BASE).by(QUANTS);
    hub.write(BASE + "/late.txt", "late");
    assertThat(reason()).isEqualTo(Reason.UNSIGNED_FILES);

    hub.policy("require: {signed_files: weights}\n");
    assertThat(reason()).isEqualTo(Reason.OK);
    hub.write(BASE + "/late.safetensors", safetensors("late"));
    assertThat(reason()).isEqualTo(Reason.UNSIGNED_FILES);
  }

  @Test
  void attestationsBesideASignedModelAreUnsignedFilesToAPolicyThatAsksForAll() {
    hub.attest(Q4).from(BASE).by(QUANTS);
    hub.write(BASE + "/other.sigstore.json", "{}");
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.policy("require: {signed_files: all}\n");
    assertThat(reason()).isEqualTo(Reason.UNSIGNED_FILES);
  }

  @Test
  void aContradictedClaimWinsOverAVerifiedChain() {
    hub.model("acme/other").sign("acme/other", ACME);
    hub.write(REPOSITORY + "/README.md", "---\nbase_model: acme/base\n---\n");
    hub.attest(Q4).from(BASE).by(QUANTS);
    hub.attest(Q4).from("acme/other").in(REPOSITORY + "/2.sigstore.json").by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.CLAIM_MISMATCH);
  }

  @Test
  void aContradictedClaimIsNotedWhereThePolicyAsksForNoMore() {
    hub.write(REPOSITORY + "/README.md", "---\nbase_model: acme/other\n---\n");
    hub.attest(Q4).from(BASE).method("Q8_0").by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.CLAIM_MISMATCH);

    hub.policy("on_mismatch: {claim: note}\n");
    assertThat(reason()).isEqualTo(Reason.METHOD_MISMATCH);

    hub.policyWith("{claim: note}", "{claim: note, method: note}");
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.OK);
    assertThat(hub.judge(Q4).detail())
        .contains("; note: the model card declares acme/other")
        .endsWith("; note: attested as Q8_0, but the weights say Q4_0");
  }

  @Test
  void aHeaderThatNamesAnotherSourceContradictsTheAttestation() {
    GgufWriter header = new GgufWriter().put("general.source.huggingface.repository", "acme/other");
    hub.write(Q4, gguf(header, GgmlType.Q4_0, "base")).attest(Q4).from(BASE).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.CLAIM_MISMATCH);
  }

  @Test
  void malformedWeightsWinOverAVerifiedChain() throws Exception {
    byte[] whole = Files.readAllBytes(hub.file(Q4));
    hub.write(Q4, Arrays.copyOf(whole, whole.length - 20));
    hub.attest(Q4).from(BASE).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.MALFORMED_WEIGHTS);
  }

  @Test
  void aStrangersSignatureNeitherVerifiesNorBreaks() {
    hub.write(REPOSITORY + "/notes.txt", "old").sign(REPOSITORY, STRANGER);
    hub.write(REPOSITORY + "/notes.txt", "new");
    assertThat(reason()).isEqualTo(Reason.NO_ATTESTATION);

    hub.attest(Q4).from(BASE).by(STRANGER);
    assertThat(reason()).isEqualTo(Reason.SIGNER_NOT_TRUSTED);

    hub.attest(Q4).from(BASE).by(UNKNOWN);
    assertThat(reason()).isEqualTo(Reason.SIGNER_NOT_TRUSTED);

    hub.attest(Q4).from(BASE).by(Signs.keyless("somebody@else.example"));
    assertThat(reason()).isEqualTo(Reason.SIGNER_NOT_TRUSTED);
  }

  @Test
  void aQuantizerIsNoPublisherAndAPublisherNoQuantizer() {
    hub.attest(Q4).from(BASE).by(ACME);
    assertThat(reason()).isEqualTo(Reason.SIGNER_NOT_TRUSTED);

    hub.attest(Q4).from(BASE).by(QUANTS).sign(BASE, QUANTS);
    assertThat(reason()).isEqualTo(Reason.SOURCE_SIGNER_NOT_TRUSTED);
  }

  @Test
  void everySigningMethodCanMakeAVerifiedChain() {
    hub.sign(BASE, ACME_BY_CERTIFICATE);
    hub.attest(Q4).from(BASE).by(Signs.keyless("bot@quants.example"));
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.sign(BASE, Signs.keyless("release@acme.example"));
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void aPolicyThatRequiresTheLogTakesNoKeys() {
    hub.attest(Q4).from(BASE).by(Signs.keyless("bot@quants.example"));
    hub.policy("require: {transparency_log: true}\n");
    assertThat(reason()).isEqualTo(Reason.SOURCE_SIGNER_NOT_TRUSTED);

    hub.sign(BASE, Signs.keyless("release@acme.example"));
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  // How far evidence is followed

  @ParameterizedTest
  @ValueSource(strings = {F16, REPOSITORY + "/base.F16.gguf"})
  void aConversionIsFollowedToTheModelThatItNames(String conversion) {
    hub.write(conversion, gguf(GgmlType.F16, "base"));
    hub.attest(conversion).from(BASE).method("F16").by(QUANTS);
    hub.attest(Q4).from(BASE, hub.sha256(conversion)).by(QUANTS);

    Judgement judgement = hub.judge(Q4);

    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(Reason.OK);
    assertThat(judgement.depth()).isEqualTo(3);
    assertThat(judgement.links())
        .extracting(Link::kind)
        .startsWith(LinkKind.QUANTIZATION, LinkKind.QUANTIZATION, LinkKind.MODEL_SIGNATURE);
  }

  @Test
  void theModelAtTheEndIsTheSourceAndNotTheConversion() {
    hub.write(F16, gguf(GgmlType.F16, "base")).attest(F16).from(BASE).method("F16").by(QUANTS);
    hub.attest(Q4).from("quants/base-F16", hub.sha256(F16)).by(QUANTS);

    assertThat(hub.judge(Q4).sourceModel()).contains(BASE);
  }

  @Test
  void aConversionThatNamesAnotherModelThanItsDigestBreaksTheChain() {
    hub.model("acme/other").sign("acme/other", ACME);
    hub.write(F16, gguf(GgmlType.F16, "base"));
    hub.attest(F16).from(BASE, hub.rootDigest("acme/other")).method("F16").by(QUANTS);
    hub.attest(Q4).from("quants/base-F16", hub.sha256(F16)).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.SOURCE_IDENTITY_MISMATCH);
  }

  @Test
  void aConversionThatNobodyAttestsIsWhereTheChainEnds() {
    hub.write(F16, gguf(GgmlType.F16, "base"));
    hub.attest(Q4).from("quants/base-F16", hub.sha256(F16)).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.SOURCE_UNSIGNED);

    hub.attest(F16).from(BASE).method("F16").by(Signs.nobody());
    assertThat(reason()).isEqualTo(Reason.UNSIGNED_STATEMENT);

    hub.attest(F16).from(BASE).method("F16").by(STRANGER);
    assertThat(reason()).isEqualTo(Reason.SOURCE_SIGNER_NOT_TRUSTED);
  }

  @Test
  void aQuantizationOfAQuantizationIsFollowedThroughBoth() {
    String q8 = "quants/base-Q8/base.Q8_0.gguf";
    hub.write(q8, gguf(GgmlType.Q8_0, "base")).attest(q8).from(BASE).method("Q8_0").by(QUANTS);
    hub.attest(Q4).from("quants/base-Q8", hub.sha256(q8)).by(QUANTS);
    assertThat(hub.judge(Q4).depth()).isEqualTo(3);
    assertThat(reason()).isEqualTo(Reason.OK);

    // By its root digest the repository of the quantization is a model that nobody signed.
    hub.attest(Q4).from("quants/base-Q8").by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.SOURCE_UNSIGNED);
  }

  @Test
  void aFineTuneIsNoQuantizationOfItsBase() {
    String tuned = "quants/tuned";
    hub.model(tuned).attest(tuned + "/model.safetensors").from(BASE).fineTuned().by(QUANTS);
    hub.attest(Q4).from(tuned).by(QUANTS);
    assertThat(hub.judge(Q4).verdict()).isEqualTo(Verdict.BROKEN);
    hub.attest(Q4).from(tuned, hub.sha256(tuned + "/model.safetensors")).by(QUANTS);
    assertThat(hub.judge(Q4).verdict()).isEqualTo(Verdict.BROKEN);

    hub.attest(Q4).from(BASE).fineTuned().by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.MALFORMED_BUNDLE);
    assertThat(hub.judge(Q4).detail()).endsWith("predicate.quantization is missing");
  }

  @Test
  void aFineTuneThatItsOwnPublisherSignsIsASourceByItself() {
    String tuned = "acme/tuned";
    hub.model(tuned).sign(tuned, ACME);
    hub.attest(tuned + "/model.safetensors").from(BASE).fineTuned().by(ACME);
    hub.attest(Q4).from(tuned).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.OK);
    assertThat(hub.judge(Q4).sourceModel()).contains(tuned);
  }

  @Test
  void aCircleOfManyStepsComesToAnEnd() {
    String[] files = new String[6];
    for (int i = 0; i < files.length; i++) {
      files[i] = "quants/step-" + i + "/step.Q8_0.gguf";
      hub.write(files[i], gguf(GgmlType.Q8_0, "step " + i));
    }
    for (int i = 0; i < files.length; i++) {
      String next = files[(i + 1) % files.length];
      hub.attest(files[i]).from("quants/x", hub.sha256(next)).method("Q8_0").by(QUANTS);
    }
    hub.attest(Q4).from("quants/step-0", hub.sha256(files[0])).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.CHAIN_CYCLE);
    assertThat(hub.judge(files[3]).reason()).isEqualTo(Reason.CHAIN_CYCLE);
    hub.policy("require: {max_chain_depth: 5}\n");
    assertThat(reason()).isEqualTo(Reason.CHAIN_TOO_DEEP);
  }

  @Test
  void statementsThatBranchAtEveryStepComeToAnEnd() {
    String[] files = new String[9];
    for (int i = 0; i < files.length; i++) {
      files[i] = REPOSITORY + "/step-" + i + ".Q8_0.gguf";
      hub.write(files[i], gguf(GgmlType.Q8_0, "step " + i));
    }
    for (int i = 0; i < files.length; i++) {
      for (int j = i + 1; j < files.length; j++) {
        hub.attest(files[i])
            .from(REPOSITORY, hub.sha256(files[j]))
            .method("Q8_0")
            .in(REPOSITORY + "/" + i + "-" + j + ".sigstore.json")
            .by(QUANTS);
      }
      hub.attest(Q4)
          .from(REPOSITORY, hub.sha256(files[i]))
          .in(REPOSITORY + "/q4-" + i + ".sigstore.json")
          .by(QUANTS);
    }

    assertThat(hub.judge(Q4).verdict()).isEqualTo(Verdict.BROKEN);
  }

  @Test
  void aSafetensorsSetIsVerifiedIfEveryFileIsAttested() {
    String set = "quants/base-AWQ";
    String first = set + "/model-00001-of-00002.safetensors";
    String second = set + "/model-00002-of-00002.safetensors";
    hub.write(
        set + "/config.json",
        "{\"quantization_config\": {\"quant_method\": \"awq\", \"bits\": 4}}");
    hub.write(first, tensor("a")).write(second, tensor("b"));
    hub.attest(first, second).from(BASE).format("safetensors").method("AWQ").by(QUANTS);
    assertThat(hub.judge(first).reason()).as(hub.judge(first).detail()).isEqualTo(Reason.OK);

    hub.attest(first).from(BASE).format("safetensors").method("AWQ").by(QUANTS);
    assertThat(hub.judge(first).reason()).isEqualTo(Reason.SUBJECT_INCOMPLETE);
  }

  private static byte[] tensor(String name) {
    return new SafetensorsWriter()
        .tensor(name + ".qweight", SafetensorsType.I32, List.of(4L), new byte[16])
        .toByteArray();
  }

  @Test
  void theSameBytesAreJudgedInEachRepositoryByItself() {
    for (String repository : List.of("quants/mirror", "evil/mirror", "quants/bare")) {
      hub.write(repository + "/base.Q4_0.gguf", gguf(GgmlType.Q4_0, "base"));
    }
    hub.attest(Q4).from(BASE).by(QUANTS);
    hub.attest("quants/mirror/base.Q4_0.gguf").from(BASE).by(QUANTS);
    hub.attest("evil/mirror/base.Q4_0.gguf").from(BASE).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.OK);
    assertThat(hub.judge("quants/mirror/base.Q4_0.gguf").reason()).isEqualTo(Reason.OK);
    assertThat(hub.judge("evil/mirror/base.Q4_0.gguf").reason())
        .isEqualTo(Reason.SIGNER_NOT_TRUSTED);
    assertThat(hub.judge("quants/bare/base.Q4_0.gguf").reason()).isEqualTo(Reason.NO_ATTESTATION);
  }

  @Test
  void statementsThatLeadInACircleAreACycle() {
    String other = REPOSITORY + "/base.Q8_0.gguf";
    hub.write(other, gguf(GgmlType.Q8_0, "base"));
    hub.attest(Q4).from(REPOSITORY, hub.sha256(other)).by(QUANTS);
    hub.attest(other).from(REPOSITORY, hub.sha256(Q4)).method("Q8_0").by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.CHAIN_CYCLE);
    assertThat(hub.judge(other).reason()).isEqualTo(Reason.CHAIN_CYCLE);
  }

  @Test
  void aChainMayHaveAsManyLinksAsThePolicySays() {
    hub.write(F16, gguf(GgmlType.F16, "base")).attest(F16).from(BASE).method("F16").by(QUANTS);
    hub.attest(Q4).from(BASE, hub.sha256(F16)).by(QUANTS);
    hub.policy("require: {max_chain_depth: 3}\n");
    assertThat(reason()).isEqualTo(Reason.OK);

    TestHub strict = new TestHub(directory).policy("require: {max_chain_depth: 2}\n");
    assertThat(strict.judge(Q4).reason()).isEqualTo(Reason.CHAIN_TOO_DEEP);
  }

  @Test
  void aSourceIsFoundInACacheInWhicheverRevisionHoldsIt() throws Exception {
    hub.attest(Q4).from("acme/cached", hub.rootDigest(BASE)).by(QUANTS);
    Path snapshots = hub.file("models--acme--cached/snapshots");
    Files.createDirectories(snapshots);
    Files.move(hub.file(BASE), snapshots.resolve("r2"));
    hub.write("models--acme--cached/snapshots/r1/model.safetensors", safetensors("older"));
    hub.sign("models--acme--cached/snapshots/r1", ACME);

    Judgement judgement = hub.judge(Q4);

    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(Reason.OK);
    assertThat(judgement.links().get(1).statement().revision()).isEqualTo("r2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"r11", "r39"})
  void ofVeryManyRevisionsThatAreSignedByShardsEachIsFound(String revision) throws Exception {
    for (int i = 10; i < 40; i++) {
      String snapshot = "models--acme--many/snapshots/r" + i;
      hub.write(snapshot + "/model.safetensors", safetensors("revision " + i));
      hub.signShards(snapshot, 16, ACME);
    }
    String snapshot = "models--acme--many/snapshots/" + revision;
    hub.attest(Q4).from("acme/many", hub.rootDigest(snapshot)).by(QUANTS);

    Judgement judgement = hub.judge(Q4);

    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(Reason.OK);
    assertThat(judgement.links().get(1).statement().revision()).isEqualTo(revision);
  }

  @Test
  void ofVeryManyRevisionsThatNobodyHasSignedEachIsFound() {
    for (int i = 10; i < 40; i++) {
      String file = "models--acme--many/snapshots/r" + i + "/model.safetensors";
      hub.write(file, safetensors("revision " + i));
    }
    String last = "models--acme--many/snapshots/r39";
    for (String digest : List.of(hub.rootDigest(last), hub.sha256(last + "/model.safetensors"))) {
      hub.attest(Q4).from("acme/many", digest).by(QUANTS);
      assertThat(reason()).isEqualTo(Reason.SOURCE_UNSIGNED);
    }
    hub.attest(Q4).from("acme/many", "a".repeat(64)).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.SOURCE_MISSING);
  }

  @Test
  void theSignedOfVeryManyRevisionsComesBeforeAStrangersAndAnUnsignedOne() throws Exception {
    for (int i = 10; i < 40; i++) {
      String snapshot = "models--acme--many/snapshots/r" + i;
      hub.write(snapshot + "/model.safetensors", safetensors("same"));
      hub.write(snapshot + "/number.txt", "" + i);
      if (i == 20) {
        hub.sign(snapshot, STRANGER);
      }
    }
    String last = "models--acme--many/snapshots/r39";
    hub.attest(Q4).from("acme/many", hub.sha256(last + "/model.safetensors")).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.SOURCE_SIGNER_NOT_TRUSTED);

    hub.signShards(last, 16, ACME);
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void ofVeryManyRevisionsOneThatCanNotBeListedMayBeTheSource() throws Exception {
    for (int i = 10; i < 40; i++) {
      String file = "models--acme--many/snapshots/r" + i + "/model.safetensors";
      hub.write(file, safetensors("revision " + i));
    }
    Path gone = hub.file("models--acme--many/snapshots/r40");
    Files.createSymbolicLink(gone, Path.of("nowhere"));
    hub.attest(Q4).from("acme/many", "a".repeat(64)).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.IO_ERROR);

    Files.delete(gone);
    Files.createSymbolicLink(gone, Path.of("../snapshots"));
    assertThat(reason()).isEqualTo(Reason.IO_ERROR);
  }

  @Test
  void aModelThatIsSignedByShardsElsewhereIsNotMissing() throws Exception {
    hub.write("acme/mirror/model.safetensors", safetensors("mirror"));
    hub.signShards("acme/mirror", 16, ACME);
    String mirror = "acme/mirror/model.safetensors";
    for (String digest : List.of(hub.rootDigest("acme/mirror"), hub.sha256(mirror))) {
      hub.attest(Q4).from("acme/gone", digest).by(QUANTS);
      assertThat(reason()).isEqualTo(Reason.SOURCE_IDENTITY_MISMATCH);
    }
    hub.signShards("acme/mirror", 16, STRANGER);
    assertThat(reason()).isEqualTo(Reason.SOURCE_MISSING);
  }

  @Test
  void copiesOfTheSourceDoNotHideTheOneThatIsNamed() {
    for (int i = 0; i < 40; i++) {
      hub.write("aaa/copy-" + i + "/model.safetensors", safetensors(BASE));
      hub.sign("aaa/copy-" + i, STRANGER);
    }
    hub.attest(Q4).from(BASE, hub.sha256(WEIGHTS)).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void copiesOfAConversionDoNotHideTheOneThatIsAttested() {
    hub.write(F16, gguf(GgmlType.F16, "base")).attest(F16).from(BASE).method("F16").by(QUANTS);
    for (int i = 0; i < 20; i++) {
      String copy = "aaa/copy-" + i;
      hub.write(copy + "/base.gguf", gguf(GgmlType.F16, "base")).sign(copy, STRANGER);
    }
    hub.attest(Q4).from(BASE, hub.sha256(F16)).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void aSignatureByShardsIsOneOfTheModelAsAWhole() throws Exception {
    String byFiles = hub.rootDigest(BASE);
    String byShards = hub.signShards(BASE, 64, ACME);

    hub.attest(Q4).from(BASE, byFiles).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.attest(Q4).from(BASE, byShards).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.write(WEIGHTS, safetensors("tampered"));
    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void aSplitSetIsVerifiedIfEveryPartIsAttested() {
    String first = REPOSITORY + "/base-00001-of-00002.gguf";
    String second = REPOSITORY + "/base-00002-of-00002.gguf";
    hub.write(first, part(0)).write(second, part(1));
    hub.attest(first, second).from(BASE).by(QUANTS);
    assertThat(hub.judge(first).reason()).isEqualTo(Reason.OK);

    hub.write(second, part(0));
    assertThat(hub.judge(first).verdict()).isEqualTo(Verdict.BROKEN);
  }

  @Test
  void aConversionStatementNamesTheFilesOfOneSignedModel() {
    shardedSource();
    hub.convertFiles(F16, SHARDED, SHARD_1, SHARD_2).by(QUANTS);
    hub.attest(Q4).from(SHARDED, hub.sha256(F16)).by(QUANTS);

    Judgement judgement = hub.judge(Q4);

    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(Reason.OK);
    assertThat(judgement.links())
        .extracting(Link::kind)
        .containsExactly(LinkKind.QUANTIZATION, LinkKind.CONVERSION, LinkKind.MODEL_SIGNATURE);
  }

  @Test
  void everyFileThatAConversionNamesMustBeThere() {
    shardedSource();
    hub.convertFiles(F16, SHARDED, SHARD_1, SHARD_2).by(QUANTS);
    hub.attest(Q4).from(SHARDED, hub.sha256(F16)).by(QUANTS);
    hub.write(SHARD_2, safetensors("another")).sign(SHARDED, ACME);

    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void everyFileThatAConversionNamesMustBeSigned() {
    shardedSource();
    List<Resource> first = hub.manifest(SHARDED).resources().subList(0, 1);
    String ignored = SHARD_2.substring(SHARDED.length() + 1);
    hub.sign(SHARDED, ModelSigner.manifest(first, List.of(ignored), false), ACME);
    hub.convertFiles(F16, SHARDED, SHARD_1, SHARD_2).by(QUANTS);
    hub.attest(Q4).from(SHARDED, hub.sha256(F16)).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.SOURCE_UNSIGNED);
  }

  /** The whole snapshot is what a conversion reads: the card and the tokenizer too. */
  @ParameterizedTest
  @ValueSource(strings = {"config.json", "README.md", "new.json", "sub/new.json"})
  void aConversionIsOfTheWholeSnapshotAndOfNothingElse(String file) {
    hub.write(F16, gguf(GgmlType.F16, "base")).convert(F16, BASE).by(QUANTS);
    hub.attest(Q4).from(BASE, hub.sha256(F16)).by(QUANTS);
    hub.write(BASE + "/.gitattributes", "hidden").write(BASE + "/old.sigstore.json", "{}");
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.write(BASE + "/" + file, "changed since").sign(BASE, ACME);
    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void aConversionIsNotOfASnapshotThatLacksAFile() {
    hub.write(F16, gguf(GgmlType.F16, "base")).convert(F16, BASE).by(QUANTS);
    hub.attest(Q4).from(BASE, hub.sha256(F16)).by(QUANTS);

    hub.remove(BASE + "/config.json").sign(BASE, ACME);
    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void aConversionOfARevisionIsOfThatOneIfTheHubHasIt() throws Exception {
    hub.write(F16, gguf(GgmlType.F16, "base"));
    Path snapshots = hub.file("models--acme--base/snapshots");
    Files.createDirectories(snapshots);
    hub.convert(F16, BASE, "r1").by(QUANTS);
    hub.attest(Q4).from(BASE, hub.sha256(F16)).by(QUANTS);
    Files.move(hub.file(BASE), snapshots.resolve("r2"));
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.write("models--acme--base/snapshots/r1/model.safetensors", safetensors("another"));
    hub.sign("models--acme--base/snapshots/r1", ACME);
    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);

    Files.move(snapshots.resolve("r1"), snapshots.resolve("r0"));
    Files.move(snapshots.resolve("r2"), snapshots.resolve("r1"));
    assertThat(reason()).isEqualTo(Reason.OK);
    assertThat(hub.judge(Q4).links().get(2).statement().revision()).isEqualTo("r1");
  }

  @Test
  void anAttestationOfARevisionIsOfThatOneIfTheHubHasIt() throws Exception {
    hub.attest(Q4).from(BASE).at("r1").by(QUANTS);
    Path snapshots = hub.file("models--acme--base/snapshots");
    Files.createDirectories(snapshots);
    Files.move(hub.file(BASE), snapshots.resolve("r2"));
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.write("models--acme--base/snapshots/r1/model.safetensors", safetensors("another"));
    hub.sign("models--acme--base/snapshots/r1", ACME);
    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
    assertThat(hub.judge(Q4).detail())
        .isEqualTo(
            "the source acme/base is attested at the revision \"r1\", but its digest is that of"
                + " \"r2\"");

    Files.move(snapshots.resolve("r1"), snapshots.resolve("r0"));
    Files.move(snapshots.resolve("r2"), snapshots.resolve("r1"));
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void anAbsentSourceContradictsNothingUnlessThePolicySaysSo() {
    hub.attest(Q4).from("acme/gone", "a".repeat(64)).by(QUANTS);
    assertThat(hub.judge(Q4).verdict()).isEqualTo(Verdict.UNVERIFIED);
    hub.model("acme/bare").attest(Q4).from("acme/bare").by(QUANTS);
    assertThat(hub.judge(Q4).verdict()).isEqualTo(Verdict.UNVERIFIED);

    hub.policy("on_absence: {source: break}\n");
    assertThat(hub.judge(Q4).verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(reason()).isEqualTo(Reason.SOURCE_UNSIGNED);
    hub.attest(Q4).from("acme/gone", "a".repeat(64)).by(QUANTS);
    assertThat(hub.judge(Q4).verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(reason()).isEqualTo(Reason.SOURCE_MISSING);
  }

  /** Names of subjects count beside the weights, whatever the sidecar is called. */
  @Test
  void aSidecarThatIsNamedAsOneOfTheOperatorsIsNone() {
    String other = REPOSITORY + "/other.Q4_0.gguf";
    hub.write(other, gguf(GgmlType.Q4_0, "other"));
    hub.attest(Q4, other).from(BASE).in(REPOSITORY + "/attestations:q.sigstore.json").by(QUANTS);
    hub.write(Q4, gguf(GgmlType.Q4_0, "other"));

    assertThat(hub.judge(Q4).verdict()).isNotEqualTo(Verdict.VERIFIED);
  }

  /** Each of two files is attested by itself, and each has the other's bytes. */
  @Test
  void filesThatWereAttestedApartAreNotExchanged() {
    String a = "quants/apart/a.gguf";
    String b = "quants/apart/b.gguf";
    hub.model("acme/other").sign("acme/other", ACME);
    hub.write(a, gguf(GgmlType.Q4_0, "a")).attest(a).from(BASE).by(QUANTS);
    hub.write(b, gguf(GgmlType.Q4_0, "b")).attest(b).from("acme/other").by(QUANTS);
    hub.write(a, gguf(GgmlType.Q4_0, "b")).write(b, gguf(GgmlType.Q4_0, "a"));

    assertThat(hub.judge(a).reason()).isEqualTo(Reason.DIGEST_MISMATCH);
    assertThat(hub.judge(b).reason()).isEqualTo(Reason.DIGEST_MISMATCH);

    hub.write("quants/apart/renamed.gguf", gguf(GgmlType.Q4_0, "a")).remove(a).remove(b);
    assertThat(hub.judge("quants/apart/renamed.gguf").reason()).isEqualTo(Reason.OK);
  }

  @Test
  void whoDoesNotCountCallsNoRenamedFileExchanged() {
    hub.attest(Q4).as("before.gguf").from(BASE).in(REPOSITORY + "/a.sigstore.json").by(QUANTS);
    hub.write(Q4, gguf(GgmlType.Q4_0, "other"));
    hub.attest(Q4).from(BASE).in(REPOSITORY + "/b.sigstore.json").by(STRANGER);
    hub.write(Q4, gguf(GgmlType.Q4_0, "base"));
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.OK);

    hub.write(Q4, gguf(GgmlType.Q4_0, "other"));
    hub.attest(Q4).from(BASE).in(REPOSITORY + "/b.sigstore.json").by(QUANTS);
    hub.write(Q4, gguf(GgmlType.Q4_0, "base"));
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.DIGEST_MISMATCH);
  }

  @Test
  void aModelSignatureThatCannotBeReadWinsOverAChain() throws IOException {
    hub.attest(Q4).from(BASE).by(QUANTS);
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.OK);

    hub.write(
        REPOSITORY + "/model.sig",
        "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 12345\n"
            .formatted("a".repeat(64)));
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.IO_ERROR);

    hub.remove(REPOSITORY + "/model.sig");
    Files.createSymbolicLink(hub.file(REPOSITORY + "/model.sig"), Path.of("nowhere"));
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.IO_ERROR);
  }

  @Test
  void aSpoiltModelSignatureIsNotCrowdedOutByOtherSpoiltSidecars() {
    hub.attest(Q4).from(BASE).by(QUANTS).write(REPOSITORY + "/model.sig", "spoilt");
    for (int i = 10; i < 30; i++) {
      hub.write(REPOSITORY + "/a" + i + ".sigstore.json", "{\"dsseEnvelope\": 1}");
    }
    assertThat(hub.judge(Q4).verdict()).isEqualTo(Verdict.BROKEN);
  }

  @Test
  void besideItsOwnModelAQuantizationsCardIsAContradictionToo() {
    String own = "quants/own";
    String quantization = own + "/own.Q4_0.gguf";
    hub.policyWith(
        "publishers:\n", "publishers:\n  - {models: quants/*, signers: [{key: quants}]}\n");
    hub.write(quantization, gguf(GgmlType.Q4_0, "own")).model(own);
    hub.attest(quantization).from(own, hub.sha256(own + "/model.safetensors")).by(QUANTS);
    String card = "---\nbase_model: acme/base\n%s---\n";
    hub.write(own + "/README.md", card.formatted("")).sign(own, QUANTS);
    assertThat(hub.judge(quantization).reason()).isEqualTo(Reason.OK);

    hub.write(own + "/README.md", card.formatted("base_model_relation: quantized\n"));
    hub.sign(own, QUANTS);
    assertThat(hub.judge(quantization).reason()).isEqualTo(Reason.CLAIM_MISMATCH);
  }

  /** A copy of the bytes somewhere is no part of the set. */
  @Test
  void weightsThatLieElsewhereAreNotBesideTheOthers() {
    String set = "quants/free";
    String first = set + "/a.safetensors";
    String second = set + "/b.safetensors";
    hub.write(set + "/config.json", "{\"quantization_config\": {\"quant_method\": \"awq\"}}");
    hub.write(first, tensor("a")).write(second, tensor("b"));
    hub.attest(first, second).from(BASE).format("safetensors").method("AWQ").by(QUANTS);
    assertThat(hub.judge(first).reason()).as(hub.judge(first).detail()).isEqualTo(Reason.OK);

    hub.write(set + "/trash/b.safetensors", tensor("b")).write(set + "/b.txt", tensor("b"));
    hub.remove(second);
    assertThat(hub.judge(first).verdict()).isEqualTo(Verdict.BROKEN);
  }

  @Test
  void weightsOfTwoAttestedFoldersAreNoSet() {
    List<String> files = new ArrayList<>();
    for (String name : List.of("int4/a", "int4/b", "int8/a", "int8/b")) {
      files.add("quants/mixed/" + name + ".safetensors");
      hub.write("quants/mixed/" + name + ".safetensors", tensor(name.replace('/', '.')));
    }
    hub.attest(files.toArray(String[]::new))
        .as("int4/a.safetensors", "int4/b.safetensors", "int8/a.safetensors", "int8/b.safetensors")
        .from(BASE)
        .format("safetensors")
        .method("AWQ")
        .in("quants/mixed/all.sigstore.json")
        .by(QUANTS);
    hub.write("quants/mixed/config.json", "{\"quantization_config\": {\"quant_method\": \"awq\"}}");
    hub.write(
        "quants/mixed/model.safetensors.index.json",
        "{\"weight_map\": {\"a\": \"int4/a.safetensors\", \"b\": \"int8/b.safetensors\"}}");

    assertThat(hub.judge("quants/mixed/int4/a.safetensors").reason())
        .isEqualTo(Reason.SUBJECT_INCOMPLETE);
  }

  // ggufpacker's rule of linkage

  @Test
  void aDerivationIsLinkedToAConversionByTheFilesDigestAlone() {
    hub.write(F16, gguf(GgmlType.F16, "base")).convert(F16, BASE).by(QUANTS);
    hub.derive(Q4, hub.sha256(F16), "somebody/base-GGUF").by(QUANTS);

    Judgement judgement = hub.judge(Q4);
    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(Reason.OK);
    assertThat(judgement.sourceModel()).contains(BASE);
    assertThat(judgement.links())
        .extracting(Link::kind)
        .containsExactly(LinkKind.DERIVATION, LinkKind.CONVERSION, LinkKind.MODEL_SIGNATURE);

    hub.derive(Q4, hub.sha256(BASE + "/model.safetensors"), "somebody/base-GGUF").by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.SOURCE_MISSING);
  }

  @Test
  void aDerivationThatNamesNoModelIsContradictedByWhereItLeads() {
    hub.write(REPOSITORY + "/README.md", "---\nbase_model: acme/better\n---\n");
    hub.write(F16, gguf(GgmlType.F16, "base")).convert(F16, BASE).by(QUANTS);
    hub.derive(Q4, hub.sha256(F16), "").by(QUANTS);

    assertThat(hub.judge(Q4).detail())
        .isEqualTo("the model card declares acme/better, but the attestation leads to acme/base");
  }

  @Test
  void whatADerivationNamesBesidesIsNoModelOnItsWay() {
    hub.write(REPOSITORY + "/README.md", "---\nbase_model: acme/better\n---\n");
    hub.write(F16, gguf(GgmlType.F16, "base")).convert(F16, BASE).by(QUANTS);
    hub.derive(Q4, hub.sha256(F16), "acme/better").by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.CLAIM_MISMATCH);
  }

  @Test
  void theSignatureOfEachOfGgufpackersStatementsCounts() {
    String base = REPOSITORY + "/base.F16.gguf";
    hub.write(base, gguf(GgmlType.F16, "base")).convert(base, BASE).by(QUANTS);
    hub.derive(Q4, hub.sha256(base), BASE).by(Signs.nobody());
    assertThat(reason()).isEqualTo(Reason.UNSIGNED_STATEMENT);

    hub.derive(Q4, hub.sha256(base), BASE).by(QUANTS).convert(base, BASE).by(Signs.nobody());
    assertThat(reason()).isEqualTo(Reason.UNSIGNED_STATEMENT);
    hub.convert(base, BASE).by(STRANGER);
    assertThat(reason()).isEqualTo(Reason.SOURCE_SIGNER_NOT_TRUSTED);
  }

  @Test
  void aBareStatementThatTheFileContradictsIsReported() {
    hub.derive(Q4, hub.sha256(WEIGHTS), BASE).by(Signs.nobody());
    hub.write(Q4, gguf(GgmlType.Q4_0, "changed"));
    assertThat(reason()).isEqualTo(Reason.DIGEST_MISMATCH);

    hub.attest(Q4).from(BASE).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);

    String other = REPOSITORY + "/base.Q8_0.gguf";
    hub.write(other, gguf(GgmlType.Q8_0, "base"));
    hub.derive(other, hub.sha256(WEIGHTS), BASE).by(Signs.nobody());
    assertThat(hub.judge(other).reason()).isEqualTo(Reason.METHOD_MISMATCH);
  }

  // What was signed before

  @Test
  void aFileThatHasChangedIsToldApartFromTheAttestedOne() {
    hub.attest(Q4).from(BASE).by(QUANTS);
    String before = hub.sha256(Q4);
    hub.write(Q4, gguf(GgmlType.Q4_0, "changed"));
    String sentence =
        "base.Q4_0.gguf.quantization.sigstore.json, base.Q4_0.gguf: the attestation covers sha256:"
            + before
            + ", the file is now sha256:"
            + hub.sha256(Q4);
    LocalDate day = LocalDate.ofInstant(TestHub.NOW, ZoneOffset.UTC);
    assertThat(hub.judge(Q4).detail())
        .isEqualTo(sentence + "; it was attested on " + day + " (by its own word)");

    hub.write(Q4, gguf(GgmlType.Q4_0, "base"));
    hub.attest(Q4).from(BASE).by(Signs.keyless("bot@quants.example"));
    hub.write(Q4, gguf(GgmlType.Q4_0, "changed"));
    assertThat(hub.judge(Q4).detail()).isEqualTo(sentence + "; it was attested on " + day);
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "", "2026-13-01T00:00:00Z", "2026-07-06"})
  void aDateThatIsNoneIsLeftOut(String date) throws Exception {
    hub.derive(Q4, hub.sha256(WEIGHTS), BASE).by(Signs.nobody());
    Path statement = hub.file(Q4 + ".derivation.json");
    Files.writeString(statement, Files.readString(statement).replace("2026-07-06T21:00:00Z", date));
    hub.write(Q4, gguf(GgmlType.Q4_0, "changed"));

    assertThat(hub.judge(Q4).detail())
        .contains("the file is now sha256:" + hub.sha256(Q4))
        .doesNotContain("attested on");
  }

  @Test
  void aModelThatHasChangedSinceItWasSignedSaysWhenThatWas() {
    hub.sign(BASE, Signs.keyless("release@acme.example")).attest(Q4).from(BASE).by(QUANTS);
    hub.write(BASE + "/config.json", "{}");

    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
    assertThat(hub.judge(Q4).detail())
        .endsWith("; it was signed on " + LocalDate.ofInstant(TestHub.NOW, ZoneOffset.UTC));
  }

  @Test
  void aCopyOfOneFileOfTheSourceDoesNotBreakTheChain() {
    shardedSource();
    hub.write("aaa/copy/1.safetensors", safetensors("1")).sign("aaa/copy", STRANGER);
    hub.convertFiles(F16, "", SHARD_1, SHARD_2).by(QUANTS);
    hub.attest(Q4).from(SHARDED, hub.sha256(F16)).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.OK);
  }

  // What an attacker can't do

  @Test
  void aSourceWhoseWeightsTheSignatureLeavesOutIsNotSigned() {
    ModelManifest all = hub.manifest(BASE);
    List<Resource> rest =
        all.resources().stream().filter(r -> !r.path().endsWith(".safetensors")).toList();
    ModelManifest ignoring = ModelSigner.manifest(rest, List.of("model.safetensors"), false);
    hub.sign(BASE, ignoring, ACME);

    for (String digest : List.of(all.rootDigest(), ignoring.rootDigest(), hub.sha256(WEIGHTS))) {
      hub.attest(Q4).from(BASE, digest).by(QUANTS);
      assertThat(reason()).isIn(Reason.UNSIGNED_FILES, Reason.SOURCE_UNSIGNED);
    }
  }

  @Test
  void quantizationsBesideTheirSourceMayBeLeftOutOfItsSignature() {
    String beside = BASE + "/base.Q4_0.gguf";
    ModelManifest before = hub.manifest(BASE);
    hub.write(beside, gguf(GgmlType.Q4_0, "base"));
    hub.sign(
        BASE, ModelSigner.manifest(before.resources(), List.of("base.Q4_0.gguf"), false), ACME);
    hub.attest(beside).from(BASE, before.rootDigest()).by(ACME);
    hub.policy(
        """
          - {repositories: acme/base, signers: [{key: acme}]}
        """);

    assertThat(hub.judge(beside).reason()).isEqualTo(Reason.OK);
  }

  @Test
  void aModelThatHoldsTheQuantizationIsNotItsSource() {
    String beside = BASE + "/base.Q4_0.gguf";
    hub.write(beside, gguf(GgmlType.Q4_0, "base")).sign(BASE, ACME);
    hub.attest(beside).from(BASE).by(ACME);
    hub.policy(
        """
          - {repositories: acme/base, signers: [{key: acme}]}
        """);

    assertThat(hub.judge(beside).reason()).isEqualTo(Reason.CHAIN_CYCLE);
  }

  @Test
  void aSignatureOfOneFileIsNotOfItsNamesakeInAnotherFolder() {
    String moved = "acme/moved";
    String signedFile = moved + "/sub/model.safetensors";
    hub.write(signedFile, safetensors("honest"))
        .signFile(signedFile, ACME)
        .write(moved + "/model.safetensors", safetensors("another"));

    hub.attest(Q4).from(moved, hub.sha256(moved + "/model.safetensors")).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.SOURCE_UNSIGNED);

    hub.attest(Q4).from(moved, hub.sha256(signedFile)).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void aSignatureOfOneFileSaysNothingOfItsNeighbours() {
    String neighbour = REPOSITORY + "/neighbour.gguf";
    hub.attest(Q4).from(BASE).by(QUANTS);
    hub.write(neighbour, gguf(GgmlType.Q8_0, "neighbour"));
    hub.signFile(neighbour, QUANTS);
    hub.write(neighbour, gguf(GgmlType.Q8_0, "changed"));

    assertThat(hub.judge(neighbour).reason()).isEqualTo(Reason.DIGEST_MISMATCH);
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void aManifestWithoutAValidSignatureGivesADigestNoSource() throws Exception {
    List<Resource> evil =
        hub.manifest(BASE).resources().stream()
            .map(r -> new Resource(r.path(), 0, Optional.empty(), "e".repeat(64)))
            .toList();
    ModelManifest manifest = ModelSigner.manifest(evil, List.of(), false);
    hub.write(BASE + "/evil.sig", STRANGER.apply(ModelSigner.statement("base", manifest)));
    hub.attest(Q4).from(BASE, manifest.rootDigest()).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.SOURCE_SIGNER_NOT_TRUSTED);
  }

  @Test
  void anotherSignerOfTheSourceThanTheAttestedOneIsAMismatch() {
    hub.attest(Q4).from(BASE).signedBy("release@acme.example").by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.SOURCE_IDENTITY_MISMATCH);

    hub.sign(BASE, Signs.keyless("release@acme.example"));
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void anAttestationInAnotherRepositoryDoesNotCount() {
    hub.attest(Q4).from(BASE).in("quants/elsewhere/base.sigstore.json").by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.NO_ATTESTATION);
  }

  @Test
  void anAttestationCopiedWithTheFileIsNotTheCopyistsOwn() throws Exception {
    hub.attest(Q4).from(BASE).by(QUANTS);
    String copy = "evil/base-GGUF/base.Q4_0.gguf";
    hub.write(copy, Files.readAllBytes(hub.file(Q4)));
    String sidecar = ".quantization.sigstore.json";
    hub.write(copy + sidecar, Files.readAllBytes(hub.file(Q4 + sidecar)));

    assertThat(hub.judge(copy).reason()).isEqualTo(Reason.SIGNER_NOT_TRUSTED);
  }

  @Test
  void aFileOfTheSameNameInAnotherFolderIsNotMeant() {
    String old = REPOSITORY + "/old/base.Q4_0.gguf";
    hub.write(old, gguf(GgmlType.Q4_0, "old")).attest(Q4).from(BASE).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.OK);
    assertThat(hub.judge(old).reason()).isEqualTo(Reason.NO_ATTESTATION);
  }

  @Test
  void aBareNameStandsForTheOneFileOfThatNameInAFolder() {
    String folder = REPOSITORY + "/Q4/base.gguf";
    hub.write(folder, gguf(GgmlType.Q4_0, "folder"));
    hub.attest(folder).from(BASE).in(REPOSITORY + "/a.sigstore.json").by(QUANTS);
    assertThat(hub.judge(folder).reason()).isEqualTo(Reason.OK);

    hub.write(folder, gguf(GgmlType.Q4_0, "tampered"));
    assertThat(hub.judge(folder).reason()).isEqualTo(Reason.DIGEST_MISMATCH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../acme/base",
        "/etc",
        "acme/../acme/base",
        "acme/base\n",
        "acme/base\u0000",
        "a/b/c",
        "models--acme--base/snapshots",
        ".",
        "acme/\ud83d\udc31"
      })
  void aHostileModelNameLeadsNowhere(String model) {
    hub.attest(Q4).from(model, "a".repeat(64)).by(QUANTS);
    Judgement judgement = hub.judge(Q4);
    assertThat(judgement.reason()).isEqualTo(Reason.SOURCE_MISSING);
    assertThat(judgement.detail()).doesNotContain("\n", "\u0000");

    hub.attest(Q4).from(model, hub.rootDigest(BASE)).by(QUANTS);
    assertThat(reason())
        .isEqualTo(
            model.startsWith("acme/") && !model.contains("..")
                ? Reason.SOURCE_IDENTITY_MISMATCH
                : Reason.SOURCE_MISSING);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../base.Q4_0.gguf", "/base.Q4_0.gguf", "a\nb", "acme/base"})
  void aSubjectsNameNeverStandsForItsDigest(String name) {
    hub.attest(Q4).as(name).from(BASE).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.write(Q4, gguf(GgmlType.Q4_0, "tampered"));
    assertThat(reason()).isEqualTo(Reason.DIGEST_MISMATCH);
  }

  @Test
  void aPointerIsNotTheFileThatItStandsFor() {
    String pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:" + hub.sha256(Q4) + "\nsize 100\n";
    hub.attest(Q4).from(BASE).by(QUANTS).write(Q4, pointer);
    assertThat(reason()).isEqualTo(Reason.IO_ERROR);

    hub.attest(Q4).from(BASE).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.IO_ERROR);
  }

  @Test
  void aSourceOfWhichThereAreOnlyPointersCouldNotBeLookedAt() {
    String pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:"
            + hub.sha256(WEIGHTS)
            + "\nsize 100\n";
    for (String digest : List.of(hub.rootDigest(BASE), hub.sha256(WEIGHTS))) {
      hub.attest(Q4).from(BASE, digest).by(QUANTS).write(WEIGHTS, pointer);
      assertThat(reason()).isEqualTo(Reason.IO_ERROR);
    }
  }

  @Test
  void evidenceThatCanNotBeReadIsNotNone() throws Exception {
    Path sidecar = hub.file(Q4 + ".quantization.sigstore.json");
    Files.createSymbolicLink(sidecar, Path.of("nowhere"));
    assertThat(reason()).isEqualTo(Reason.IO_ERROR);

    Files.delete(sidecar);
    hub.attest(Q4).from(BASE).by(QUANTS);
    Files.delete(hub.file(BASE + "/model.sig"));
    Files.createSymbolicLink(hub.file(BASE + "/model.sig"), Path.of("nowhere"));
    assertThat(reason()).isEqualTo(Reason.IO_ERROR);
  }

  @Test
  void anUnreadableSourceSignatureIsNoUnsignedSource() {
    hub.attest(Q4).from(BASE).by(QUANTS).write(BASE + "/model.sig", "{}");

    assertThat(reason()).isEqualTo(Reason.SOURCE_SIGNATURE_INVALID);
  }

  private Reason reason() {
    return hub.judge(Q4).reason();
  }

  private void shardedSource() {
    hub.write(SHARD_1, safetensors("1")).write(SHARD_2, safetensors("2")).sign(SHARDED, ACME);
    hub.write(F16, gguf(GgmlType.F16, "base"));
  }

  private static byte[] part(int index) {
    return gguf(
        new GgufWriter().put("split.no", index).put("split.count", 2),
        GgmlType.Q4_0,
        "part " + index);
  }
}
