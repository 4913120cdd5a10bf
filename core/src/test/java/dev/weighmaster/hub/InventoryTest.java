package dev.weighmaster.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
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

class InventoryTest {
  @TempDir Path temporary;
  private Path directory;
  private Storage hub;

  @BeforeEach
  void openHub() throws IOException {
    directory = Files.createDirectory(temporary.resolve("hub"));
    hub = new LocalStorage(directory);
  }

  @Test
  void bothLayoutsAreFoundInOneHub() throws IOException {
    write("acme/base-7b/model.safetensors");
    write("acme/base-7b-gguf/q4.gguf");
    write("acme/stray.gguf");
    write("stray.gguf");
    write(".locks/x/y");
    write("version.txt");
    write("models--acme--tiny--v2/snapshots/abc123/config.json");
    write("models--acme--tiny--v2/snapshots/def456/config.json");
    write("models--acme--tiny--v2/refs/main");
    write("models--gpt2/snapshots/1/config.json");
    write("models--empty--one/blobs/x");
    write("datasets--acme--data/snapshots/1/data.bin");
    write("spaces--acme--app/snapshots/1/app.py");

    assertThat(Inventory.organisations(hub))
        .containsExactly("acme", "models--acme--tiny--v2", "models--empty--one", "models--gpt2");
    assertThat(Inventory.repositories(hub))
        .containsExactly(
            new Repository("acme/base-7b", "", "acme/base-7b"),
            new Repository("acme/base-7b-gguf", "", "acme/base-7b-gguf"),
            new Repository("acme/tiny--v2", "abc123", "models--acme--tiny--v2/snapshots/abc123"),
            new Repository("acme/tiny--v2", "def456", "models--acme--tiny--v2/snapshots/def456"),
            new Repository("gpt2", "1", "models--gpt2/snapshots/1"));
  }

  @Test
  void ofTooManySignaturesTheLargestAreNotRead() throws IOException {
    write("acme/base/model.sig");
    for (int i = 1; i <= 5; i++) {
      write("acme/base/" + i + ".sigstore.json");
      try (var sparse =
          new RandomAccessFile(
              directory.resolve("acme/base/" + i + ".sigstore.json").toFile(), "rw")) {
        sparse.setLength((24L + i) << 20);
      }
    }

    List<HubFile> files = Inventory.files(hub, new Repository("acme/base", "", "acme/base"));

    assertThat(files).hasSize(6);
    assertThat(files.stream().filter(file -> file.problem().isPresent()))
        .singleElement()
        .satisfies(file -> assertThat(file.name()).isEqualTo("5.sigstore.json"));
    assertThat(Inventory.below(hub, "acme/base")).allMatch(file -> file.problem().isEmpty());
  }

  @Test
  void aRepositoryOfTooManyEntriesIsNotListedAtAll() throws IOException {
    write("acme/m/a.gguf");
    write("acme/m/sub/b.gguf");
    Repository repository = new Repository("acme/m", "", "acme/m");

    assertThat(Inventory.files(crowded(199_998), repository)).hasSize(199_999);
    assertThatThrownBy(() -> Inventory.files(crowded(199_999), repository))
        .isInstanceOf(IOException.class)
        .hasMessage("it holds more than 200000 entries");
  }

  /** The hub, but with so many files in the folder {@code sub}. */
  private Storage crowded(int files) throws IOException {
    Entry file = hub.stat("acme/m/sub/b.gguf");
    return new Storage() {
      @Override
      public String root() {
        return hub.root();
      }

      @Override
      public List<Entry> list(String directory) throws IOException {
        return directory.equals("acme/m/sub")
            ? IntStream.range(0, files)
                .mapToObj(
                    i ->
                        new Entry(
                            directory + "/" + i,
                            file.type(),
                            file.size(),
                            file.modified(),
                            file.etag(),
                            Optional.empty()))
                .toList()
            : hub.list(directory);
      }

      @Override
      public Entry stat(String path) throws IOException {
        return hub.stat(path);
      }

      @Override
      public ByteSource open(Entry entry, long offset, long length) throws IOException {
        return hub.open(entry, offset, length);
      }

      @Override
      public void close() throws IOException {
        hub.close();
      }
    };
  }

