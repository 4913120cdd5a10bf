package dev.weighmaster.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.io.Storage.Entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every storage does alike. */
abstract class StorageContract {
  @TempDir Path temporary;
  Path directory;
  Storage storage;

  abstract Storage open(Path root) throws IOException;

  @BeforeEach
  void openStorage() throws IOException {
    directory = Files.createDirectory(temporary.resolve("hub"));
    storage = open(directory);
  }

  @Test
  void listsTheChildrenOfADirectorySortedByName() throws IOException {
    Files.writeString(directory.resolve("b.txt"), "12345");
    Files.createDirectories(directory.resolve("a/nested"));
    Files.writeString(directory.resolve("a/nested/file"), "");
    Files.writeString(directory.resolve("a/B"), "");

    assertThat(storage.list("")).extracting(Entry::path).containsExactly("a", "b.txt");
    assertThat(storage.list(""))
        .extracting(Entry::type)
        .containsExactly(Storage.Type.DIRECTORY, Storage.Type.FILE);
    assertThat(storage.list("a")).extracting(Entry::path).containsExactly("a/B", "a/nested");
    assertThat(storage.list("").get(1).size()).isEqualTo(5);
    assertThat(storage.list("").get(1).problem()).isEmpty();
  }

  @Test
  void anEmptyDirectoryHasNoChildren() throws IOException {
    Files.createDirectory(directory.resolve("a"));

    assertThat(storage.list("a")).isEmpty();
  }

  @Test
  void readsARangeOfAFile() throws IOException {
    byte[] content = new byte[3_000_001];
    new Random(1).nextBytes(content);
    Files.write(directory.resolve("file"), content);
    Entry file = storage.stat("file");

    try (ByteSource source = storage.open(file, 1_000_000, 1_999_000)) {
      assertThat(source.size()).isEqualTo(1_999_000);
      assertThat(drain(source)).isEqualTo(Arrays.copyOfRange(content, 1_000_000, 2_999_000));
    }
    try (ByteSource source = storage.open(file, 3_000_000, 1)) {
      assertThat(drain(source)).containsExactly(content[3_000_000]);
    }
    assertThatThrownBy(() -> storage.open(file, 3_000_000, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void saysTheSameOfAFileByItselfAsInAListing() throws IOException {
    Files.writeString(directory.resolve("file"), "12345");
    Files.setLastModifiedTime(
        directory.resolve("file"), FileTime.from(Instant.parse("2026-01-02T03:04:05Z")));

    assertThat(storage.stat("file")).isEqualTo(storage.list("").get(0));
    assertThat(storage.stat("file").modified()).isEqualTo("2026-01-02T03:04:05Z");
    assertThat(storage.stat("").type()).isEqualTo(Storage.Type.DIRECTORY);
  }

  @Test
  void tellsWhatIsMissingFromWhatIsNoDirectory() throws IOException {
    Files.writeString(directory.resolve("file"), "");

    assertThatThrownBy(() -> storage.list("gone")).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> storage.stat("gone")).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> storage.list("file")).isInstanceOf(NotDirectoryException.class);
    assertThatThrownBy(() -> open(directory.resolve("gone")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> open(directory.resolve("file")))
        .isInstanceOf(NotDirectoryException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", "a/../..", "/etc", "a//b", "./a", "a/"})
  void refusesAPathThatCouldLeadOutOfTheHub(String path) {
    assertThatThrownBy(() -> storage.list(path)).isInstanceOf(FileSystemException.class);
    assertThatThrownBy(() -> storage.stat(path)).isInstanceOf(FileSystemException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "new\nline",
        "quo\"te'",
        "co:lon",
        "file:x",
        "per%20cent",
        "tab\t",
        "es\u001bc",
        " ",
        "ünï",
        "back\\slash",
        "#?&"
      })
  void keepsHostileNamesAsTheyAre(String name) throws IOException {
    Files.createDirectory(directory.resolve("org"));
    Files.writeString(directory.resolve("org").resolve(name), "content");

    Entry entry = storage.list("org").get(0);

    assertThat(entry.name()).isEqualTo(name);
    assertThat(storage.stat(entry.path())).isEqualTo(entry);
    assertThat(read(entry)).isEqualTo("content".getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 131_071, 131_072, 262_145, 1_048_575, 1_048_576, 3_000_001})
  void readsEveryByteOnceWhateverTheLength(int length) throws IOException {
    byte[] content = new byte[length];
    new Random(length).nextBytes(content);
    Files.write(directory.resolve("file"), content);

    assertThat(read(storage.stat("file"))).isEqualTo(content);
  }

  @Test
  void refusesAFileThatHasChangedSinceItWasListed() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "before");
    Entry entry = storage.stat("file");
    awaitClockTick();
    Files.writeString(file, "afterwards");

    assertThatThrownBy(() -> storage.open(entry)).isInstanceOf(ChangedDuringReadException.class);
    Files.delete(file);
    assertThatThrownBy(() -> storage.open(entry)).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void refusesToReadADirectory() throws IOException {
    Files.createDirectory(directory.resolve("a"));

    assertThatThrownBy(() -> storage.open(storage.stat("a")))
        .isInstanceOf(FileSystemException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {2_000_000, 600_000})
  void noticesThatAFileBecameShorterWhileItWasRead(int length) throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[length]);
    try (ByteSource source = storage.open(storage.stat("file"))) {
      source.next();
      awaitClockTick();
      truncate(file, length / 2);

      assertThatThrownBy(() -> drain(source)).isInstanceOf(ChangedDuringReadException.class);
    }
  }

  @Test
  void noticesThatAFileGrewOrWasDeletedWhileItWasRead() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[600_000]);
    try (ByteSource source = storage.open(storage.stat("file"))) {
      source.next();
      awaitClockTick();
      Files.write(file, new byte[1], StandardOpenOption.APPEND);
      assertThatThrownBy(() -> drain(source)).isInstanceOf(ChangedDuringReadException.class);
    }
    try (ByteSource source = storage.open(storage.stat("file"))) {
      source.next();
      awaitClockTick();
      Files.delete(file);
      assertThatThrownBy(() -> drain(source)).isInstanceOf(ChangedDuringReadException.class);
    }
  }

  byte[] read(Entry entry) throws IOException {
    try (ByteSource source = storage.open(entry)) {
      assertThat(source.size()).isEqualTo(entry.size());
      return drain(source);
    }
  }

  static byte[] drain(ByteSource source) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (true) {
      ByteBuffer chunk = source.next();
      if (!chunk.hasRemaining()) {
        assertThat(source.next().hasRemaining()).isFalse();
        return bytes.toByteArray();
      }
      byte[] copy = new byte[chunk.remaining()];
      chunk.get(copy);
      bytes.write(copy);
    }
  }

  /**
   * Lets the file system's clock, which ticks every few milliseconds, move on: a change within the
   * same tick as the last one can't be seen.
   */
  void awaitClockTick() throws IOException {
    Path probe = Files.createTempFile("clock", null);
    Object written = Files.getAttribute(probe, "unix:ctime");
    while (Files.getAttribute(probe, "unix:ctime").equals(written)) {
      Files.write(probe, new byte[1]);
    }
    Files.delete(probe);
  }

  static void truncate(Path file, long length) throws IOException {
    try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
      channel.truncate(length);
    }
  }
}
