package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.quantization.LoaderExtra;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the card, the weights and other statements say against an attestation, and what not. */
class ContradictionsTest {
  private static final String REPOSITORY = "quants/base-GGUF";
  private static final String Q4 = REPOSITORY + "/base.Q4_0.gguf";
  private static final String CARD = REPOSITORY + "/README.md";
  private static final String BASE = "acme/base";

  private TestHub hub;

  @BeforeEach
  void aSignedModelAndAQuantization(@TempDir Path folder) {
    hub = new TestHub(folder);
    hub.model(BASE).sign(BASE, ACME).write(Q4, gguf(GgmlType.Q4_0, "base"));
  }

  private void assertReason(Reason reason) {
    assertReason(Q4, reason);
  }

  private void assertReason(String quantization, Reason reason) {
    Judgement judgement = hub.judge(quantization);
    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(reason);
  }

  @Test
  void aCardThatCanNotBeReadMayDeclareAnything() {
    hub.attest(Q4).from(BASE).by(QUANTS);
    hub.write(CARD, "---\ntitle: a: b\nbase_model: acme/base\n---\n");
    assertReason(Reason.UNSUPPORTED);

    hub.write(
        CARD,
        "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a".repeat(64) + "\nsize 7\n");
    assertReason(Reason.IO_ERROR);

    hub.write(CARD, "# Title\n").write(REPOSITORY + "/notes.txt", "---\ntitle: a: b\n---\n");
    hub.write(
        REPOSITORY + "/picture.png",
        "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a".repeat(64) + "\nsize 7\n");
    assertReason(Reason.OK);
  }

  @ParameterizedTest
  @CsvSource({
    "finetune, OK",
    "merge, OK",
    "adapter, OK",
    "quantized, CLAIM_MISMATCH",
    "else, CLAIM_MISMATCH"
  })
  void aCardDeclaresASourceUnlessItSaysThatTheBaseIsAnother(String relation, Reason reason) {
    hub.attest(Q4).from(BASE).by(QUANTS);
    hub.write(CARD, "---\nbase_model: other/x\nbase_model_relation: " + relation + "\n---\n");

    assertReason(reason);
  }

  @ParameterizedTest
  @CsvSource({"https://huggingface.co/acme/base, OK", "acme/other, CLAIM_MISMATCH"})
  void aHeadersBaseModelIsOnTheWay(String named, Reason reason) {
    GgufWriter header =
        new GgufWriter()
            .put("general.base_model.count", 1)
            .put("general.base_model.0.repo_url", named);
    hub.write(Q4, gguf(header, GgmlType.Q4_0, "base")).attest(Q4).from(BASE).by(QUANTS);

    assertReason(reason);
  }

  /** A header is copied from the source's card. */
  @Test
  void aHeadersBaseModelMayBeTheSourcesOwn() {
    hub.write(BASE + "/README.md", "---\nbase_model: acme/first\n---\n").sign(BASE, ACME);
    GgufWriter header =
        new GgufWriter()
            .put("general.base_model.count", 1)
            .put("general.base_model.0.repo_url", "https://huggingface.co/acme/first");
    hub.write(Q4, gguf(header, GgmlType.Q4_0, "base")).attest(Q4).from(BASE).by(QUANTS);

    assertReason(Reason.OK);
  }

  @Test
  void aContradictionIsShownAtTheAttestationThatItIsOf() {
    hub.attest(Q4).from(BASE).method("Q8_0").by(QUANTS);

    Judgement judgement = hub.judge(Q4);

    assertThat(judgement.reason()).isEqualTo(Reason.METHOD_MISMATCH);
    assertThat(judgement.links()).extracting(Link::holds).containsExactly(false, true);
  }

  @Test
  void anotherFormatIsAMismatch() {
    hub.attest(Q4).from(BASE).format("safetensors").by(QUANTS);
    assertReason(Reason.METHOD_MISMATCH);

    hub.attest(Q4).from(BASE).format("GGUF").by(QUANTS);
    assertReason(Reason.OK);
  }

