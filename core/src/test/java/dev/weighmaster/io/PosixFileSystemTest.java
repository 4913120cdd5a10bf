package dev.weighmaster.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisabledOnOs(OS.WINDOWS)
class PosixFileSystemTest {
  @TempDir private java.nio.file.Path folder;
  private final PosixFileSystem ours = new PosixFileSystem();
  private final LocalFileSystem hadoops = new LocalFileSystem();

  @BeforeEach
  void initialize() throws IOException {
    for (LocalFileSystem each : new LocalFileSystem[] {ours, hadoops}) {
      each.initialize(URI.create("file:///"), new Configuration(false));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "file of zero bytes", "folder", "link", "folder/a:b %20"})
  void aStatusIsWhatHadoopSays(String name) throws IOException {
    Files.write(folder.resolve("file"), new byte[] {1, 2, 3});
    Files.createFile(folder.resolve("file of zero bytes"));
    Files.createDirectory(folder.resolve("folder"));
    Files.createFile(folder.resolve("folder/a:b %20"));
    Files.createSymbolicLink(folder.resolve("link"), folder.resolve("file"));
    Files.setPosixFilePermissions(
        folder.resolve(name), PosixFilePermissions.fromString("rwxr-x--x"));
    Path path = path(name);

    FileStatus status = ours.getFileStatus(path);
    FileStatus expected = hadoops.getFileStatus(path);

    assertThat(status.getPath()).isEqualTo(expected.getPath());
    assertThat(status.getLen()).isEqualTo(expected.getLen());
    assertThat(status.isDirectory()).isEqualTo(expected.isDirectory());
    assertThat(status.isFile()).isEqualTo(expected.isFile());
    assertThat(status.getModificationTime()).isEqualTo(expected.getModificationTime());
    assertThat(status.getBlockSize()).isEqualTo(expected.getBlockSize());
    assertThat(status.getReplication()).isEqualTo(expected.getReplication());
    assertThat(status.getPermission()).isEqualTo(expected.getPermission());
    assertThat(status.getOwner()).isEqualTo(expected.getOwner());
    assertThat(status.getGroup()).isEqualTo(expected.getGroup());
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "file/none", "dangling", "circle", "a\0b"})
  void whatIsNotThereIsNotFound(String name) throws IOException {
    Files.createFile(folder.resolve("file"));
    Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
    Files.createSymbolicLink(folder.resolve("circle"), folder.resolve("circle"));

    assertThat(ours.exists(path(name))).isFalse();
    assertThatThrownBy(() -> ours.getFileStatus(path(name)))
        .isInstanceOf(FileNotFoundException.class);
  }

  @Test
  void aFileThatIsMadeAndRemovedMeanwhileIsThereOrNotFound() throws Exception {
    java.nio.file.Path file = folder.resolve("file");
    AtomicBoolean asked = new AtomicBoolean();
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(
            () -> {
              while (!asked.get()) {
                try {
                  Files.createFile(file);
                  Files.delete(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
            });
    try {
      for (int i = 0; i < 20_000; i++) {
        assertThatCode(() -> ours.exists(path("file"))).doesNotThrowAnyException();
      }
    } finally {
      asked.set(true);
    }
    other.get();
  }

  @ParameterizedTest
  @ValueSource(shorts = {0600, 0644, 0755, 0777, 0, 01777})
  void aPermissionIsSetWithAllOfItsBits(short mode) throws IOException {
    Files.createDirectory(folder.resolve("folder"));

    ours.setPermission(path("folder"), new FsPermission(mode));

    assertThat((int) Files.getAttribute(folder.resolve("folder"), "unix:mode") & 07777)
        .isEqualTo(mode);
  }

  @Test
  void whatIsMadeHasThePermissionsThatHadoopGives() throws IOException {
    for (LocalFileSystem each : new LocalFileSystem[] {ours, hadoops}) {
      Path made = path(each.getClass().getSimpleName() + "/sub");
      each.mkdirs(made);
      each.create(new Path(made, "file")).close();
    }

    for (String name : new String[] {"", "/sub", "/sub/file", "/sub/.file.crc"}) {
      assertThat(Files.getPosixFilePermissions(folder.resolve("PosixFileSystem" + name)))
          .isEqualTo(Files.getPosixFilePermissions(folder.resolve("LocalFileSystem" + name)));
    }
  }

  private Path path(String name) {
    return new Path("file", null, folder + "/" + name);
  }
}
