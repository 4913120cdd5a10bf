package dev.weighmaster.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.io.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubShapeTest {
  @TempDir private Path root;

  @BeforeEach
  void writeAHub() throws IOException {
    write("hub/acme/base/config.json");
    write("hub/acme/base/README.md");
    write("hub/acme/base/model.safetensors");
    write("hub/quants/base-GGUF/Q4_0/base.gguf");
  }

  private void write(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "content");
  }

  private LocalStorage open(String folder) throws IOException {
    return new LocalStorage(root.resolve(folder));
  }

  @Test
  void aRootIsToldByWhereTheFilesOfAModelLie() throws IOException {
    assertThat(HubShape.ofRoot(open("hub"))).isEmpty();
    assertThat(HubShape.ofRoot(open("hub/acme"))).contains(HubShape.ORGANISATION);
    assertThat(HubShape.ofRoot(open("hub/acme/base"))).contains(HubShape.REPOSITORY);
  }

  @Test
  void aFolderOfRepositoriesIsNoRepository() throws IOException {
    assertThat(HubShape.holdsRepositories(open("hub"))).isTrue();
    assertThat(HubShape.holdsRepositories(open("hub/acme"))).isTrue();
    assertThat(HubShape.holdsRepositories(open("hub/acme/base"))).isFalse();
  }

  @Test
  void aRepositoryOfBuildsThatEachHaveAFolderIsARepository() throws IOException {
    write("hub/quants/base-EXL2/4bpw/config.json");
    write("hub/quants/base-EXL2/4bpw/output.safetensors");
    write("hub/quants/base-EXL2/6bpw/config.json");

    assertThat(HubShape.holdsRepositories(open("hub/quants/base-EXL2"))).isFalse();
  }

  @Test
  void straysSayWhatAHubIs() {
    assertThat(HubShape.of(List.of())).isEmpty();
    assertThat(HubShape.of(List.of("base/model.gguf"))).contains(HubShape.ORGANISATION);
    assertThat(HubShape.of(List.of("base/model.gguf", "model.gguf"))).contains(HubShape.REPOSITORY);
  }

  @Test
  void theFolderToCallIsNamedWhereTheAddressSaysIt() {
    assertThat(HubShape.ORGANISATION.notAHub("/srv/hub/acme/")).endsWith(", here /srv/hub");
    assertThat(HubShape.REPOSITORY.notAHub("/srv/hub/acme/base")).endsWith(", here /srv/hub");
    assertThat(HubShape.ORGANISATION.notAHub("s3a://hub/acme")).endsWith(", here s3a://hub");
    assertThat(HubShape.REPOSITORY.notAHub("s3a://hub/acme")).endsWith("org/name folders");
    assertThat(HubShape.ORGANISATION.notAHub("/acme")).endsWith("org/name folders");
  }
}
