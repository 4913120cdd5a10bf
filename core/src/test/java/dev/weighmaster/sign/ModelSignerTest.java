package dev.weighmaster.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.StatementReader;
import dev.weighmaster.digest.Sha256Hex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
            "b.bin: is a Git LFS pointer, its content is not here; fetch it with git lfs pull");
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
        .hasMessageContaining("outside the cache's repository");
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
