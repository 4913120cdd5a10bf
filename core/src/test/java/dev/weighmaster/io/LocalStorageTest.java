package dev.weighmaster.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.weighmaster.io.Storage.Entry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalStorageTest extends StorageContract {
  @Override
  Storage open(Path root) throws IOException {
    return new LocalStorage(root);
  }

  @Test
  void aLinkInsideTheHubStandsForItsTarget() throws IOException {
    Path target = Files.writeString(directory.resolve("target"), "content");
    Files.createSymbolicLink(directory.resolve("link"), Path.of("target"));
    Files.createDirectory(directory.resolve("d"));
    Files.createSymbolicLink(directory.resolve("d/up"), directory);

    Entry link = storage.stat("link");

    assertThat(link.type()).isEqualTo(Storage.Type.FILE);
    assertThat(link.size()).isEqualTo(Files.size(target));
    assertThat(link.etag()).isEqualTo(storage.stat("target").etag());
    assertThat(new String(read(link), UTF_8)).isEqualTo("content");
    assertThat(storage.list("d/up")).extracting(Entry::path).contains("d/up/target");
  }

  @Test
  void aLinkThatLeadsAstrayIsListedAsUnreadable() throws IOException {
    Path outside = Files.createDirectory(temporary.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "");
    Files.createSymbolicLink(directory.resolve("dangling"), Path.of("nowhere"));
    Files.createSymbolicLink(directory.resolve("cycle"), Path.of("cycle"));
    Files.createSymbolicLink(directory.resolve("file-outside"), outside.resolve("secret"));
    Files.createSymbolicLink(directory.resolve("dir-outside"), outside);
    Files.writeString(directory.resolve("good"), "");

    Map<String, Entry> entries =
        storage.list("").stream().collect(Collectors.toMap(Entry::path, entry -> entry));

    assertThat(entries).hasSize(5);
    assertThat(entries.get("good").type()).isEqualTo(Storage.Type.FILE);
    assertThat(List.of("dangling", "cycle", "file-outside", "dir-outside"))
        .allSatisfy(
            name -> {
              assertThat(entries.get(name).type()).isEqualTo(Storage.Type.UNREADABLE);
              assertThat(entries.get(name).problem()).isPresent();
              assertThat(storage.stat(name)).isEqualTo(entries.get(name));
              assertThatThrownBy(() -> storage.open(entries.get(name)))
                  .isInstanceOf(FileSystemException.class);
            });
    assertThat(entries.get("dangling").problem()).hasValue("is a link that leads nowhere");
    assertThat(entries.get("file-outside").problem())
        .hasValue("is a link that leads outside the hub");
    assertThatThrownBy(() -> storage.list("dir-outside")).isInstanceOf(FileSystemException.class);
    assertThat(storage.stat("dir-outside/secret").type()).isEqualTo(Storage.Type.UNREADABLE);
  }

  @Test
  void aPipeIsListedAsUnreadableAndNeverOpened() throws Exception {
    run("mkfifo pipe");

    Entry pipe = storage.list("").get(0);

    assertThat(pipe.type()).isEqualTo(Storage.Type.UNREADABLE);
    assertThat(pipe.problem()).hasValue("is neither a file nor a directory");
    assertThatThrownBy(() -> storage.open(pipe)).isInstanceOf(FileSystemException.class);
  }

  @Test
  @Timeout(60)
  void aPipeIsNeverOpenedWhereAFolderIsExpected() throws Exception {
    run("mkfifo pipe");
    Files.createSymbolicLink(directory.resolve("link"), Path.of("pipe"));

    for (String path : List.of("pipe", "link")) {
      assertThatThrownBy(() -> storage.list(path)).isInstanceOf(NotDirectoryException.class);
    }
    assertThatThrownBy(() -> new LocalStorage(directory.resolve("pipe")))
        .isInstanceOf(NotDirectoryException.class);
  }

  @Test
  void aNameThatIsNotTextCostsOnlyItself() throws Exception {
    run(
        "touch \"$(printf 'b\\303\\244d\\377.gguf')\" \"$(printf 'b\\303\\244d\\376.gguf')\" good.gguf"
            + " || true");
    assumeThat(directory.toFile().list()).hasSize(3);

    List<Entry> entries = storage.list("");

    assertThat(entries)
        .extracting(Entry::path)
        .containsExactly("b\u00e4d\uFFFDfe.gguf", "b\u00e4d\uFFFDff.gguf", "good.gguf");
    assertThat(entries)
        .extracting(Entry::type)
        .containsExactly(Storage.Type.UNREADABLE, Storage.Type.UNREADABLE, Storage.Type.FILE);
    assertThat(entries.get(0).problem().orElseThrow()).startsWith("its name is not UTF-8");
    assertThatThrownBy(() -> storage.list(entries.get(0).path()))
        .hasMessageContaining("its name is not UTF-8");
  }

  @Test
  void noTwoNamesAreSpelledAlike() throws Exception {
    run(
        "mkdir \"$(printf 'd\\377')\" \"$(printf 'd\\357\\277\\275ff')\" || true;"
            + " touch \"$(printf 'a\\377.gguf')\" || true;"
            + " printf weights >\"$(printf 'a\\357\\277\\275ff.gguf')\"");
    assumeThat(directory.toFile().list()).hasSize(4);
    Files.writeString(directory.resolve("d\uFFFDff/inside"), "");
    Files.createSymbolicLink(directory.resolve("link"), Path.of("d\uFFFDff"));
    String file = "a\uFFFDff.gguf";
    String folder = "d\uFFFDff";

    List<Entry> entries = storage.list("");

    assertThat(entries)
        .extracting(Entry::path)
        .containsExactly(
            "a\uFFFDef\uFFFDbf\uFFFDbdff.gguf",
            file,
            "d\uFFFDef\uFFFDbf\uFFFDbdff",
            folder,
            "link");
    assertThat(entries.subList(0, 4))
        .allSatisfy(
            entry -> {
              assertThat(entry.type()).isEqualTo(Storage.Type.UNREADABLE);
              assertThat(entry.problem().orElseThrow()).contains("U+FFFD");
              assertThat(storage.isLink(entry.path())).isFalse();
              assertThatThrownBy(() -> storage.stat(entry.path()))
                  .isInstanceOf(NoSuchFileException.class);
              assertThatThrownBy(() -> storage.open(entry)).isInstanceOf(FileSystemException.class);
            });
    assertThatThrownBy(() -> storage.list(folder)).isInstanceOf(FileSystemException.class);
    assertThat(storage.list("link")).extracting(Entry::path).containsExactly("link/inside");
    assertThat(storage.real("link")).isEqualTo("d\uFFFDef\uFFFDbf\uFFFDbdff");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ANSI_X3.4-1968", "US-ASCII", "ISO-8859-1", "646", ""})
  void aJvmThatTakesNamesForAnotherEncodingIsToldWhatToSet(String encoding) {
    assertThatThrownBy(() -> LocalStorage.checkEncoding(encoding))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("LC_ALL=C.UTF-8")
        .hasMessageContaining("spark.executorEnv.LC_ALL");
  }

  @Test
  void pathsThatLeadToOneFileHaveOneEtagAndOneRealPath() throws IOException {
    Files.createDirectory(directory.resolve("a"));
    Path file = Files.writeString(directory.resolve("a/file"), "content");
    Files.createSymbolicLink(directory.resolve("link"), Path.of("a/file"));
    Files.createSymbolicLink(directory.resolve("folder"), Path.of("a"));
    Files.createLink(directory.resolve("hard"), file);

    String etag = storage.stat("a/file").etag().orElseThrow();

    assertThat(storage.etagsTellFiles()).isTrue();
    assertThat(List.of("link", "folder/file", "hard"))
        .allSatisfy(path -> assertThat(storage.stat(path).etag()).contains(etag));
    assertThat(storage.real("folder/file")).isEqualTo("a/file");
    assertThat(storage.real("link")).isEqualTo("a/file");
    assertThat(storage.real("")).isEmpty();
  }

  @Test
  void theTimeOfTheInodeCountsWhereTheFilesOwnWasSetBack() throws IOException {
    Instant before = Instant.now().minusSeconds(60);
    Path file = Files.writeString(directory.resolve("file"), "content");
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));

    Entry entry = storage.stat("file");

    assertThat(entry.modified()).isEqualTo(Instant.parse("2020-01-01T00:00:00Z"));
    assertThat(entry.changed()).isAfter(before);
  }

  @Test
  void noticesThatAFileWasRewrittenWithItsTimeSetBack() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[600_000]);
    FileTime time = Files.getLastModifiedTime(file);
    try (ByteSource source = storage.open(storage.stat("file"))) {
      source.next();
      awaitClockTick();
      Files.write(file, new byte[600_000]);
      Files.setLastModifiedTime(file, time);

      assertThatThrownBy(() -> drain(source)).isInstanceOf(ChangedDuringReadException.class);
    }
  }

  @Test
  void noticesThatAnotherFileTookTheNameWhileItWasRead() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[600_000]);
    Path other = Files.write(directory.resolve("other"), new byte[600_000]);
    Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
    try (ByteSource source = storage.open(storage.stat("file"))) {
      source.next();
      awaitClockTick();
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);

      assertThatThrownBy(() -> drain(source)).isInstanceOf(ChangedDuringReadException.class);
    }
  }

  @Test
  void aTruncationUnderTheMappingNeverShowsAsAnError() throws IOException {
    Path file = directory.resolve("file");
    for (int i = 0; i < 100; i++) {
      truncateAndRestore(file, i % 7 << 18, i % 2 == 0);
    }
  }

  @Test
  void noticesThatAFileEndsBeforeTheNextWindow() throws IOException {
    long window = 64 << 20;
    Path file = directory.resolve("file");
    setLength(file, window + 1);
    try (ByteSource source = storage.open(storage.stat("file"))) {
      for (long position = 0; position < window; ) {
        position += source.next().remaining();
      }
      setLength(file, window);

      assertThatThrownBy(source::next).isInstanceOf(ChangedDuringReadException.class);
    }
  }

  /** Reads on in pages that are gone, once with the length as it was and once with it shorter. */
  private void truncateAndRestore(Path file, long length, boolean restore) throws IOException {
    setLength(file, 4 << 20);
    try (ByteSource source = storage.open(storage.stat("file"))) {
      source.next();
      awaitClockTick();
      setLength(file, length);
      if (restore) {
        setLength(file, 4 << 20);
      }
      assertThatThrownBy(() -> drain(source)).isInstanceOf(ChangedDuringReadException.class);
    }
  }

  private static void setLength(Path file, long length) throws IOException {
    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(length);
    }
  }

  /** Runs a script in the hub's folder. */
  private void run(String script) throws Exception {
    assertThat(
            new ProcessBuilder("sh", "-c", script)
                .directory(directory.toFile())
                .inheritIO()
                .start()
                .waitFor())
        .isZero();
  }

  @Test
  void aFileThatWasChangedJustNowIsOpenedOnceLaterChangesBearAnotherTime() throws IOException {
    for (int i = 0; i < 5; i++) {
      Path file = Files.writeString(directory.resolve("file"), "content");

      try (ByteSource source = storage.open(storage.stat("file"))) {
        FileTime changed = (FileTime) Files.getAttribute(file, "unix:ctime");
        assertThat(Duration.between(changed.toInstant(), Instant.now()))
            .isGreaterThanOrEqualTo(Duration.ofMillis(10));
        assertThat(drain(source)).hasSize(7);
      }
    }
  }
}