  @Test
  void aSnapshotsFilesAreTheBlobsThatItLinksTo() throws IOException {
    write("models--acme--tiny/blobs/0123");
    Path snapshot =
        Files.createDirectories(directory.resolve("models--acme--tiny/snapshots/abc/sub"));
    Files.createSymbolicLink(snapshot.resolve("m.gguf"), Path.of("../../../blobs/0123"));
    Files.createSymbolicLink(snapshot.resolve("gone.gguf"), Path.of("../../../blobs/4567"));

    List<HubFile> files = Inventory.files(hub, Inventory.repositories(hub).get(0));

    assertThat(files).extracting(HubFile::name).containsExactly("sub/gone.gguf", "sub/m.gguf");
    assertThat(files.get(0).problem()).hasValue("is a link that leads nowhere");
    assertThat(files.get(1).problem()).isEmpty();
    assertThat(files.get(1).size()).isEqualTo(7);
    assertThat(files.get(1).kind()).isEqualTo(FileKind.GGUF);
    assertThat(files.get(1).path()).isEqualTo("models--acme--tiny/snapshots/abc/sub/m.gguf");
    assertThat(files.get(1).revision()).isEqualTo("abc");
  }

  @Test
  void whatIsNotOfTheModelIsLeftOut() throws IOException {
    write("acme/m/.git/config");
    write("acme/m/.cache/huggingface/x");
    write("acme/m/.gitattributes");
    write("acme/m/sub/.cache/hidden.gguf");
    write("acme/m/new\nline.gguf");

    assertThat(files("acme/m"))
        .extracting(HubFile::name)
        .containsExactly(".gitattributes", "new\nline.gguf", "sub/.cache/hidden.gguf");
  }

  @Test
  void circlesOfLinksComeToAnEnd() throws IOException {
    write("acme/m/a.gguf");
    Files.createSymbolicLink(directory.resolve("acme/m/self"), Path.of("."));
    Files.createSymbolicLink(directory.resolve("acme/m/again"), Path.of("."));
    Files.createSymbolicLink(directory.resolve("acme/m/up"), Path.of("../.."));

    assertThat(files("acme/m")).extracting(HubFile::name).contains("a.gguf").hasSizeLessThan(20);
  }

  @Test
  void aLinkThatLeadsOutOfARepositoryTakesNothingIntoIt() throws IOException {
    write("acme/other/secret.gguf");
    write("acme/m/own/a.gguf");
    write("models--acme--t/blobs/1");
    write("models--acme--t/refs/main");
    Path snapshot = Files.createDirectories(directory.resolve("models--acme--t/snapshots/r"));
    Files.createSymbolicLink(directory.resolve("acme/m/up"), Path.of(".."));
    Files.createSymbolicLink(directory.resolve("acme/m/beside"), Path.of("../other"));
    Files.createSymbolicLink(directory.resolve("acme/m/within"), Path.of("own"));
    Files.createSymbolicLink(snapshot.resolve("blobs"), Path.of("../../blobs"));
    Files.createSymbolicLink(snapshot.resolve("away"), directory.resolve("acme"));

    assertThat(files("acme/m"))
        .extracting(HubFile::name, file -> file.problem().orElse(""))
        .containsExactly(
            tuple("beside/", "the folder can't be listed: " + Inventory.LEADS_AWAY),
            tuple("own/a.gguf", ""),
            tuple("up/", "the folder can't be listed: " + Inventory.LEADS_AWAY),
            tuple("within/a.gguf", ""));
    assertThat(Inventory.files(hub, Inventory.repositories(hub, "models--acme--t").get(0)))
        .extracting(HubFile::name, file -> file.problem().isPresent())
        .containsExactly(tuple("away/", true), tuple("blobs/1", false));
  }

  @Test
  void whatAWalkLeavesOutForALinkAListOfPathsDoesToo() throws IOException {
    write("acme/other/secret.gguf");
    write("acme/m/a.gguf");
    Files.createSymbolicLink(directory.resolve("acme/m/up"), Path.of(".."));
    Files.createSymbolicLink(directory.resolve("acme/all"), Path.of("../acme"));
    List<FlatInventory.Placed> placed =
        Stream.of(
                "acme/m/a.gguf",
                "acme/m/up/other/secret.gguf",
                "acme/m/up/m/a.gguf",
                "acme/all/m/a.gguf")
            .map(path -> FlatInventory.place(FlatInventory.lookUp(hub, path)).orElseThrow())
            .sorted(FlatInventory.Placed.ORDER)
            .toList();
    List<HubFile> listed = new ArrayList<>();
    FlatInventory.files(hub, placed.iterator()).forEachRemaining(listed::add);

    assertThat(listed.subList(1, listed.size()))
        .extracting(HubFile::name, HubFile::problem, HubFile::linked)
        .isEqualTo(
            files("acme/m").stream()
                .map(file -> tuple(file.name(), file.problem(), file.linked()))
                .toList());
    assertThat(listed.get(0).problem())
        .contains("it is a link to a folder that holds repositories");
  }

