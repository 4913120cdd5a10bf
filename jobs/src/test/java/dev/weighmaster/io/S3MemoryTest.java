package dev.weighmaster.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.S3Server;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much memory the reading of a large object takes, in a process that has little. */
@Tag("slow")
class S3MemoryTest {
  private static final long SIZE = 1L << 30;

  /** Of as many zeros. */
  private static final String SHA256 =
      "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14";

  private static final String BUCKET = "hub";
  private static final String KEY = "org/model/large.bin";

  @TempDir private Path folder;

  @Test
  void anObjectOfManyTimesTheHeapIsHashed() throws Exception {
    try (S3Server server = S3Server.start(folder)) {
      Path object = server.bucket(BUCKET).resolve(KEY);
      Files.createDirectories(object.getParent());
      try (RandomAccessFile sparse = new RandomAccessFile(object.toFile(), "rw")) {
        sparse.setLength(SIZE);
      }
      server.tag(BUCKET, KEY, "large-1");

      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx64m",
                  "-Dweighmaster.root=" + System.getProperty("weighmaster.root"),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Hashing.class.getName(),
                  Integer.toString(server.port()))
              .redirectError(folder.resolve("err").toFile())
              .start();

      try {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(out.strip()).as(this::messages).isEqualTo(SHA256);
        assertThat(process.waitFor()).isZero();
      } finally {
        process.destroyForcibly();
      }
    }
  }

  private String messages() {
    try {
      return Files.readString(folder.resolve("err"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Hashes the object and prints its digest. */
  static final class Hashing {
    private Hashing() {}

    public static void main(String[] arguments) throws Exception {
      Configuration configuration = new Configuration();
      S3Server.settings(Integer.parseInt(arguments[0])).forEach(configuration::set);
      URI uri = URI.create("s3a://" + BUCKET + "/");
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (FileSystem fileSystem =
          FileSystem.newInstance(uri, new HadoopSettings(configuration).configuration())) {
        hash(new HadoopStorage(fileSystem, new org.apache.hadoop.fs.Path(uri)), digest);
      }
      System.out.println(HexFormat.of().formatHex(digest.digest()));
    }

    private static void hash(Storage storage, MessageDigest digest) throws IOException {
      try (ByteSource source = storage.open(storage.stat(KEY))) {
        for (ByteBuffer bytes = source.next(); bytes.hasRemaining(); bytes = source.next()) {
          digest.update(bytes);
        }
      }
    }
  }
}
