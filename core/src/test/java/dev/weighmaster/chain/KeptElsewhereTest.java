package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.ELSEWHERE;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.UNKNOWN;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.signature.Flaw;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Statements that are kept away from the weights, and found by digest. */
class KeptElsewhereTest {
  private static final String REPOSITORY = "quants/base-GGUF";
  private static final String Q4 = REPOSITORY + "/base.Q4_0.gguf";
  private static final String BASE = "acme/base";
  private static final String KEPT = ELSEWHERE + "/a/b/q4.sigstore.json";

  @TempDir Path directory;

  private TestHub hub;

  @BeforeEach
  void aSignedModelAndAQuantization() {
    hub = new TestHub(directory);
    hub.model(BASE).sign(BASE, ACME).write(Q4, gguf(GgmlType.Q4_0, "base"));
  }

  @Test
  void anAttestationIsFoundByTheDigestOfTheWeights() {
    hub.attest(Q4).as("whatever.gguf").from(BASE).in(KEPT).by(QUANTS);

    Judgement judgement = hub.judge(Q4);

    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(Reason.OK);
    assertThat(judgement.links().get(0).statement().name())
        .isEqualTo("attestations:a/b/q4.sigstore.json");
    assertThat(judgement.links().get(0).statement().repository()).isEqualTo(REPOSITORY);
  }

