package dev.weighmaster.io;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.jobs.S3Server;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bucket whose objects have no etags, since they are written past the server, into its folder.
 */
class S3StorageTest extends StorageContract {
  @TempDir private static Path served;
  private static S3Server server;

  private FileSystem fileSystem;

  @BeforeAll
  static void startServer() throws Exception {
    server = S3Server.start(served);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Override
  Storage open(Path root) throws IOException {
    if (fileSystem == null) {
      Path bucket = server.bucket("contract");
      deleteAll(bucket);
      // What the contract writes into the hub's folder is in the bucket.
      Files.delete(root);
      Files.createSymbolicLink(root, bucket);
      Configuration configuration = new Configuration();
      server.settings().forEach(configuration::set);
      fileSystem =
          FileSystem.newInstance(
              URI.create("s3a://contract/"), new HadoopSettings(configuration).configuration());
    }
    String below = root.getFileName().toString();
    return new HadoopStorage(
        fileSystem,
        new org.apache.hadoop.fs.Path("s3a://contract/" + (below.equals("hub") ? "" : below)));
  }

  @Override
  @Test
  void anEmptyDirectoryHasNoChildren() throws IOException {
    Files.createDirectory(directory.resolve("a"));

    assertThatThrownBy(() -> storage.list("a")).isInstanceOf(NoSuchFileException.class);
  }

  private static void deleteAll(Path bucket) throws IOException {
    try (Stream<Path> all = Files.walk(bucket)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        if (!each.equals(bucket)) {
          Files.delete(each);
        }
      }
    }
  }

  @AfterEach
  void closeFileSystem() throws IOException {
    fileSystem.close();
    Files.delete(directory);
  }
}
