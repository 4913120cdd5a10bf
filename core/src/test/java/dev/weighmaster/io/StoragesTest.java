package dev.weighmaster.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoragesTest {
  @TempDir Path directory;

  @Test
  void aPathAndAFileUriOpenLocally() throws IOException {
    Path hub = Files.createDirectory(directory.resolve("my hub: 1"));

    assertThat(Storages.open(hub.toString())).isInstanceOf(LocalStorage.class);
    assertThat(Storages.open(hub.toUri().toString())).isInstanceOf(LocalStorage.class);
    assertThat(Storages.open(hub.toString()).root()).isEqualTo(hub.toString());
  }

  @Test
  void anotherSchemeOpensThroughHadoop() {
    assertThatThrownBy(() -> Storages.open("nosuchscheme://host/hub"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nosuchscheme");
  }

  @Test
  void anAddressThatIsNoneIsAnError() {
    assertThatThrownBy(() -> Storages.open("file:/a b")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Storages.open("file://host/a")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Storages.open("a\0b")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Storages.open(directory + "/gone"))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void aHubIsKnownByTheSameAddressWhereverTheCommandWasTyped() throws IOException {
    Path here = Path.of("").toAbsolutePath();

    assertThat(Storages.absolute("some/hub")).isEqualTo(here + "/some/hub");
    assertThat(Storages.absolute("./some//hub/")).isEqualTo(here + "/some/hub");
    assertThat(Storages.absolute("/srv/hub/")).isEqualTo("/srv/hub");
    assertThat(Storages.absolute("s3a://hub/models")).isEqualTo("s3a://hub/models");
    assertThat(Storages.absolute("file:///srv/hub")).isEqualTo("file:///srv/hub");
    assertThatThrownBy(() -> Storages.absolute("a\0b")).isInstanceOf(IOException.class);
  }

  @Test
  void aStepUpBehindALinkLeadsWhereItLed() throws IOException {
    Path hub = Files.createDirectories(directory.resolve("disk/hub"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), hub);

    assertThat(Path.of(Storages.absolute(link + "/../hub"))).exists();
  }
}
