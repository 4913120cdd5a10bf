package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.digest.Reading;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a repository hands on stays small, whatever its files and statements are. */
class RepositoryEvidenceTest {
  private static final String REPOSITORY = "quants/many";
  private static final int COPIES = 120;

  @TempDir Path directory;

  @Test
  void aLongStatementDoesNotMultiplyWithTheFilesThatItSpeaksOf() throws Exception {
    TestHub hub = new TestHub(directory);
    byte[] weights = gguf(GgmlType.Q4_0, "same");
    for (int i = 0; i < COPIES; i++) {
      hub.write(REPOSITORY + "/" + i + ".gguf", weights);
    }
    String first = REPOSITORY + "/0.gguf";
    hub.write("a/" + "n".repeat(200) + ".json", "{}");
    hub.convertFiles(first, "acme/base", "a/" + "n".repeat(200) + ".json").by(Signs.nobody());
    Path sidecar = hub.file(first + ".conversion.json");
    String statement = Files.readString(sidecar);
    String file = statement.replaceAll("(?s).*\"files\": \\[(.*?)\\]\\}.*", "$1");
    List<String> files = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      files.add(file.replace("nnn.json", i + ".json"));
    }
    Files.writeString(sidecar, statement.replace(file, String.join(",", files)));

    RepositoryEvidence evidence = hub.evidence(REPOSITORY);

    assertThat(evidence.cases()).hasSize(COPIES);
    assertThat(evidence.cases().get(0).attestations()).hasSize(1);
    Stream<CheckedStatement> ofCases =
        evidence.cases().stream()
            .flatMap(each -> each.attestations().stream().map(Attestation::statement));
    Stream<CheckedStatement> ofSources =
        evidence.sources().stream()
            .flatMap(each -> each.attestations().stream().map(Attestation::statement));
    for (Stream<CheckedStatement> all : List.of(ofCases, ofSources)) {
      assertThat(
              all.flatMap(each -> each.claim().stream())
                  .flatMap(claim -> claim.sourceFiles().stream())
                  .map(Subject::name)
                  .mapToLong(String::length)
                  .sum())
          .isPositive()
          .isLessThan(Allowance.CHARACTERS);
    }
  }

  @Test
  void manySignaturesDoNotMultiplyWithTheFiles() {
    TestHub hub = new TestHub(directory);
    List<Resource> none = List.of(new Resource("gone", 0, Optional.empty(), "a".repeat(64)));
    byte[] signature =
        ACME.apply(ModelSigner.statement("many", ModelSigner.manifest(none, List.of(), false)));
    for (int i = 0; i < 400; i++) {
      hub.write(REPOSITORY + "/" + i + ".gguf", gguf(GgmlType.Q4_0, "file " + i));
      hub.write(REPOSITORY + "/" + "s".repeat(200) + i + ".sig", signature);
    }

    RepositoryEvidence evidence = hub.evidence(REPOSITORY);

    assertThat(evidence.signatures()).hasSize(400);
    assertThat(evidence.cases().stream().mapToInt(each -> each.signatures().size()).sum())
        .isBetween(400, 400 * 400 - 1);
  }

  @Test
  @Timeout(120)
  void subjectsOfOneDigestDoNotMultiplyWithTheFilesThatHaveIt() {
    TestHub hub = new TestHub(directory);
    String weights = REPOSITORY + "/a.gguf";
    hub.write(weights, gguf(GgmlType.Q4_0, "a"));
    TestHub.Attestation attestation = hub.attest(weights).from("acme/base", "a".repeat(64));
    for (int i = 0; i < 16_000; i++) {
      hub.write(REPOSITORY + "/" + i, "");
      attestation.subject("d/" + i, Sha256Hex.of(new byte[0]));
    }
    attestation.by(QUANTS);

    assertThat(hub.evidence(REPOSITORY).cases()).hasSize(1);
  }

  @Test
  void aSignatureThatListsEveryFileAsASubjectTakesNoneAlong() {
    TestHub hub = new TestHub(directory).model("acme/base").sign("acme/base", ACME);
    assertThat(hub.evidence("acme/base").signatures().get(0).statement().subjects()).hasSize(1);

    assertThat(hub.evidence("acme/base").sources())
        .flatExtracting(Source::signatures)
        .isNotEmpty()
        .allSatisfy(each -> assertThat(each.statement().subjects()).isEmpty());
  }

  /** A stranger's signature of a file must not complete the one that counts. */
  @Test
  void theSignatureOfOneFileLeavesOutWhatNobodySignsWhoCounts() {
    String weights = REPOSITORY + "/a.gguf";
    String readme = REPOSITORY + "/README.md";
    TestHub hub = new TestHub(directory);
    hub.write(weights, gguf(GgmlType.Q4_0, "a")).write(readme, "# a");
    hub.signFile(weights, QUANTS).signFile(readme, STRANGER);
    assertThat(leftOut(hub, "a.gguf.sig")).contains(Reason.UNSIGNED_FILES);

    hub.signFile(readme, QUANTS);
    assertThat(leftOut(hub, "a.gguf.sig")).isEmpty();
  }

  private static Optional<Reason> leftOut(TestHub hub, String sidecar) {
    return hub.evidence(REPOSITORY).signatures().stream()
        .filter(signature -> signature.statement().name().equals(sidecar))
        .findFirst()
        .orElseThrow()
        .beside()
        .map(Problem::reason);
  }

  @Test
  void aFolderThatCanNotBeListedIsAQuantizationThatNobodyCanJudge() {
    HubFile folder =
        new HubFile(
            REPOSITORY,
            "",
            REPOSITORY + "/sub/",
            "sub/",
            0,
            FileKind.OTHER,
            Optional.empty(),
            TestHub.NOW,
            Optional.of("no permission to list"),
            false);
    ScannedFile unlisted =
        ScannedFile.unread(
            folder, Reading.NONE, new Problem(Reason.IO_ERROR, "no permission to list"));

    List<QuantizationCase> cases =
        EvidenceGatherer.gather(
                REPOSITORY, "", List.of(unlisted), List.of(), new TestHub(directory).trust())
            .cases();

    assertThat(cases).hasSize(1);
    assertThat(cases.get(0).quantization().name()).isEqualTo("sub/");
    assertThat(cases.get(0).quantization().problem().map(Problem::reason))
        .contains(Reason.IO_ERROR);
  }
}
