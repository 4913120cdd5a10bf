package dev.weighmaster.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.hub.FlatInventory;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.jobs.FaultProxy;
import dev.weighmaster.jobs.FaultProxy.Faults;
import dev.weighmaster.jobs.S3Server;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a bucket's listing is made into, beside a walk through the same folders. */
class S3ListingTest {
  private static final String BUCKET = "hub";

  @TempDir private Path folder;
  private S3Server server;
  private FaultProxy proxy;
  private FileSystem fileSystem;
  private Path hub;

  @BeforeEach
  void start() throws Exception {
    server = S3Server.start(folder);
    hub = server.bucket(BUCKET);
    proxy = FaultProxy.start(server.port(), Faults.NONE);
    Configuration configuration = new Configuration();
    S3Server.settings(proxy.port()).forEach(configuration::set);
    URI uri = URI.create("s3a://" + BUCKET + "/");
    fileSystem = FileSystem.newInstance(uri, new HadoopSettings(configuration).configuration());
  }

  @AfterEach
  void stop() throws IOException {
    fileSystem.close();
    proxy.close();
    server.close();
  }

  @Test
  void aBucketIsListedFlatAndGivesWhatAWalkThroughItsFoldersGives() throws Exception {
    write("acme/base/config.json");
    write("acme/base/sub/more/weights.gguf");
    write("acme/base/.git/config");
    write("acme/base/.cache/x");
    write("acme/base/new\nline \u001b#?& ünï%41+.gguf");
    write("acme/base-GGUF/model.sig");
    write("acme/deep/" + "d/".repeat(33) + "a.gguf");
    write("acme/deep/" + "d/".repeat(33) + "b.gguf");
    write("acme/.hidden/a.gguf");
    write("acme/stray.gguf");
    write("models--acme--tiny/snapshots/abc/sub/m.gguf");
    write("models--acme--tiny/blobs/0123");
    write("stray.gguf");
    Storage bucket = bucket();

    List<HubFile> walked = inventory(new LocalStorage(hub));
    proxy.reset();
    List<HubFile> listed = new ArrayList<>();
    for (String organisation : Inventory.organisations(bucket)) {
      listed.addAll(FlatInventory.ofOrganisation(bucket, organisation, 1000).orElseThrow());
    }

    assertThat(proxy.counts()).isEqualTo(Map.of("LIST", 3));
    assertThat(listed)
        .filteredOn(file -> file.repository().isEmpty())
        .extracting(HubFile::path)
        .containsExactly("acme/stray.gguf");
    listed.removeIf(file -> file.repository().isEmpty());
    assertThat(listed.stream().map(S3ListingTest::asListedAnywhere))
        .containsExactlyInAnyOrderElementsOf(
            walked.stream().map(S3ListingTest::asListedAnywhere).toList());
    assertThat(inventory(bucket)).containsExactlyInAnyOrderElementsOf(listed);
  }

  @Test
  void anOrganisationBeyondTheLimitIsListedNoFurther() throws Exception {
    for (int i = 0; i < 30; i++) {
      write("acme/base-" + i + "/a.gguf");
    }
    Storage bucket = bucket();

    assertThat(FlatInventory.ofOrganisation(bucket, "acme", 29)).isEmpty();
    assertThat(FlatInventory.ofOrganisation(bucket, "acme", 30).orElseThrow()).hasSize(30);
  }

  private Storage bucket() throws IOException {
    return new HadoopStorage(fileSystem, new org.apache.hadoop.fs.Path("s3a://" + BUCKET + "/"));
  }

  private static List<HubFile> inventory(Storage storage) throws IOException {
    List<HubFile> files = new ArrayList<>();
    for (Repository repository : Inventory.repositories(storage)) {
      files.addAll(Inventory.files(storage, repository));
    }
    return files;
  }

  /** Without what each kind of storage has of its own. */
  private static HubFile asListedAnywhere(HubFile file) {
    return new HubFile(
        file.repository(),
        file.revision(),
        file.path(),
        file.name(),
        file.size(),
        file.kind(),
        Optional.empty(),
        Instant.EPOCH,
        file.problem(),
        file.linked());
  }

  private void write(String path) throws IOException {
    Path file = hub.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "content");
  }
}