  @Test
  void aLinkStandsForNoMoreThanARepository() throws IOException {
    write("acme/m/a.gguf");
    write("models--acme--t/snapshots/r/a.gguf");
    Files.createSymbolicLink(directory.resolve("acme/alias"), Path.of("m"));
    Files.createSymbolicLink(directory.resolve("acme/here"), Path.of("."));
    Files.createSymbolicLink(directory.resolve("acme/hub"), Path.of(".."));
    Files.createSymbolicLink(directory.resolve("everything"), Path.of("."));
    Files.createSymbolicLink(
        directory.resolve("models--acme--t/snapshots/all"), Path.of("../snapshots"));

    assertThat(files("acme/alias")).extracting(HubFile::name).containsExactly("a.gguf");
    for (String name : List.of("acme/here", "acme/hub", "models--acme--t/snapshots/all")) {
      assertThat(files(name))
          .singleElement()
          .satisfies(
              folder -> {
                assertThat(folder.unlisted()).isTrue();
                assertThat(folder.problem().orElseThrow()).contains("holds repositories");
              });
    }
    assertThatThrownBy(() -> Inventory.repositories(hub, "everything"))
        .hasMessageContaining("the hub itself");
  }

  @Test
  void filesWhereFoldersShouldBeAreStrays() throws IOException {
    write("stray.gguf");
    write("version.txt");
    write(".hidden");
    write("acme/stray.gguf");
    write("acme/.hidden");
    write("acme/m/a.gguf");
    write("models--acme--t/stray");
    write("models--acme--t/snapshots/stray");
    write("models--acme--t/refs/main");
    write("datasets--acme--d/file");

    assertThat(Inventory.strays(hub)).extracting(HubFile::path).containsExactly("stray.gguf");
    assertThat(Inventory.organisation(hub, "acme").strays())
        .extracting(HubFile::path)
        .containsExactly("acme/stray.gguf");
    assertThat(Inventory.organisation(hub, "models--acme--t").strays())
        .extracting(HubFile::path)
        .containsExactly("models--acme--t/snapshots/stray", "models--acme--t/stray");
    assertThat(
            Stream.of(
                    "stray.gguf",
                    "version.txt",
                    "acme/stray.gguf",
                    "acme/.hidden",
                    "acme/m/a.gguf",
                    "models--acme--t/snapshots/stray",
                    "models--acme--t/refs/main",
                    "datasets--acme--d/file")
                .filter(path -> FlatInventory.stray(FlatInventory.lookUp(hub, path)).isPresent()))
        .containsExactly("stray.gguf", "acme/stray.gguf", "models--acme--t/snapshots/stray");
  }

  /** Such as those of an organisation that somebody calls as the cache calls a model. */
  @Test
  void filesBesideAModelsSnapshotsAreStraysUnlessTheCacheKeepsThemThere() throws IOException {
    List<String> strays =
        List.of(
            "models--evil/blobs/x.gguf",
            "models--evil/q/sub/.a/y.safetensors",
            "models--evil/q/x.gguf",
            "models--evil/refs/sub/x.gguf",
            "models--evil/snapshots/stray");
    List<String> others =
        List.of(
            "models--evil/.no_exist/r/x.gguf",
            "models--evil/blobs/0123",
            "models--evil/blobs/0123.incomplete",
            "models--evil/q/.git/x.gguf",
            "models--evil/refs/pr/1",
            "models--evil/snapshots/r/x.gguf");
    strays.forEach(this::writeUnchecked);
    others.forEach(this::writeUnchecked);

    Inventory.Organisation found = Inventory.organisation(hub, "models--evil");

    assertThat(found.repositories()).extracting(Repository::revision).containsExactly("r");
    assertThat(found.strays()).allMatch(HubFile::isStray);
    assertThat(found.strays()).extracting(HubFile::path).containsExactlyElementsOf(strays);
    assertThat(
            Stream.concat(strays.stream(), others.stream())
                .filter(path -> FlatInventory.stray(FlatInventory.lookUp(hub, path)).isPresent()))
        .containsExactlyElementsOf(strays);
  }

  @Test
  void aFolderBesideAModelsSnapshotsThatCanNotBeListedIsAStrayItself() throws IOException {
    write("models--evil/snapshots/r/x.gguf");
    Files.createSymbolicLink(directory.resolve("models--evil/q"), Path.of(".."));
    write("models--evil/deep/" + "d/".repeat(33) + "a.gguf");

    assertThat(Inventory.organisation(hub, "models--evil").strays())
        .extracting(HubFile::path)
        .containsExactly("models--evil/deep/" + "d/".repeat(32) + "d", "models--evil/q");
    assertThat(Inventory.repositories(hub, "models--evil")).hasSize(1);
  }

  @Test
  void aFolderThatIsTooDeepCostsOnlyItself() throws IOException {
    write("acme/deep/" + "d/".repeat(33) + "a.gguf");
    write("acme/good/a.gguf");
    assertThat(files("acme/deep"))
        .singleElement()
        .satisfies(
            folder -> {
              assertThat(folder.unlisted()).isTrue();
              assertThat(folder.problem().orElseThrow()).contains("deeper");
            });
    assertThat(files("acme/good")).hasSize(1);
  }