  @Test
  void weightsOfAFormatThatNobodyKnowsAreOfTheAttestedOne() {
    String file = "quants/odd/weights.zzz";
    hub.write(file, "weights").attest(file).from(BASE).format("odd").method("ODD4").by(QUANTS);

    assertReason(file, Reason.OK);
  }

  @ParameterizedTest
  @CsvSource({
    "AWQ, OK",
    "awq, OK",
    "AWQ-Int4, OK",
    "awq_4bit, OK",
    "AWQ 4 bits, OK",
    "AWQ-Int8, METHOD_MISMATCH",
    "AWQ-4-8, METHOD_MISMATCH",
    "AWQX, METHOD_MISMATCH",
    "AW, METHOD_MISMATCH",
    "GPTQ, METHOD_MISMATCH",
    "GPTQ-Int4, METHOD_MISMATCH"
  })
  void aMethodMaySayTheBitsWhichAreThenTheWeights(String method, Reason reason) {
    String set = "quants/base-AWQ";
    String file = set + "/model.safetensors";
    hub.write(
            set + "/config.json",
            "{\"quantization_config\": {\"quant_method\": \"awq\", \"bits\": 4}}")
        .write(
            file,
            new SafetensorsWriter()
                .tensor("a.qweight", SafetensorsType.I32, List.of(4L), new byte[16])
                .toByteArray());
    hub.attest(file).from(BASE).format("safetensors").method(method).by(QUANTS);

    assertReason(file, reason);
  }

  @Test
  void aGgufTypeIsNeverAnotherOneThatBeginsWithIt() {
    hub.attest(Q4).from(BASE).method("Q4_0-int5").by(QUANTS);
    assertReason(Reason.METHOD_MISMATCH);

    hub.attest(Q4).from(BASE).method("Q4_0_4bit").by(QUANTS);
    assertReason(Reason.METHOD_MISMATCH);
  }

  @Test
  void aBareStatementThatNamesNoFileHereContradictsNone() {
    hub.attest(Q4)
        .as("else.gguf")
        .from(BASE)
        .in(Q4 + ".quantization.sigstore.json")
        .by(Signs.nobody());
    hub.write(Q4, gguf(GgmlType.Q4_0, "changed"));

    assertReason(Reason.UNSIGNED_STATEMENT);
  }

  @Test
  void aBareStatementThatIsIncompleteContradictsNothing() {
    String first = "quants/split/base-00001-of-00002.gguf";
    String second = "quants/split/base-00002-of-00002.gguf";
    hub.write(first, gguf(GgmlType.Q4_0, "1")).write(second, gguf(GgmlType.Q4_0, "2"));
    hub.attest(first).from(BASE).by(Signs.nobody());

    assertReason(first, Reason.UNSIGNED_STATEMENT);
  }

  @Test
  void aBareStatementsMethodIsOnlyNotedWhereThePolicyAsksForNoMore() {
    hub.attest(Q4).from(BASE).method("Q8_0").by(Signs.nobody());
    assertReason(Reason.METHOD_MISMATCH);

    hub.policy("on_mismatch: {method: note}\n");
    assertReason(Reason.UNSIGNED_STATEMENT);
  }

  @Test
  void aRevokedFileIsRevokedThoughNobodyAttestsIt() {
    String revoked = "revoked: {digests: [" + hub.sha256(Q4) + "]}\n";
    hub.policy(revoked);
    assertReason(Reason.REVOKED);

    hub.policyWith(revoked, "revoked: {digests: [" + hub.rootDigest(REPOSITORY) + "]}\n");
    assertReason(Reason.REVOKED);
  }