  @Test
  void itsSignerMustBeAQuantizerForTheRepositoryThatHoldsTheWeights() throws Exception {
    hub.attest(Q4).from(BASE).in(KEPT).by(STRANGER);
    assertThat(reason()).isEqualTo(Reason.SIGNER_NOT_TRUSTED);

    String copy = "evil/base-GGUF/base.Q4_0.gguf";
    hub.write(copy, Files.readAllBytes(hub.file(Q4)));
    hub.attest(Q4).from(BASE).in(KEPT).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);
    assertThat(hub.judge(copy).reason()).isEqualTo(Reason.SIGNER_NOT_TRUSTED);
  }

  /** Those of another hub can be others. */
  @Test
  void namesMakeNoDifference() {
    String q8 = REPOSITORY + "/base.Q8_0.gguf";
    hub.write(q8, gguf(GgmlType.Q8_0, "base"));
    hub.attest(q8)
        .as("base.Q4_0.gguf")
        .subject("base.Q4_0.gguf", "a".repeat(64))
        .from(BASE)
        .method("Q8_0")
        .in(KEPT)
        .by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.NO_ATTESTATION);
    assertThat(hub.judge(q8).reason()).isEqualTo(Reason.OK);
  }

  @Test
  void whatItAttestsBesideWeightsMustNotChange() {
    String weights = REPOSITORY + "/4bit/openvino_model.bin";
    String graph = REPOSITORY + "/4bit/openvino_model.xml";
    hub.write(weights, "weights").write(graph, "graph").write(REPOSITORY + "/4bit/a.txt", "a");
    hub.attest(weights, graph, REPOSITORY + "/4bit/a.txt")
        .as("ov/openvino_model.bin", "ov/openvino_model.xml", "ov/a.txt")
        .subject("other/openvino_model.xml", "a".repeat(64))
        .from(BASE)
        .format("pytorch")
        .in(KEPT)
        .by(QUANTS);
    assertThat(hub.judge(weights).reason()).isEqualTo(Reason.OK);
    assertThat(mismatches()).isEmpty();

    hub.remove(REPOSITORY + "/4bit/a.txt");
    assertThat(hub.judge(weights).reason()).isEqualTo(Reason.OK);
    assertThat(mismatches()).isEmpty();

    hub.write(graph, "other graph");
    assertThat(hub.judge(weights).reason()).isEqualTo(Reason.DIGEST_MISMATCH);
    assertThat(hub.judge(weights).detail()).contains("openvino_model.xml: the attestation covers");
    assertThat(mismatches()).containsExactly(Reason.DIGEST_MISMATCH);
  }

  @Test
  void aStrangersStatementAboutWhatLiesBesideWeightsBreaksNothing() {
    String graph = REPOSITORY + "/base.xml";
    hub.write(graph, "graph").attest(Q4).from(BASE).by(QUANTS);
    hub.attest(Q4).subject("base.xml", "a".repeat(64)).from(BASE).in(KEPT).by(STRANGER);

    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void anAttestationOfOtherBytesSaysNothing() {
    hub.attest(Q4).from(BASE).in(KEPT).by(QUANTS);
    hub.write(Q4, gguf(GgmlType.Q4_0, "changed"));

    assertThat(reason()).isEqualTo(Reason.NO_ATTESTATION);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "", "[", "{\"_type\": \"https://in-toto.io/Statement/v1\"}"})
  void whatCanNotBeReadBreaksNothing(String content) {
    hub.write(ELSEWHERE + "/base.Q4_0.gguf.sigstore.json", content);
    assertThat(reason()).isEqualTo(Reason.NO_ATTESTATION);

    hub.attest(Q4).from(BASE).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void aSourceIsSignedFromElsewhereByTheRootDigestOfAllItsFiles() throws Exception {
    byte[] signature = Files.readAllBytes(hub.file(BASE + "/model.sig"));
    hub.attest(Q4).from(BASE).by(QUANTS).remove(BASE + "/model.sig");
    assertThat(reason()).isEqualTo(Reason.SOURCE_UNSIGNED);

    hub.write(ELSEWHERE + "/base.sig", signature);
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.write(BASE + "/new.txt", "not signed");
    assertThat(reason()).isEqualTo(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void aModelOfAnotherNameIsFoundByASignatureThatIsKeptElsewhere() throws Exception {
    hub.attest(Q4).from("acme/gone", hub.rootDigest(BASE)).by(QUANTS);
    hub.write(ELSEWHERE + "/base.sig", Files.readAllBytes(hub.file(BASE + "/model.sig")));
    hub.remove(BASE + "/model.sig");
    assertThat(reason()).isEqualTo(Reason.SOURCE_IDENTITY_MISMATCH);

    hub.attest(Q4).from("acme/gone", hub.sha256(BASE + "/model.safetensors")).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.SOURCE_IDENTITY_MISMATCH);
  }

  /** The same bytes in the same order have the same root digest, whatever they are called. */
  @Test
  void aSignatureOfTheSameBytesUnderOtherNamesSaysNothing() throws Exception {
    hub.write("quants/else/other.Q4_0.gguf", Files.readAllBytes(hub.file(Q4)));
    hub.sign("quants/else", QUANTS);
    byte[] signature = Files.readAllBytes(hub.file("quants/else/model.sig"));
    hub.remove("quants/else").write(ELSEWHERE + "/else.sig", signature);
    hub.attest(Q4).from(BASE).by(QUANTS);

    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void aSignatureByShardsCountsOnlyBesideTheFiles() throws Exception {
    String byFiles = hub.rootDigest(BASE);
    hub.signShards(BASE, 64, ACME);
    byte[] signature = Files.readAllBytes(hub.file(BASE + "/model.sig"));
    hub.attest(Q4).from(BASE, byFiles).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.remove(BASE + "/model.sig").write(ELSEWHERE + "/model.sig", signature);
    assertThat(reason()).isEqualTo(Reason.SOURCE_UNSIGNED);
  }

  @Test
  void aSignatureOfAModelOfOneFileIsOfItsRepositoryAndOfItsFile() throws Exception {
    String model = "acme/single";
    String file = model + "/model.safetensors";
    hub.write(file, TestHub.safetensors("single")).sign(model, ACME);
    hub.write(
        ELSEWHERE + "/x/model.safetensors.sig", Files.readAllBytes(hub.file(model + "/model.sig")));
    hub.remove(model + "/model.sig");

    hub.attest(Q4).from(model).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);
    hub.attest(Q4).from(model, hub.sha256(file)).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @ParameterizedTest
  @ValueSource(strings = {BASE, "quants/base-F16", "somebody/else"})
  void aChainGoesThroughAConversionThatIsAttestedElsewhere(String named) {
    String f16 = "quants/base-F16/base.F16.gguf";
    hub.write(f16, gguf(GgmlType.F16, "base"));
    hub.attest(f16).from(BASE).method("F16").in(ELSEWHERE + "/f16.sigstore.json").by(QUANTS);
    hub.attest(Q4).from(named, hub.sha256(f16)).in(KEPT).by(QUANTS);

    assertThat(reason())
        .isEqualTo(named.equals("somebody/else") ? Reason.SOURCE_IDENTITY_MISMATCH : Reason.OK);
  }

  @Test
  void linesOfStatementsSpeakEachOfTheirOwn() throws Exception {
    String q8 = REPOSITORY + "/base.Q8_0.gguf";
    hub.write(q8, gguf(GgmlType.Q8_0, "base"));
    hub.attest(Q4).from(BASE).in("1").by(QUANTS);
    hub.attest(q8).from(BASE).method("Q8_0").in("2").by(QUANTS);
    hub.write(
        ELSEWHERE + "/all.intoto.jsonl",
        Files.readString(hub.file("1")).replaceAll("\\s*\n\\s*", "")
            + "\n{}\n"
            + Files.readString(hub.file("2")).replaceAll("\\s*\n\\s*", "")
            + "\r\n");

    assertThat(reason()).isEqualTo(Reason.OK);
    assertThat(hub.judge(q8).reason()).isEqualTo(Reason.OK);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void noNumberOfStatementsElsewhereCrowdsOutThoseThatCount(boolean signed) throws Exception {
    hub.attest(Q4).from(BASE).in("junk").by(signed ? STRANGER : Signs.nobody());
    String junk = Files.readString(hub.file("junk")).replaceAll("\\s*\n\\s*", "") + "\n";
    hub.write(ELSEWHERE + "/0.intoto.jsonl", junk.repeat(300));
    hub.attest(Q4).from(BASE).in(KEPT).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.remove(KEPT).attest(Q4).from(BASE).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  /** What a statement elsewhere attests together must be there together. */
  @Test
  void allPartsOfWhatAStatementElsewhereAttestsMustBeThere() {
    String[] parts = {"quants/split/f-00001-of-00002.gguf", "quants/split/f-00002-of-00002.gguf"};
    hub.write(parts[0], gguf(GgmlType.Q4_0, "1")).write(parts[1], gguf(GgmlType.Q4_0, "2"));
    hub.attest(parts).from(BASE).in(KEPT).by(QUANTS);
    assertThat(hub.judge(parts[0]).reason()).isEqualTo(Reason.OK);

    hub.remove(parts[0]).remove(parts[1]).write("quants/split/f.gguf", gguf(GgmlType.Q4_0, "1"));
    assertThat(hub.judge("quants/split/f.gguf").reason()).isEqualTo(Reason.SUBJECT_INCOMPLETE);
  }

  @Test
  void allWeightsOfAFolderThatAStatementElsewhereAttestsMustBeThere() {
    String[] files = {"quants/awq/x.safetensors", "quants/awq/y.bin"};
    hub.write("quants/awq/config.json", "{\"quantization_config\": {\"quant_method\": \"awq\"}}")
        .write(files[0], TestHub.safetensors("x"))
        .write(files[1], "y");
    hub.attest(files).from(BASE).format("safetensors").method("AWQ").in(KEPT).by(QUANTS);
    assertThat(hub.judge(files[0]).reason()).isEqualTo(Reason.OK);

    hub.remove(files[1]);
    assertThat(hub.judge(files[0]).reason()).isEqualTo(Reason.SUBJECT_INCOMPLETE);
  }

  @Test
  void aBareStatementIsEvidenceAndNoMore() {
    hub.attest(Q4).from(BASE).in(KEPT).by(Signs.nobody());

    assertThat(reason()).isEqualTo(Reason.UNSIGNED_STATEMENT);
  }

  @Test
  void aBareStatementElsewhereContradictsNothing() {
    hub.attest(Q4).from(BASE).method("Q8_0").in(KEPT).by(Signs.nobody());
    assertThat(reason()).isEqualTo(Reason.UNSIGNED_STATEMENT);

    hub.attest(Q4).from(BASE).method("Q8_0").by(Signs.nobody());
    assertThat(reason()).isEqualTo(Reason.METHOD_MISMATCH);
  }

  @ParameterizedTest
  @EnumSource(
      value = Flaw.class,
      names = {
        "SIGNATURE_BY_ANOTHER_KEY",
        "INCLUSION_PATH_CHANGED",
        "CERTIFICATE_NOT_FOR_CODE_SIGNING"
      })
  void aStatementThatDoesNotHoldBreaksNothingFromElsewhere(Flaw flaw) {
    Signs forged = Signs.keyless("bot@quants.example", flaw);
    hub.attest(Q4).from(BASE).in(KEPT).by(forged);
    Judgement judgement = hub.judge(Q4);
    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(Reason.SIGNER_NOT_TRUSTED);
    assertThat(judgement.links()).hasSize(1);

    hub.attest(Q4).from(BASE).by(forged);
    assertThat(reason().verdict()).isEqualTo(Verdict.BROKEN);
  }

  @Test
  void aModelSignatureThatDoesNotHoldBreaksNothingFromElsewhere() throws Exception {
    hub.attest(Q4).from(BASE).in("kept").by(QUANTS);
    byte[] attestation = Files.readAllBytes(hub.file("kept"));
    hub.remove("kept")
        .sign(REPOSITORY, Signs.keyless("x@y.example", Flaw.SIGNATURE_BY_ANOTHER_KEY));
    byte[] forged = Files.readAllBytes(hub.file(REPOSITORY + "/model.sig"));
    hub.remove(REPOSITORY + "/model.sig").write(ELSEWHERE + "/model.sig", forged);
    assertThat(reason()).isEqualTo(Reason.NO_ATTESTATION);

    hub.write(KEPT, attestation);
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  @Test
  void aSourceIsNotBrokenByAForgedSignatureFromElsewhere() throws Exception {
    hub.sign(BASE, Signs.keyless("x@y.example", Flaw.SIGNATURE_BY_ANOTHER_KEY));
    byte[] forged = Files.readAllBytes(hub.file(BASE + "/model.sig"));
    hub.sign(BASE, STRANGER).attest(Q4).from(BASE).by(QUANTS);
    hub.write(ELSEWHERE + "/model.sig", forged);

    assertThat(reason()).isEqualTo(Reason.SOURCE_SIGNER_NOT_TRUSTED);
  }

  @Test
  void aRevokedStrangerTakesNothingAwayFromElsewhere() {
    Signs revoked = Signs.keyless("revoked@stranger.example");
    hub.attest(Q4).from(BASE).by(QUANTS).attest(Q4).from(BASE).in(KEPT).by(revoked);
    hub.policy("revoked: {identities: [revoked@stranger.example, bot@quants.example]}\n");
    assertThat(reason()).isEqualTo(Reason.OK);

    hub.attest(Q4).from(BASE).in(KEPT).by(Signs.keyless("bot@quants.example"));
    assertThat(reason()).isEqualTo(Reason.REVOKED);
  }

  @Test
  void aRevokedStatementOfAStrangersTakesNothingAwayFromElsewhere() {
    hub.attest(Q4).from(BASE).by(QUANTS).attest(Q4).from(BASE).in(KEPT).by(STRANGER);
    hub.sign(BASE, STRANGER).write(ELSEWHERE + "/model.sig", read(BASE + "/model.sig"));
    hub.sign(BASE, ACME);
    String revoked = hub.sha256(KEPT) + ", " + hub.sha256(ELSEWHERE + "/model.sig");
    hub.policy("revoked: {statements: [" + revoked + "]}\n");

    assertThat(reason()).isEqualTo(Reason.OK);
  }

  private byte[] read(String file) {
    try {
      return Files.readAllBytes(hub.file(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatIsRevokedIsRevokedElsewhereToo() {
    hub.attest(Q4).from(BASE).by(QUANTS).attest(Q4).from(BASE).in(KEPT).by(QUANTS);
    hub.policy("revoked: {statements: [" + hub.sha256(KEPT) + "]}\n");

    assertThat(reason()).isEqualTo(Reason.REVOKED);
  }

  private List<Reason> mismatches() {
    return hub.evidence(REPOSITORY).statements().stream()
        .flatMap(held -> held.mismatch().stream())
        .map(Problem::reason)
        .toList();
  }

  private Reason reason() {
    return hub.judge(Q4).reason();
  }

  @Test
  void aRevokedFileBreaksItsStatementAlsoWhereOnlyItsNeighbourIsHere() {
    String other = "quants/base-GGUF/base.Q8_0.gguf";
    hub.write(other, gguf(GgmlType.Q8_0, "revoked"));
    hub.attest(Q4, other).from(BASE).in(ELSEWHERE + "/both.sigstore.json").by(QUANTS);
    hub.policy("revoked: {digests: [" + hub.sha256(other) + "]}\n").remove(other);

    assertThat(reason()).isEqualTo(Reason.REVOKED);
  }

  @Test
  void copiesBesideTheWeightsDoNotCrowdOutWhatIsKeptElsewhere() throws Exception {
    hub.write("quants/base-GGUF/README.md", "---\nbase_model: acme/base\n---\n");
    hub.model("acme/other").sign("acme/other", ACME);
    hub.attest(Q4).from("acme/other").in(ELSEWHERE + "/other.sigstore.json").by(QUANTS);
    hub.attest(Q4).from(BASE).by(QUANTS);
    assertThat(reason()).isEqualTo(Reason.CLAIM_MISMATCH);

    Path own = hub.file(Q4 + ".quantization.sigstore.json");
    for (int i = 0; i <= SpeakingStatements.MAX; i++) {
      Files.copy(own, own.resolveSibling("copy-" + i + ".sigstore.json"));
    }
    assertThat(reason()).isEqualTo(Reason.CLAIM_MISMATCH);
  }

  @Test
  void strangersSignaturesDoNotCrowdOutTheRepositorysOwnThatDoesNotHold() {
    for (int i = 10; i < 70; i++) {
      String file = "quants/many/q" + i + ".gguf";
      hub.write(file, gguf(GgmlType.Q4_0, "q" + i)).attest(file).from(BASE).by(QUANTS);
    }
    hub.write("quants/many/config.json", "{}").sign("quants/many", QUANTS);
    hub.write("quants/many/config.json", "{\"changed\": 1}");
    byte[] strangers = UNKNOWN.apply(ModelSigner.statement("m", hub.manifest("quants/many")));
    // What a statement comes to goes by its place's length too.
    String deep = ELSEWHERE + "/" + ("x".repeat(240) + "/").repeat(12);
    for (int i = 0; i < 400; i++) {
      hub.write(deep + i + ".sig", strangers);
    }

    assertThat(hub.judge("quants/many/q69.gguf").reason()).isEqualTo(Reason.DIGEST_MISMATCH);
  }

  @Test
  void strangersStatementsAboutOneFileDoNotCrowdOutAnAttestationOfAnother() {
    String other = REPOSITORY + "/c.gguf";
    hub.write(other, gguf(GgmlType.Q4_0, "c"));
    for (String file : List.of(Q4, other)) {
      hub.attest(file).from(BASE).by(QUANTS);
    }
    // Sizes that leave less and less of 64 Mi characters, down to nothing.
    int[][] sizes = {
      {2, 9000, 3000}, {10, 1000, 1100}, {10, 100, 1000}, {10, 10, 1000}, {60, 1, 20}
    };
    for (int order = 0; order < sizes.length; order++) {
      for (int i = 0; i < sizes[order][0]; i++) {
        hub.write(
            ELSEWHERE + "/" + order + "-" + i + ".conversion.json",
            conversion(hub.sha256(Q4), sizes[order][1], sizes[order][2]));
      }
    }

    assertThat(hub.judge(other).reason()).isEqualTo(Reason.OK);
    assertThat(reason()).isEqualTo(Reason.OK);
  }

  /** A conversion of many source files with long names, which nobody has signed. */
  private static String conversion(String sha256, int files, int nameLength) {
    String sources =
        IntStream.range(0, files)
            .mapToObj(i -> "f" + i + "-")
            .map(
                name ->
                    "{\"name\": \"%s\", \"digest\": {\"sha256\": \"%s\"}}"
                        .formatted(name + "x".repeat(nameLength - name.length()), "b".repeat(64)))
            .collect(Collectors.joining(", "));
    return """
        {"_type": "https://in-toto.io/Statement/v1",
         "subject": [{"name": "a.gguf", "digest": {"sha256": "%1$s"}}],
         "predicateType": "%2$s",
         "predicate": {
           "source": {"directoryName": "base", "uri": "pkg:huggingface/x/y", "revision": "r",
             "files": [%3$s]},
           "recipe": {"outputType": "f16"},
           "builder": {"tool": "t"},
           "reproducibility": {"reDerivedDigest": {"sha256": "%1$s"}}}}
        """
        .formatted(sha256, PredicateTypes.GGUF_CONVERSION, sources);
  }
}
