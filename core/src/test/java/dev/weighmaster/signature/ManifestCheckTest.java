package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.RootDigest;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.trust.Coverage;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestCheckTest {
  private static final byte[] A = "content of a".getBytes(UTF_8);
  private static final byte[] B = "content of b".getBytes(UTF_8);
  private static final ModelManifest MANIFEST =
      ModelSigner.manifest(
          List.of(listed("a.bin", A), listed("b/b.bin", B)), List.of("cache"), false);

  @Test
  void aRepositoryWithItsSignedFilesHolds() {
    assertThat(
            check(
                ScannedFiles.file("a.bin", A),
                ScannedFiles.file("b/b.bin", B),
                ScannedFiles.file("model.sig", A),
                ScannedFiles.file(".gitattributes", A),
                ScannedFiles.file(".git/config", A),
                ScannedFiles.file("cache/deep/x", A)))
        .isEmpty();
  }

  @Test
  void theFirstChangedFileIsNamedAndTheOthersAreCounted() {
    Problem problem =
        check(ScannedFiles.file("b/b.bin", A), ScannedFiles.file("a.bin", B)).orElseThrow();

    assertThat(problem.reason()).isEqualTo(Reason.DIGEST_MISMATCH);
    assertThat(problem.detail())
        .isEqualTo(
            "\"a.bin\" has the sha256 %s, but %s is signed; 1 more file does not match either"
                .formatted(Sha256Hex.of(B), Sha256Hex.of(A)));
  }

  @Test
  void aListedFileThatIsMissingIsAMismatch() {
    assertThat(check(ScannedFiles.file("a.bin", A)))
        .contains(new Problem(Reason.DIGEST_MISMATCH, "\"b/b.bin\" is listed but not here"));
  }

  @ParameterizedTest
  @CsvSource({
    "ALL, notes.txt, true",
    "ALL, late.sig, true",
    "ALL, late.gguf, true",
    "ALL, model.sig, false",
    "ALL_BUT_SIDECARS, notes.txt, true",
    "ALL_BUT_SIDECARS, late.sig, false",
    "ALL_BUT_SIDECARS, late.gguf, true",
    "WEIGHTS, notes.txt, false",
    "WEIGHTS, late.sig, false",
    "WEIGHTS, late.gguf, true"
  })
  void whatMustBeSignedIsForTheCallerToSay(Coverage coverage, String unsigned, boolean refused) {
    List<ScannedFile> files =
        List.of(
            ScannedFiles.file("a.bin", A),
            ScannedFiles.file("b/b.bin", B),
            ScannedFiles.file(unsigned, A));

    assertThat(ManifestCheck.check("model.sig", MANIFEST, files, coverage).map(Problem::reason))
        .isEqualTo(refused ? Optional.of(Reason.UNSIGNED_FILES) : Optional.empty());
  }

  @Test
  void filesThatAreNotSignedAreNamed() {
    Problem problem =
        check(
                ScannedFiles.file("a.bin", A),
                ScannedFiles.file("b/b.bin", B),
                ScannedFiles.file("sub/.gitignore", A),
                ScannedFiles.file("cached", A),
                ScannedFiles.file("z1", A),
                ScannedFiles.file("z2", A))
            .orElseThrow();

    assertThat(problem)
        .isEqualTo(
            new Problem(
                Reason.UNSIGNED_FILES,
                "the model signature does not cover \"cached\", \"sub/.gitignore\", \"z1\" and 1"
                    + " more"));
  }

  @Test
  void aSignatureBesideASingleFileSaysNothingOfTheOthers() {
    ModelManifest manifest = ModelSigner.manifest(List.of(listed("a.bin", A)), List.of(), false);
    List<ScannedFile> files =
        List.of(ScannedFiles.file("sub/a.bin", A), ScannedFiles.file("b.bin", B));
    List<ScannedFile> changed =
        List.of(ScannedFiles.file("sub/a.bin", B), ScannedFiles.file("b.bin", B));

    assertThat(ManifestCheck.check("sub/a.bin.sig", manifest, files, Coverage.ALL_BUT_SIDECARS))
        .isEmpty();
    assertThat(
            ManifestCheck.check("sub/a.bin.sig", manifest, changed, Coverage.ALL_BUT_SIDECARS)
                .map(Problem::reason))
        .contains(Reason.DIGEST_MISMATCH);
  }

  @Test
  void theRootItselfIsTheFileThatTheSignatureIsNamedFor() {
    ModelManifest manifest = ModelSigner.manifest(List.of(listed(".", A)), List.of(), false);
    ScannedFile signed = ScannedFiles.file("sub/a.bin", A);
    ScannedFile other = ScannedFiles.file("b.bin", B);

    assertThat(
            ManifestCheck.check(
                "sub/a.bin.sig", manifest, List.of(signed, other), Coverage.ALL_BUT_SIDECARS))
        .isEmpty();
    assertThat(
            ManifestCheck.check(
                "b.bin.sig", manifest, List.of(signed, other), Coverage.ALL_BUT_SIDECARS))
        .map(Problem::reason)
        .contains(Reason.DIGEST_MISMATCH);
  }

  @Test
  void theRootItselfInAModelsSignatureIsTheFileBesideItThatHasTheDigest() {
    ModelManifest manifest = ModelSigner.manifest(List.of(listed(".", A)), List.of(), false);
    List<ScannedFile> files =
        List.of(
            ScannedFiles.file("a.bin", A),
            ScannedFiles.file("b.bin", B),
            ScannedFiles.file("sub/c.bin", A));

    assertThat(ManifestCheck.onlyFile("model.sig", manifest, files)).contains("a.bin");
    assertThat(ManifestCheck.onlyFile("sub/model.sig", manifest, files)).contains("sub/c.bin");
    assertThat(ManifestCheck.check("model.sig", manifest, files, Coverage.ALL_BUT_SIDECARS))
        .isEmpty();
    assertThat(
            ManifestCheck.check(
                "model.sig", manifest, files.subList(1, 3), Coverage.ALL_BUT_SIDECARS))
        .map(Problem::reason)
        .contains(Reason.DIGEST_MISMATCH);
  }

  @Test
  void theFileThatIsSignedWithoutItsNameIsFoundInOnePass() {
    ModelManifest manifest = ModelSigner.manifest(List.of(listed(".", A)), List.of(), false);
    List<ScannedFile> files = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      files.add(ScannedFiles.file("%03d.bin".formatted(i), i < 998 ? B : A));
    }
    AtomicInteger looks = new AtomicInteger();
    List<ScannedFile> counted =
        new AbstractList<>() {
          @Override
          public ScannedFile get(int index) {
            looks.incrementAndGet();
            return files.get(index);
          }

          @Override
          public int size() {
            return files.size();
          }
        };

    assertThat(ManifestCheck.onlyFile("model.sig", manifest, counted)).contains("998.bin");

    assertThat(looks.get()).isLessThan(2 * files.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.sig", "b.bin.sig", "sub/a.bin.sig", "a.bin.sigstore", ".sig"})
  void anyOtherSignatureSpeaksOfTheWholeRepository(String sidecar) {
    ModelManifest manifest = ModelSigner.manifest(List.of(listed("a.bin", A)), List.of(), false);
    List<ScannedFile> files = List.of(ScannedFiles.file("a.bin", A), ScannedFiles.file("b.bin", B));

    assertThat(ManifestCheck.check(sidecar, manifest, files, Coverage.ALL_BUT_SIDECARS))
        .isPresent();
  }

  @Test
  void aSignatureOfOneFileMayBeNamedInCapitals() {
    ModelManifest manifest = ModelSigner.manifest(List.of(listed("a.bin", A)), List.of(), false);

    assertThat(ManifestCheck.onlyFile("a.bin.SIG", manifest, List.of())).contains("a.bin");
  }

  @Test
  void aSignatureThatIsNamedForOneOfItsFilesSpeaksOfTheWholeRepository() {
    List<ScannedFile> files = List.of(ScannedFiles.file("a.bin", A), ScannedFiles.file("c.bin", B));

    assertThat(ManifestCheck.onlyFile("a.bin.sig", MANIFEST, files)).isEmpty();
    assertThat(
            ManifestCheck.check("a.bin.sig", MANIFEST, files, Coverage.WEIGHTS)
                .map(Problem::reason))
        .contains(Reason.DIGEST_MISMATCH);
  }

  @Test
  void aSignatureOfAFolderThatIsNamedAsOfAFileIsTheFolders() {
    ModelManifest manifest = ModelSigner.manifest(List.of(listed("model", A)), List.of(), false);
    List<ScannedFile> files = List.of(ScannedFiles.file("model", A), ScannedFiles.file("b.bin", B));

    assertThat(
            ManifestCheck.check("model.sig", manifest, files, Coverage.ALL_BUT_SIDECARS)
                .map(Problem::reason))
        .contains(Reason.UNSIGNED_FILES);
  }

  @Test
  void aFileThatCouldNotBeReadKeepsItsOwnProblem() {
    var failure = new Problem(Reason.IO_ERROR, "a.bin: permission denied");

    assertThat(check(ScannedFiles.unreadable("a.bin", failure), ScannedFiles.file("b/b.bin", B)))
        .contains(failure);
    assertThat(check(ScannedFiles.unreadable("a.bin", failure), ScannedFiles.file("b/b.bin", A)))
        .map(Problem::reason)
        .contains(Reason.DIGEST_MISMATCH);
  }

  @Test
  void aPointerToAFileIsNoMismatch() {
    assertThat(check(ScannedFiles.pointer("a.bin", B, A), ScannedFiles.file("b/b.bin", B)))
        .map(Problem::reason)
        .contains(Reason.IO_ERROR);
  }

  @ParameterizedTest
  @MethodSource("everySeries")
  void everyHashAndSerializationIsCompared(DigestSeries series) {
    byte[] changed = A.clone();
    changed[11] ^= 1;
    ModelManifest manifest = manifest(series, ScannedFiles.listed("a.bin", A, series));

    assertThat(check(manifest, ScannedFiles.hashed("a.bin", A, series))).isEmpty();
    assertThat(check(manifest, ScannedFiles.hashed("a.bin", changed, series)).orElseThrow())
        .satisfies(problem -> assertThat(problem.reason()).isEqualTo(Reason.DIGEST_MISMATCH))
        .satisfies(
            problem ->
                assertThat(problem.detail())
                    .startsWith("\"a.bin\" ha")
                    .contains(series.hashType().identifier()));
  }

  @ParameterizedTest
  @MethodSource("everySeries")
  void whatWasNotHashedAsTheSignatureAsksIsUnsupported(DigestSeries series) {
    ModelManifest manifest = manifest(series, ScannedFiles.listed("a.bin", A, series));
    boolean isTheFilesSha256 =
        series.hashType() == HashType.SHA256 && manifest.resources().size() == 1;

    assertThat(check(manifest, ScannedFiles.file("a.bin", A)).map(Problem::reason))
        .isEqualTo(isTheFilesSha256 ? Optional.empty() : Optional.of(Reason.UNSUPPORTED));
  }

  static List<DigestSeries> everySeries() {
    return Arrays.stream(HashType.values())
        .flatMap(
            type ->
                Stream.of(
                        Optional.<Long>empty(), Optional.of(5L), Optional.of(6L), Optional.of(99L))
                    .map(size -> new DigestSeries(type, size)))
        .toList();
  }

  @Test
  void shardsCoverTheWholeFileInWhateverOrderTheyAreListed() {
    var series = new DigestSeries(HashType.BLAKE3, Optional.of(5L));
    List<Resource> listed = new ArrayList<>(ScannedFiles.listed("a.bin", A, series));
    Collections.reverse(listed);
    ModelManifest manifest = manifest(series, listed);

    assertThat(
            check(
                manifest,
                ScannedFiles.hashed("a.bin", A, series),
                ScannedFiles.file("empty", new byte[0])))
        .isEmpty();
    assertThat(check(manifest, ScannedFiles.hashed("a.bin", new byte[13], series)))
        .contains(
            new Problem(
                Reason.DIGEST_MISMATCH, "\"a.bin\" has 13 bytes, but the signature covers 12"));
  }

  @Test
  void aHundredThousandFilesAreNothingMuch() {
    List<ScannedFile> files =
        IntStream.range(0, 100_000).mapToObj(i -> ScannedFiles.file("d/f" + i, A)).toList();
    ModelManifest manifest =
        ModelSigner.manifest(
            files.stream().map(file -> listed(file.file().name(), A)).toList(), List.of(), false);

    assertThat(ManifestCheck.check(manifest, files, Coverage.ALL_BUT_SIDECARS)).isEmpty();
  }

  private static Optional<Problem> check(ScannedFile... files) {
    return ManifestCheck.check(MANIFEST, List.of(files), Coverage.ALL_BUT_SIDECARS);
  }

  private static Optional<Problem> check(ModelManifest manifest, ScannedFile... files) {
    return ManifestCheck.check(manifest, List.of(files), Coverage.ALL_BUT_SIDECARS);
  }

  private static ModelManifest manifest(DigestSeries series, List<Resource> resources) {
    return new ModelManifest(
        RootDigest.of(resources),
        series.hashType(),
        series.shardSize(),
        false,
        List.of(),
        resources);
  }

  private static Resource listed(String name, byte[] content) {
    return new Resource(name, 0, Optional.empty(), Sha256Hex.of(content));
  }
}