  @Test
  void aSetIsNotItsOwnSource() {
    String first = "quants/split/base-00001-of-00002.gguf";
    String second = "quants/split/base-00002-of-00002.gguf";
    hub.write(first, gguf(GgmlType.Q4_0, "1")).write(second, gguf(GgmlType.Q4_0, "2"));
    hub.write("quants/split/README.md", "# Split");
    String set =
        QuantizationCase.digestOf(
            List.of(
                new FileDigest("base-00001-of-00002.gguf", hub.sha256(first)),
                new FileDigest("base-00002-of-00002.gguf", hub.sha256(second))));
    for (String digest : List.of(hub.sha256(first), hub.sha256(second), set)) {
      hub.attest(first, second).from(BASE, digest).by(QUANTS);
      assertReason(first, Reason.CHAIN_CYCLE);
    }
  }

  /** The bytes under this name may have been attested, replaced, and attested again. */
  @Test
  void aNewAttestationCountsBesideAnOldOneOfTheSameName() {
    hub.write(Q4, gguf(GgmlType.Q4_0, "old"));
    hub.attest(Q4).from(BASE).in(REPOSITORY + "/old.sigstore.json").by(QUANTS);
    hub.write(Q4, gguf(GgmlType.Q4_0, "new"));
    hub.attest(Q4).from(BASE).in(REPOSITORY + "/new.sigstore.json").by(QUANTS);

    assertReason(Reason.OK);
  }

  @Test
  void anAttestationUnderAnotherNameHoldsBesideOneUnderThisName() {
    hub.attest(Q4).from(BASE).in(REPOSITORY + "/now.sigstore.json").by(QUANTS);
    hub.attest(Q4).as("before.gguf").from(BASE).in(REPOSITORY + "/before.sigstore.json").by(QUANTS);

    assertThat(hub.judge(Q4).links()).hasSize(3).allMatch(Link::holds);
  }

  @ParameterizedTest
  @CsvSource({"1, e1.py\" (code", "3, e3.py\" (code", "4, ' and 1 more, '", "9, ' and 6 more, '"})
  void ofWhatALoaderAlsoTakesThreeAreNamed(int extras, String said) {
    hub.attest(Q4).from(BASE).by(QUANTS);
    QuantizationCase found = hub.evidence(REPOSITORY).cases().get(0);
    QuantizationCase loadedWithMore =
        new QuantizationCase(
            found.quantization(),
            found.digest(),
            found.files(),
            found.models(),
            found.card(),
            found.cardProblem(),
            found.attestations(),
            found.signatures(),
            IntStream.rangeClosed(1, extras)
                .mapToObj(i -> new LoaderExtra("e" + i + ".py", LoaderExtra.Kind.CODE))
                .toList());

    Judgement judgement =
        new ChainJudge(hub.trust()).judge(loadedWithMore, query -> hub.evidence(BASE).sources());

    assertThat(judgement.reason()).isEqualTo(Reason.OK);
    assertThat(judgement.detail())
        .contains("a loader may also take ", said)
        .doesNotContain("e4.py");
    assertThat(judgement.detail().contains(" more, ")).isEqualTo(extras > 3);
  }

  @Test
  void aLinkSaysWhatItIsTakenToSpeakOf() {
    hub.sign(REPOSITORY, QUANTS).attest(Q4).from(BASE).by(QUANTS);

    assertThat(hub.judge(Q4).links())
        .extracting(link -> link.subject().orElseThrow())
        .containsExactly(hub.sha256(Q4), hub.rootDigest(BASE), hub.rootDigest(REPOSITORY));
  }

  /** Elsewhere only what the parties vouch for is looked at: anybody can sign a copy. */
  @Test
  void aCopyThatAPartySignsWhereItDoesNotCountIsNotFound() throws Exception {
    hub.write("evil/copy/model.safetensors", TestHub.safetensors("copy")).sign("evil/copy", ACME);
    hub.attest(Q4).from("acme/gone", hub.rootDigest("evil/copy")).by(QUANTS);
    assertReason(Reason.SOURCE_MISSING);

    String f16 = "evil/f16/base.F16.gguf";
    hub.write(f16, gguf(GgmlType.F16, "f16")).attest(f16).from(BASE).method("F16").by(QUANTS);
    hub.attest(Q4).from("acme/gone", hub.sha256(f16)).by(QUANTS);
    assertReason(Reason.SOURCE_MISSING);
  }