  @Test
  void aRepositoryWhoseLinksMultiplyItsFoldersIsNotListedToTheEnd() {
    assertThatThrownBy(
            () -> Inventory.files(new TwoInEveryFolder(), new Repository("a/b", "", "a/b")))
        .hasMessageContaining("200000 entries");
  }

  private static final class TwoInEveryFolder implements Storage {
    @Override
    public String root() {
      return "";
    }

    @Override
    public List<Entry> list(String directory) {
      return List.of(stat(directory + "/x"), stat(directory + "/y"));
    }

    @Override
    public Entry stat(String path) {
      return new Entry(path, Type.DIRECTORY, 0, Instant.EPOCH, Optional.empty(), Optional.empty());
    }

    @Override
    public ByteSource open(Entry file, long offset, long length) {
      throw new AssertionError("there is no file");
    }

    @Override
    public void close() {}
  }

  @Test
  void whatALinkWithinARepositoryLeadsToIsMarked() throws IOException {
    write("acme/base/real/a.bin");
    Files.createSymbolicLink(directory.resolve("acme/base/b.bin"), Path.of("real/a.bin"));
    Files.createSymbolicLink(directory.resolve("acme/base/folder"), Path.of("real"));
    write("models--acme--base/blobs/1");
    Path snapshot = Files.createDirectories(directory.resolve("models--acme--base/snapshots/r1"));
    Files.createSymbolicLink(snapshot.resolve("a.bin"), Path.of("../../blobs/1"));

    assertThat(files("acme/base"))
        .filteredOn(HubFile::linked)
        .extracting(HubFile::name)
        .containsExactly("b.bin", "folder/a.bin");
    assertThat(files("models--acme--base/snapshots/r1"))
        .singleElement()
        .satisfies(file -> assertThat(file.linked()).isFalse());
  }

  @Test
  void aRepositoryThatCanNotBeListedIsNotLost() throws IOException {
    Files.createDirectory(directory.resolve("acme"));
    Files.createSymbolicLink(directory.resolve("acme/gone"), Path.of("nowhere"));
    Files.createSymbolicLink(directory.resolve("outside"), temporary);

    assertThat(Inventory.organisations(hub)).containsExactly("acme", "outside");
    assertThat(Inventory.repositories(hub, "acme"))
        .containsExactly(new Repository("acme/gone", "", "acme/gone"));
    assertThat(files("acme/gone"))
        .singleElement()
        .satisfies(
            folder -> {
              assertThat(folder.unlisted()).isTrue();
              assertThat(folder.problem()).hasValue("is a link that leads nowhere");
            });
    assertThatThrownBy(() -> Inventory.repositories(hub, "outside"))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Inventory.repositories(hub, "models--no--such"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void whatIsListedAsARepositoryIsFoundAsOne() throws IOException {
    write("acme/m/a.gguf");
    write("acme/file");
    write("models--acme--t/snapshots/r/a.gguf");
    Files.createSymbolicLink(directory.resolve("acme/circle"), Path.of("circle"));
    Files.createSymbolicLink(directory.resolve("acme/gone"), Path.of("nowhere"));
    Files.createSymbolicLink(directory.resolve("acme/outside"), temporary);
    Files.createSymbolicLink(directory.resolve("models--acme--t/snapshots/s"), Path.of("nowhere"));
    Files.createSymbolicLink(directory.resolve("everything"), Path.of("."));
    Files.createSymbolicLink(directory.resolve("outside"), temporary);
    Files.createDirectories(temporary.resolve("private"));

    assertThat(Inventory.repositories(hub, "acme"))
        .extracting(Repository::name)
        .containsExactly("acme/circle", "acme/gone", "acme/m", "acme/outside");
    for (String organisation : List.of("acme", "models--acme--t")) {
      for (Repository repository : Inventory.repositories(hub, organisation)) {
        assertThat(Inventory.named(hub, repository.name())).contains(repository);
        assertThat(Inventory.containing(hub, repository.directory())).hasValue(repository);
      }
    }
    for (String none : List.of("acme/file", "everything/acme", "outside/private", "outside/x")) {
      assertThat(Inventory.named(hub, none)).as(none).isEmpty();
      assertThat(Inventory.containing(hub, none)).as(none).isEmpty();
    }
  }

  private List<HubFile> files(String repository) throws IOException {
    return Inventory.files(hub, new Repository(repository, "", repository));
  }

  private void writeUnchecked(String path) {
    try {
      write(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String path) throws IOException {
    Path file = directory.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "content");
  }
}
