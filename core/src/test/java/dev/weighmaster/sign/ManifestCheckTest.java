package dev.weighmaster.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.RootDigest;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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

    assertThat(ManifestCheck.check("sub/a.bin.sig", manifest, files)).isEmpty();
    assertThat(ManifestCheck.check("sub/a.bin.sig", manifest, changed).map(Problem::reason))
        .contains(Reason.DIGEST_MISMATCH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.sig", "b.bin.sig", "sub/a.bin.sig", "a.bin.sigstore", ".sig"})
  void anyOtherSignatureSpeaksOfTheWholeRepository(String sidecar) {
    ModelManifest manifest = ModelSigner.manifest(List.of(listed("a.bin", A)), List.of(), false);
    List<ScannedFile> files = List.of(ScannedFiles.file("a.bin", A), ScannedFiles.file("b.bin", B));

    assertThat(ManifestCheck.check(sidecar, manifest, files)).isPresent();
  }

  @Test
  void aSignatureOfAFolderThatIsNamedAsOfAFileIsTheFolders() {
    ModelManifest manifest = ModelSigner.manifest(List.of(listed("model", A)), List.of(), false);
    List<ScannedFile> files = List.of(ScannedFiles.file("model", A), ScannedFiles.file("b.bin", B));

    assertThat(ManifestCheck.check("model.sig", manifest, files).map(Problem::reason))
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

  @Test
  void otherHashesAreUnsupported() {
    var manifest =
        new ModelManifest(
            MANIFEST.rootDigest(),
            "blake3",
            Optional.empty(),
            false,
            List.of(),
            MANIFEST.resources());

    assertThat(ManifestCheck.check(manifest, List.of()))
        .map(Problem::reason)
        .contains(Reason.UNSUPPORTED);
  }

  @Test
  void shardsAreComparedRangeByRange() {
    byte[] changed = A.clone();
    changed[11] ^= 1;

    assertThat(checkShards(ScannedFiles.sharded("a.bin", A, 5))).isEmpty();
    assertThat(
            checkShards(ScannedFiles.sharded("a.bin", A, 5), ScannedFiles.file("e", new byte[0])))
        .isEmpty();
    assertThat(checkShards(ScannedFiles.sharded("a.bin", changed, 5)).orElseThrow().detail())
        .startsWith("\"a.bin\" from byte 10 has the sha256");
    assertThat(checkShards(ScannedFiles.sharded("a.bin", new byte[13], 5)).orElseThrow().detail())
        .isEqualTo("\"a.bin\" has 13 bytes, but the signature covers 12");
    assertThat(checkShards(ScannedFiles.sharded("a.bin", A, 6)))
        .map(Problem::reason)
        .contains(Reason.UNSUPPORTED);
  }

  @Test
  void oneShardIsTheWholeFile() {
    var manifest =
        sharded(100, List.of(new Resource("a.bin", 0, Optional.of(12L), Sha256Hex.of(A))));

    assertThat(ManifestCheck.check(manifest, List.of(ScannedFiles.file("a.bin", A)))).isEmpty();
  }

  @Test
  void aHundredThousandFilesAreNothingMuch() {
    List<ScannedFile> files =
        IntStream.range(0, 100_000).mapToObj(i -> ScannedFiles.file("d/f" + i, A)).toList();
    ModelManifest manifest =
        ModelSigner.manifest(
            files.stream().map(file -> listed(file.file().name(), A)).toList(), List.of(), false);

    assertThat(ManifestCheck.check(manifest, files)).isEmpty();
  }

  private static Optional<Problem> check(ScannedFile... files) {
    return ManifestCheck.check(MANIFEST, List.of(files));
  }

  private static Optional<Problem> checkShards(ScannedFile... files) {
    List<Resource> resources =
        ScannedFiles.shards(A, 5).stream()
            .map(s -> new Resource("a.bin", s.start(), Optional.of(s.end()), s.sha256()))
            .toList();
    return ManifestCheck.check(sharded(5, resources), List.of(files));
  }

  private static ModelManifest sharded(long shardSize, List<Resource> resources) {
    return new ModelManifest(
        RootDigest.of(resources), "sha256", Optional.of(shardSize), false, List.of(), resources);
  }

  private static Resource listed(String name, byte[] content) {
    return new Resource(name, 0, Optional.empty(), Sha256Hex.of(content));
  }
}