  @Test
  void whatAnotherQuantizerAttestsElsewhereIsNotFound() {
    hub.policy("  - {repositories: \"others/*\", signers: [{key: stranger}]}\n");
    String f16 = "others/f16/base.F16.gguf";
    hub.write(f16, gguf(GgmlType.F16, "f16")).attest(f16).from(BASE).method("F16").by(STRANGER);
    hub.attest(Q4).from("acme/gone", hub.sha256(f16)).by(QUANTS);

    assertReason(Reason.SOURCE_MISSING);
  }

  @Test
  void ofVeryManyCopiesTheAttestedOneIsFound() {
    for (int i = 10; i < 40; i++) {
      hub.write("models--quants--f16/snapshots/r" + i + "/base.gguf", gguf(GgmlType.F16, "f16"));
    }
    String last = "models--quants--f16/snapshots/r39/base.gguf";
    hub.attest(last).from(BASE).method("F16").by(QUANTS);
    hub.attest(Q4).from("quants/f16", hub.sha256(last)).by(QUANTS);

    assertReason(Reason.OK);
  }

  @Test
  void ofVeryManyCopiesTheOneThatIsIntactIsFound() throws Exception {
    for (int i = 10; i < 40; i++) {
      String snapshot = "models--acme--many/snapshots/r" + i;
      hub.write(snapshot + "/model.safetensors", TestHub.safetensors("same"));
      hub.write(snapshot + "/number.txt", "" + i);
      hub.sign(snapshot, i < 39 && i % 2 == 0 ? STRANGER : ACME);
      hub.write(snapshot + "/number.txt", i < 39 ? "changed" : "" + i);
    }
    String last = "models--acme--many/snapshots/r39";
    hub.attest(Q4).from("acme/many", hub.sha256(last + "/model.safetensors")).by(QUANTS);

    assertReason(Reason.OK);
  }

  @Test
  void nothingOnAnyWayFromTheSourceMayBeRevoked() {
    String f16 = "quants/base-F16/base.F16.gguf";
    hub.write(f16, gguf(GgmlType.F16, "base"));
    hub.attest(f16).from(BASE).method("F16").by(QUANTS);
    String other = "quants/base-F16/other.sigstore.json";
    hub.attest(f16).from(BASE).method("F16").in(other).by(QUANTS);
    hub.attest(Q4).from("quants/base-F16", hub.sha256(f16)).by(QUANTS);
    assertReason(Reason.OK);

    hub.policy("revoked: {statements: [" + hub.sha256(other) + "]}\n");
    assertReason(Reason.REVOKED);
  }

  @Test
  void aWayThatBranchesAtEveryStepEndsAfterAThousandLookUps() {
    hub.policy("require: {max_chain_depth: 64}\n");
    String[] files = new String[12];
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
    }
    hub.attest(Q4).from(REPOSITORY, hub.sha256(files[0])).by(QUANTS);

    Judgement judgement = hub.judge(Q4);

    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(Reason.CHAIN_TOO_DEEP);
    assertThat(judgement.detail()).contains("names more than 1000 sources");
  }

  @Test
  void theDigestOfAFileThatIsNoWeightsIsThatOfNoSource() {
    hub.write(BASE + "/empty.json", "{}").sign(BASE, ACME);
    hub.attest(Q4).from(BASE, hub.sha256(BASE + "/empty.json")).by(QUANTS);

    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
    assertThat(hub.judge(Q4).detail())
        .contains("but the hub has it as sha256:" + hub.rootDigest(BASE));
  }
}
