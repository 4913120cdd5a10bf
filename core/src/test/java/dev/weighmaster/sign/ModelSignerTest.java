package dev.weighmaster.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.StatementReader;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.signature.ScannedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSignerTest {
  @TempDir Path directory;

  @Test
  void aDirectoryIsItsFilesWithoutWhatIsExcluded() throws Exception {
    write("b.bin");
    write("a/c.bin");
    write("a/.gitignore");
    write(".gitattributes");
    write(".git/config");
    write("old.sig");
    write("out/model.sig");
    write(".cache/huggingface/b.bin.metadata");

    ModelManifest manifest =
        ModelSigner.enumerate(
            directory,
            Optional.of(directory.resolve("out/model.sig")),
            name -> name.equals("old.sig"));

    assertThat(manifest.resources())
        .extracting(Resource::path)
        .containsExactly("a/.gitignore", "a/c.bin", "b.bin");
    assertThat(manifest.ignorePaths())
        .containsExactly(
            ".cache",
            ".git",
            ".gitattributes",
            ".github",
            ".gitignore",
            "old.sig",
            "out/model.sig");
    assertThat(manifest.allowSymlinks()).isFalse();
    assertThat(manifest.resources().get(2).digest())
        .isEqualTo(Sha256Hex.of(Files.readAllBytes(directory.resolve("b.bin"))));
  }

  @Test
  void whatIsSignedIsWhatIsRead() throws Exception {
    write("b.bin");
    write("ä/c.bin");
    ModelManifest manifest = enumerate(directory);

    byte[] statement = ModelSigner.statement("base", manifest);

    assertThat(StatementReader.read(statement).manifest()).contains(manifest);
    assertThat(ModelSigner.statement("base", enumerate(directory))).isEqualTo(statement);
  }

  @Test
  void aSingleFileIsAModel() throws Exception {
    write("base.gguf");

    ModelManifest manifest = enumerate(directory.resolve("base.gguf"));

    assertThat(manifest.resources()).extracting(Resource::path).containsExactly("base.gguf");
  }

  @Test
  void anEmptyModelIsRefused() throws Exception {
    write(".gitignore");

    assertThatThrownBy(() -> enumerate(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has no files to sign");
  }

  @Test
  void aPointerToContentThatIsElsewhereIsRefused() throws Exception {
    Files.writeString(
        directory.resolve("b.bin"),
        "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 5\n"
            .formatted("a".repeat(64)));

    assertThatThrownBy(() -> enumerate(directory))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "b.bin: is a pointer file, its content is not here; fetch it with git lfs pull");
  }

  @Test
  void aSymbolicLinkIsRefused() throws Exception {
    write("a.bin");
    Files.createSymbolicLink(directory.resolve("b.bin"), Path.of("a.bin"));

    assertThatThrownBy(() -> enumerate(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("b.bin")
        .hasMessageContaining("is a symbolic link");
  }

  @Test
  void aSnapshotOfACacheIsMadeOfLinksToItsBlobs() throws Exception {
    write("models--acme--base/blobs/123");
    Path snapshot = directory.resolve("models--acme--base/snapshots/r1");
    Files.createDirectories(snapshot);
    Files.createSymbolicLink(snapshot.resolve("a.bin"), Path.of("../../blobs/123"));

    ModelManifest manifest = enumerate(snapshot);

    assertThat(manifest.allowSymlinks()).isTrue();
    assertThat(manifest.resources()).extracting(Resource::path).containsExactly("a.bin");

    write("secret");
    Files.createSymbolicLink(snapshot.resolve("b.bin"), Path.of("../../../secret"));
    assertThatThrownBy(() -> enumerate(snapshot))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("leads out of the model");
  }

  @ParameterizedTest
  @CsvSource({
    "SHA256, ",
    "SHA256, 3",
    "SHA256, 100",
    "BLAKE2B, ",
    "BLAKE2B, 3",
    "BLAKE3, ",
    "BLAKE3, 3"
  })
  void whatIsSignedByAnyHashAndSerializationIsWhatIsRead(HashType hashType, Long shardSize)
      throws Exception {
    write("b.bin");
    write("a/c.bin");
    Files.createFile(directory.resolve("empty"));
    Optional<Long> size = Optional.ofNullable(shardSize);
    var serialization = new Serialization(hashType, size, false, List.of());

    ModelManifest manifest = enumerate(directory, serialization);

    assertThat(manifest.resources().stream().filter(each -> each.path().equals("b.bin")))
        .containsExactlyInAnyOrderElementsOf(
            ScannedFiles.listed(
                "b.bin",
                Files.readAllBytes(directory.resolve("b.bin")),
                new DigestSeries(hashType, size)));
    assertThat(manifest.resources())
        .extracting(Resource::name)
        .isSortedAccordingTo(CanonicalPath.CODE_POINT_ORDER);
    assertThat(manifest.resources().stream().anyMatch(each -> each.path().equals("empty")))
        .isEqualTo(shardSize == null);
    assertThat(StatementReader.read(ModelSigner.statement("base", manifest)).manifest())
        .contains(manifest);
  }

  @Test
  void shardsThatAreTooManyOrNoneAreRefused() throws Exception {
    Files.createFile(directory.resolve("empty"));
    assertThatThrownBy(() -> enumerate(directory, inShardsOf(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has empty files alone");

    Files.write(directory.resolve("b.bin"), new byte[1 << 18]);
    assertThatThrownBy(() -> enumerate(directory, inShardsOf(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("b.bin: would have more than 262144 shards");
  }

  @Test
  void ignoredPathsAreLeftOutWithWhatIsBelowThemAndRecorded() throws Exception {
    write("b.bin");
    write("cache/deep/x");
    write("sub/cache/x");
    write("cached");

    ModelManifest manifest = enumerate(directory, ignoring("cache", "logs/today"));

    assertThat(manifest.resources())
        .extracting(Resource::path)
        .containsExactly("b.bin", "cached", "sub/cache/x");
    assertThat(manifest.ignorePaths()).contains("cache", "logs/today");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/b.bin", "../b.bin", "a/../b.bin", "./b.bin", "a/", "*.bin", "[a]"})
  void aPathThatCanNotBeRecordedCanNotBeIgnored(String path) throws Exception {
    write("b.bin");

    assertThatThrownBy(() -> enumerate(directory, ignoring(path)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("can't be ignored");
  }

  @Test
  void linksThatAreAllowedAreSignedByTheirOwnNames() throws Exception {
    write("real/a.bin");
    Files.createSymbolicLink(directory.resolve("b.bin"), Path.of("real/a.bin"));
    Files.createSymbolicLink(directory.resolve("folder"), Path.of("real"));

    ModelManifest manifest = enumerate(directory, LINKS_ALLOWED);

    assertThat(manifest.allowSymlinks()).isTrue();
    assertThat(manifest.resources())
        .extracting(Resource::path)
        .containsExactly("b.bin", "folder/a.bin", "real/a.bin");
    assertThat(manifest.resources())
        .extracting(Resource::digest)
        .containsOnly(Sha256Hex.of(Files.readAllBytes(directory.resolve("b.bin"))));
  }

  @ParameterizedTest
  @CsvSource({
    "link, ../outside,     leads out of the model",
    "link, ../outside/x,   leads out of the model",
    "sub/link, ..,         is a symbolic link back to a folder above it",
    "link, link,           ''",
    "link, nowhere,        is a link that leads nowhere"
  })
  void linksThatLeadAstrayAreErrorsUnlessTheyAreIgnored(String link, Path target, String message)
      throws Exception {
    write("outside/x");
    write("model/sub/b.bin");
    Path model = directory.resolve("model");
    Files.createSymbolicLink(model.resolve(link), target);

    assertThatThrownBy(() -> enumerate(model, LINKS_ALLOWED))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
    assertThat(
            enumerate(
                    model,
                    new Serialization(HashType.SHA256, Optional.empty(), true, List.of(link)))
                .resources())
        .extracting(Resource::path)
        .containsExactly("sub/b.bin");
  }

  private static final Serialization LINKS_ALLOWED =
      new Serialization(HashType.SHA256, Optional.empty(), true, List.of());

  private static Serialization inShardsOf(long size) {
    return new Serialization(HashType.SHA256, Optional.of(size), false, List.of());
  }

  private static Serialization ignoring(String... paths) {
    return new Serialization(HashType.SHA256, Optional.empty(), false, List.of(paths));
  }

  private static ModelManifest enumerate(Path model, Serialization serialization)
      throws IOException {
    return ModelSigner.enumerate(model, Optional.empty(), name -> false, serialization);
  }

  private static ModelManifest enumerate(Path model) throws IOException {
    return ModelSigner.enumerate(model, Optional.empty(), name -> false);
  }

  private void write(String name) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "content of " + name);
  }
}
