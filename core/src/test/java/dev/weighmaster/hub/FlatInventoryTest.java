package dev.weighmaster.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.weighmaster.hub.FlatInventory.Placed;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlatInventoryTest {
  private static final Instant THEN = Instant.parse("2026-11-22T00:00:00Z");

  @TempDir private Path directory;
  private Storage hub;

  @BeforeEach
  void openHub() throws IOException {
    hub = new LocalStorage(directory);
  }

  @Test
  void aListingAndAReportOfTheSameTreeGiveEqualInventories() throws IOException {
    for (String path :
        List.of(
            "acme/base/model.safetensors",
            "acme/base/model.sig",
            "acme/base/sub/deep/a.gguf",
            "acme/base-2/a.gguf",
            "acme/base/.git/config",
            "acme/base/.cache/x",
            "acme/base/sub/.cache/x",
            "acme/base/.gitattributes",
            "acme/submodule/.git",
            "acme/.hidden/a.gguf",
            "acme/stray.gguf",
            "stray.gguf",
            ".locks/x/y",
            "models--acme--tiny--v2/snapshots/abc/config.json",
            "models--acme--tiny--v2/snapshots/.tmp/config.json",
            "models--acme--tiny--v2/snapshots/stray",
            "models--acme--tiny--v2/refs/main",
            "models--acme--tiny--v2/blobs/0123",
            "models--gpt2/snapshots/1/sub/config.json",
            "models--/snapshots/1/config.json",
            "datasets--acme--data/snapshots/1/data.bin",
            "spaces--acme--app/snapshots/1/app.py")) {
      write(path);
    }
    link("acme/base/b.gguf", "sub/deep/a.gguf");
    link("acme/base/folder", "sub/deep");
    link("acme/base/gone", "nowhere");
    link("models--gpt2/snapshots/1/w.bin", "../../../models--acme--tiny--v2/blobs/0123");

    List<HubFile> listed = new ArrayList<>();
    for (Repository repository : Inventory.repositories(hub)) {
      listed.addAll(Inventory.files(hub, repository));
    }

    assertThat(listed).hasSizeGreaterThan(12);
    assertThat(inventory(walk())).containsExactlyInAnyOrderElementsOf(listed);
  }

  /**
   * Everything that is no folder, those that links lead to included, each as the storage has it.
   */
  private Stream<Entry> walk() throws IOException {
    List<Entry> found = new ArrayList<>();
    walk("", found);
    return found.stream();
  }

  private void walk(String folder, List<Entry> found) throws IOException {
    for (Entry entry : hub.list(folder)) {
      if (entry.type() == Storage.Type.DIRECTORY) {
        walk(entry.path(), found);
      } else {
        found.add(entry);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a/b//x.gguf", "a/b/./x.gguf", "a/b/../c/x.gguf", "a/b/.", "a/b/.."})
  void aPathThatNoHubCanHaveIsAFileThatCanNotBeRead(String path) {
    assertThat(inventory(Stream.of(file(path, 5))))
        .singleElement()
        .satisfies(
            file -> {
              assertThat(file.path()).isEqualTo(path);
              assertThat(file.repository()).isEqualTo("a/b");
              assertThat(file.problem()).isPresent();
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "/", "/a/b/c", "a//b", "a", "a/b", "a/b/", "a/b/c/", "../a/b", "./a/b", "a/../b"
      })
  void whatIsNoFileOfARepositoryIsLeftOut(String path) {
    assertThat(inventory(Stream.of(file(path, 5)))).isEmpty();
  }

  @Test
  void controlCharactersAreNamesLikeOthers() {
    assertThat(inventory(Stream.of(file("a/b/new\nline\u0000\u202e.gguf", 5))))
        .singleElement()
        .satisfies(file -> assertThat(file.problem()).isPresent());
    assertThat(inventory(Stream.of(file("a/b/new\nline.gguf", 5))))
        .singleElement()
        .satisfies(file -> assertThat(file.problem()).isEmpty());
  }

  @Test
  void aKeyThatIsFileAndFolderIsBoth() {
    assertThat(inventory(Stream.of(file("a/b/x", 1), file("a/b/x/y", 2), file("a/b/x-1", 3))))
        .extracting(HubFile::name)
        .containsExactly("x", "x-1", "x/y");
  }

  @Test
  void aPathThatIsThereTwiceIsOneFileAndAnErrorWhereTheReportContradictsItself() {
    List<HubFile> files =
        inventory(
            Stream.of(
                file("a/b/same", 1),
                file("a/b/same", 1),
                file("a/b/other", 1),
                file("a/b/other", 2),
                file("a/b/other", 1)));

    assertThat(files).extracting(HubFile::name).containsExactly("other", "same");
    assertThat(files.get(0).problem().orElseThrow()).contains("more than once");
    assertThat(files.get(1).problem()).isEmpty();
  }

  @Test
  void whatIsTooDeepIsOneFolderThatCouldNotBeListed() throws IOException {
    String deep = "acme/deep/" + "d/".repeat(33);
    write(deep + "a.gguf");
    write(deep + "b/c.gguf");
    write("acme/deep/x.gguf");

    List<HubFile> listed = Inventory.files(hub, new Repository("acme/deep", "", "acme/deep"));
    List<HubFile> reported = inventory(walk());

    assertThat(reported)
        .extracting(HubFile::path)
        .isEqualTo(listed.stream().map(HubFile::path).toList());
    assertThat(reported)
        .extracting(HubFile::problem)
        .isEqualTo(listed.stream().map(HubFile::problem).toList());
    assertThat(reported.get(0).unlisted()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"200000, 200000", "200001, 1"})
  void aRepositoryOfTooManyEntriesIsNotListed(int entries, int files) {
    hub = new WithoutLinks();
    List<HubFile> found =
        inventory(
            Stream.concat(
                IntStream.range(0, entries).mapToObj(i -> file("a/b/" + i, 1)),
                Stream.of(file("a/c/x", 1))));

    assertThat(found).hasSize(files + 1);
    assertThat(found.get(found.size() - 1).problem()).isEmpty();
    assertThat(found.get(0).unlisted()).isEqualTo(files == 1);
  }

  @Test
  void foldersCountAsEntriesToo() {
    hub = new WithoutLinks();
    List<HubFile> found =
        inventory(IntStream.range(0, 100_001).mapToObj(i -> file("a/b/" + i + "/x", 1)));

    assertThat(found).singleElement().satisfies(file -> assertThat(file.unlisted()).isTrue());
  }

  @Test
  void ofTooManySignaturesTheLargestAreNotRead() {
    List<HubFile> found =
        inventory(
            IntStream.rangeClosed(1, 5)
                .mapToObj(i -> file("a/b/" + i + ".sigstore.json", (24L + i) << 20)));

    assertThat(found.stream().filter(file -> file.problem().isPresent()))
        .singleElement()
        .satisfies(file -> assertThat(file.name()).isEqualTo("5.sigstore.json"));
  }

  @Test
  void whatALookFindsMissingIsAFileThatCanNotBeRead() throws IOException {
    write("acme/base/a.gguf");

    List<HubFile> found =
        inventory(
            Stream.of("acme/base/a.gguf", "acme/base/b.gguf", "acme/gone", "gone", "acme/base")
                .map(path -> FlatInventory.lookUp(hub, path)));

    assertThat(found)
        .extracting(HubFile::repository, HubFile::name, file -> file.problem().orElse("none"))
        .containsExactlyInAnyOrder(
            tuple("acme/base", "a.gguf", "none"),
            tuple("acme/base", "b.gguf", "no such file or folder"),
            tuple("acme/gone", ".", "no such file or folder"),
            tuple("gone", ".", "no such file or folder"),
            tuple("acme/base", ".", "the inventory has no file of it"));
  }

  private List<HubFile> inventory(Stream<Entry> report) {
    List<Placed> placed =
        report.map(FlatInventory::place).flatMap(Optional::stream).sorted(Placed.ORDER).toList();
    List<HubFile> files = new ArrayList<>();
    FlatInventory.files(hub, placed.iterator()).forEachRemaining(files::add);
    return files;
  }

  private static Entry file(String path, long size) {
    return new Entry(path, Storage.Type.FILE, size, THEN, Optional.of("etag"), Optional.empty());
  }

  private void write(String path) throws IOException {
    Path file = directory.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "content");
  }

  private void link(String path, String target) throws IOException {
    Path link = directory.resolve(path);
    Files.createSymbolicLink(link, Path.of(target));
  }

  /** As object stores are. */
  private static final class WithoutLinks implements Storage {
    @Override
    public String root() {
      return "";
    }

    @Override
    public List<Entry> list(String directory) {
      throw new AssertionError("a report is not listed");
    }

    @Override
    public Entry stat(String path) {
      throw new AssertionError("a report's files are not looked up");
    }

    @Override
    public ByteSource open(Entry file, long offset, long length) {
      throw new AssertionError("a report's files are not opened");
    }

    @Override
    public void close() {}
  }
}
