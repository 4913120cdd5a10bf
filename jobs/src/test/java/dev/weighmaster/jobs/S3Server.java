package dev.weighmaster.jobs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A real S3 server, S3Proxy, as a process of its own on a free port of the loopback interface. Each
 * folder below the one that it serves is a bucket.
 *
 * <p>What is written into a bucket's folder as a file is an object that has no etag; {@link
 * #publish} gives it one.
 */
public final class S3Server implements AutoCloseable {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));
  private static final int SECONDS_TO_START = 60;

  /** Where S3Proxy's own file store keeps an object's etag: an MD5, or text of another length. */
  private static final String ETAG = "user.content-md5";

  private static final Pattern READY = Pattern.compile("Started .*\\{127\\.0\\.0\\.1:(\\d+)}");

  private final Process process;
  private final Path buckets;
  private final int port;

  private S3Server(Process process, Path buckets, int port) {
    this.process = process;
    this.buckets = buckets;
    this.port = port;
  }

  /** Starts a server for a test, whose files, and whose buckets, are below a folder. */
  public static S3Server start(Path folder) throws Exception {
    return start(folder, ShortRuns.JVM);
  }

  /** Starts one with these options of its JVM. */
  static S3Server start(Path folder, List<String> options) throws Exception {
    Path buckets = Files.createDirectories(folder.resolve("buckets"));
    Path properties =
        Files.writeString(
            folder.resolve("s3proxy.properties"),
            """
            s3proxy.endpoint=http://127.0.0.1:0
            s3proxy.authorization=none
            jclouds.provider=filesystem-nio2
            jclouds.filesystem.basedir=%s
            """
                .formatted(buckets));
    Path logging =
        Files.writeString(
            folder.resolve("logback.xml"),
            """
            <configuration>
              <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
                <encoder><pattern>%msg%n</pattern></encoder>
              </appender>
              <logger name="org.gaul.shaded.org.eclipse.jetty.server.AbstractConnector" level="INFO"/>
              <root level="ERROR"><appender-ref ref="out"/></root>
            </configuration>
            """);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.addAll(options);
    command.add("-Dlogback.configurationFile=" + logging);
    command.add("-cp");
    command.add(Files.readString(ROOT.resolve("s3proxy/target/s3proxy.classpath")));
    Collections.addAll(command, "org.gaul.s3proxy.Main", "--properties", properties.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      int port =
          Integer.parseInt(
              ProcessOutput.firstMatch(process, READY).get(SECONDS_TO_START, TimeUnit.SECONDS));
      return new S3Server(process, buckets, port);
    } catch (Exception | Error e) {
      process.destroyForcibly();
      throw e;
    }
  }

  public int port() {
    return port;
  }

  /** The folder of a bucket, made if it is missing. */
  public Path bucket(String name) throws IOException {
    return Files.createDirectories(buckets.resolve(name));
  }

  /** Copies a folder's files into a bucket, as objects with etags. */
  public void publish(Path folder, String bucket) throws IOException {
    Path target = bucket(bucket);
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Path object = target.resolve(folder.relativize(file).toString());
      Files.createDirectories(object.getParent());
      Files.copy(file, object, StandardCopyOption.REPLACE_EXISTING);
      tag(object, md5(Files.readAllBytes(object)));
    }
  }

  /** Makes all objects of a bucket this old. */
  void age(String bucket, Duration age) throws IOException {
    List<Path> objects;
    try (Stream<Path> all = Files.walk(bucket(bucket))) {
      objects = all.filter(Files::isRegularFile).toList();
    }
    FileTime time = FileTime.from(Instant.now().minus(age));
    for (Path object : objects) {
      Files.setLastModifiedTime(object, time);
    }
  }

  /** Writes one object with its etag. */
  public void put(String bucket, String key, byte[] content) throws IOException {
    Path object = bucket(bucket).resolve(key);
    Files.createDirectories(object.getParent());
    Files.write(object, content);
    tag(object, md5(content));
  }

  /** Gives an object an etag of some text, such as one too large to be hashed for it. */
  public void tag(String bucket, String key, String etag) throws IOException {
    tag(bucket(bucket).resolve(key), ('"' + etag + '"').getBytes(StandardCharsets.US_ASCII));
  }

  private static void tag(Path object, byte[] etag) throws IOException {
    Files.getFileAttributeView(object, UserDefinedFileAttributeView.class)
        .write(ETAG, ByteBuffer.wrap(etag));
  }

  private static byte[] md5(byte[] content) {
    try {
      return MessageDigest.getInstance("MD5").digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What S3A needs to know to reach this server itself. */
  public Map<String, String> settings() {
    return settings(port);
  }

  /** What S3A needs to know to reach this server through a proxy's port. */
  public static Map<String, String> settings(int port) {
    return Map.of(
        "fs.s3a.endpoint", "http://127.0.0.1:" + port,
        "fs.s3a.endpoint.region", "us-east-1",
        "fs.s3a.path.style.access", "true",
        "fs.s3a.aws.credentials.provider",
            "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider");
  }

  /** The same for spark-submit, or for a JVM in whose options they stand. */
  public static List<String> sparkOptions(int port, String prefix) {
    return settings(port).entrySet().stream()
        .map(each -> prefix + "spark.hadoop." + each.getKey() + "=" + each.getValue())
        .toList();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
