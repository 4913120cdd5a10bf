package dev.weighmaster.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.io.Storage.Entry;
import dev.weighmaster.jobs.FaultProxy;
import dev.weighmaster.jobs.FaultProxy.Faults;
import dev.weighmaster.jobs.S3Server;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads of objects from a real S3 server, with what can go wrong in between. */
class S3ReadTest {
  private static final int SECONDS_TO_END = 30;
  private static final String BUCKET = "hub";
  private static final int PIECE = HadoopSource.PIECE;
  private static final Backoff QUICK =
      new Backoff(8, Duration.ofMillis(1), Duration.ofMillis(8), Duration.ofSeconds(30));

  @TempDir private static Path folder;
  private static S3Server server;

  private FaultProxy proxy;
  private FileSystem fileSystem;
  private Storage storage;

  @BeforeAll
  static void startServer() throws Exception {
    server = S3Server.start(folder);
    server.bucket(BUCKET);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void openStorage() throws IOException {
    proxy = FaultProxy.start(server.port(), Faults.NONE);
    Configuration configuration = new Configuration();
    S3Server.settings(proxy.port()).forEach(configuration::set);
    configuration.set("fs.s3a.retry.limit", "2");
    configuration.set("fs.s3a.retry.interval", "1ms");
    configuration.set("fs.s3a.retry.throttle.limit", "2");
    configuration.set("fs.s3a.retry.throttle.interval", "1ms");
    URI uri = URI.create("s3a://" + BUCKET + "/");
    fileSystem = FileSystem.newInstance(uri, new HadoopSettings(configuration).configuration());
    storage = new HadoopStorage(fileSystem, new org.apache.hadoop.fs.Path(uri), QUICK);
    proxy.reset();
  }

  @AfterEach
  void closeAll() throws IOException {
    fileSystem.close();
    proxy.close();
    // A reader that is given up ends its request first, on a thread of its own.
    long deadline = System.nanoTime() + SECONDS_TO_END * 1_000_000_000L;
    while (HadoopSource.BUFFERS.taken() > 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(HadoopSource.BUFFERS.taken()).as("buffers not given back").isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 300_000, PIECE - 1, PIECE})
  void whatFitsIntoOneRangeCostsOneRequest(int length) throws Exception {
    Entry file = put(length);
    proxy.reset();

    assertThat(digest(file)).isEqualTo(sha256(content(length)));

    assertThat(proxy.counts()).isEqualTo(Map.of("GET object", 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {PIECE + 1, 2 * PIECE, 5 * PIECE + 77})
  void largeObjectsAreReadInRangesThatAreUnderWayAtOnce(int length) throws Exception {
    Entry file = put(length);
    proxy.reset();
    int ranges = (length + PIECE - 1) / PIECE;
    proxy.answerTogether(Math.min(ranges, HadoopSource.IN_FLIGHT));

    assertThat(digest(file)).isEqualTo(sha256(content(length)));

    assertThat(proxy.counts()).isEqualTo(Map.of("GET object", ranges));
    assertThat(proxy.mostAtOnce()).isBetween(2, HadoopSource.IN_FLIGHT);
    assertThat(proxy.bytes()).isEqualTo(length);
  }

  @Test
  void aRangeOfAnObjectIsReadAsTheWholeIs() throws Exception {
    byte[] content = content(3 * PIECE);
    Entry file = put(content.length);
    proxy.reset();

    try (ByteSource source = storage.open(file, PIECE - 5, PIECE + 9)) {
      assertThat(source.size()).isEqualTo(PIECE + 9);
      assertThat(StorageContract.drain(source))
          .isEqualTo(Arrays.copyOfRange(content, PIECE - 5, 2 * PIECE + 4));
    }
    try (ByteSource source = storage.open(file, 10, 0)) {
      assertThat(StorageContract.drain(source)).isEmpty();
    }
    assertThat(proxy.bytes()).isLessThan(PIECE + (1 << 18));
  }

  @Test
  void whatBreaksOffGoesOnFromThere() throws Exception {
    int length = 6 * PIECE + 12345;
    Entry file = put(length);
    proxy.reset();
    proxy.faults(new Faults(2, 2, 0, 0));

    try (ByteSource source = storage.open(file)) {
      assertThat(sha256(StorageContract.drain(source))).isEqualTo(sha256(content(length)));
      assertThat(source.retries()).isPositive();
    }
    assertThat(proxy.faulted()).isPositive();
    assertThat(proxy.bytes()).isLessThan(length + length / 2);
  }

  @Test
  void aStoreThatThrottlesForAWhileIsWaitedFor() throws Exception {
    Entry file = put(3 * PIECE);
    proxy.faults(new Faults(3, 0, 2, 0));

    try (ByteSource source = storage.open(file)) {
      assertThat(sha256(StorageContract.drain(source))).isEqualTo(sha256(content(3 * PIECE)));
      assertThat(source.retries()).isPositive();
    }
  }

  @Test
  void aStoreThatThrottlesForEverIsGivenUp() throws Exception {
    Entry file = put(2 * PIECE);
    proxy.faults(new Faults(1, 0, 1, 0));
    proxy.reset();

    assertThatThrownBy(() -> digest(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("503");

    assertThat(proxy.counts().get("GET object")).isBetween(3, 2 * 8 * 3);
  }

  @Test
  void anotherEtagInTheMiddleIsAChange() throws Exception {
    Entry file = put(6 * PIECE);

    try (ByteSource source = storage.open(file)) {
      source.next();
      proxy.etag("/" + BUCKET + "/" + file.path(), "\"0123456789abcdef\"");

      assertThatThrownBy(() -> StorageContract.drain(source))
          .isInstanceOf(ChangedDuringReadException.class);
    }
  }

  @Test
  void anObjectThatIsWrittenAnewOrDeletedMeanwhileIsAChange() throws Exception {
    Entry file = put(6 * PIECE);
    try (ByteSource source = storage.open(file)) {
      source.next();
      server.put(BUCKET, file.path(), new byte[6 * PIECE]);
      assertThatThrownBy(() -> StorageContract.drain(source))
          .isInstanceOf(ChangedDuringReadException.class);
    }
    Entry again = storage.stat(file.path());
    try (ByteSource source = storage.open(again)) {
      source.next();
      Files.delete(server.bucket(BUCKET).resolve(file.path()));
      assertThatThrownBy(() -> StorageContract.drain(source))
          .isInstanceOf(ChangedDuringReadException.class);
    }
    assertThatThrownBy(() -> digest(again)).isInstanceOf(NoSuchFileException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1, 100})
  void anObjectOfAnotherLengthThanListedIsAChange(long more) throws Exception {
    Entry file = put(1000);
    Entry listed =
        new Entry(
            file.path(),
            file.type(),
            file.size() + more,
            file.modified(),
            file.etag(),
            file.problem());

    assertThatThrownBy(() -> digest(listed)).isInstanceOf(ChangedDuringReadException.class);
  }

  @Test
  void aTimeThatTheListingRoundsDoesNotMatterBesideTheEtag() throws Exception {
    Entry file = put(1000);
    Entry listed =
        new Entry(
            file.path(),
            file.type(),
            file.size(),
            file.modified().plusMillis(700),
            file.etag(),
            file.problem());

    assertThat(digest(listed)).isEqualTo(sha256(content(1000)));
    assertThat(listed.version().isSameAs(file.version())).isTrue();
  }

  @Test
  void aStoreWithoutEtagsIsLookedAtBeforeAndAfter() throws Exception {
    proxy.hideEtags();
    Entry file = put(2 * PIECE);
    assertThat(file.etag()).isEmpty();
    proxy.reset();

    assertThat(digest(file)).isEqualTo(sha256(content(2 * PIECE)));

    assertThat(proxy.counts()).isEqualTo(Map.of("GET object", 2, "HEAD object", 2));
    assertThat(file.version().isSameAs(file.version())).isFalse();
  }

  @Test
  void aReaderThatStopsLeavesNothingBehind() throws Exception {
    Entry file = put(6 * PIECE);

    try (ByteSource source = storage.open(file)) {
      source.next();
    }

    while (HadoopSource.BUFFERS.taken() > 0) {
      Thread.onSpinWait();
    }
  }

  @Test
  void onlyTheStoresOwnChecksumOfTheWholeObjectIsTold() throws Exception {
    Entry file = put(1000);
    String path = "/" + BUCKET + "/" + file.path();
    String hex = sha256(content(1000));
    String base64 = Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex));

    assertThat(storage.sha256(file)).isEmpty();
    proxy.checksum(path, base64, "COMPOSITE");
    assertThat(storage.sha256(file)).isEmpty();
    proxy.checksum(path, base64 + "-3", "FULL_OBJECT");
    assertThat(storage.sha256(file)).isEmpty();
    proxy.checksum(path, base64, "FULL_OBJECT");
    assertThat(storage.sha256(file)).hasValue(hex);
    proxy.reset();
    storage.sha256(file);
    assertThat(proxy.counts()).isEqualTo(Map.of("HEAD object", 1));
    server.put(BUCKET, file.path(), new byte[1000]);
    assertThatThrownBy(() -> storage.sha256(file)).isInstanceOf(ChangedDuringReadException.class);
  }

  private Entry put(int length) throws IOException {
    String name = "org/model/" + length + ".bin";
    server.put(BUCKET, name, content(length));
    return storage.stat(name);
  }

  private static byte[] content(int length) {
    byte[] content = new byte[length];
    new Random(length).nextBytes(content);
    return content;
  }

  private String digest(Entry file) throws Exception {
    try (ByteSource source = storage.open(file)) {
      return sha256(StorageContract.drain(source));
    }
  }

  private static String sha256(byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }
}
