package dev.weighmaster.jobs;

import com.sun.management.OperatingSystemMXBean;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.ParallelScanner;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storages;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Scans objects of an S3 server on this machine as an audit does, and prints how fast that is
 * beside the same file without a server and the server without an audit, and what memory it takes.
 *
 * <p>S3Proxy serves a bucket with one object of random bytes on the loopback interface, so server
 * and client share the machine's cores. The object is scanned through S3A and {@code FileScanner}.
 * In turns with that, the same file is scanned in the bucket's folder, and the object is read in
 * ranges of 8 MiB, four at once, by Java's HTTP client, which discards them: that is what the
 * server can give. Then 16 objects of a sixteenth of the size are scanned, one on each core at a
 * time; printed is how many cores client and server kept busy. Last, a process with 384 MiB of heap
 * scans sparse objects.
 *
 * <p>Arguments: an empty folder, the size of the large object in MiB, how many turns, and the sizes
 * in GiB of the objects whose memory is measured.
 */
public final class S3Benchmark {
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private static final String BUCKET = "hub";
  private static final String LARGE = "large.bin";

  /** Objects that are scanned at once; together they are as large as the large one. */
  private static final int MANY = 16;

  /** Of the server alone: as much, and as many at once, as the scan asks for. */
  private static final int RANGE = 8 << 20;

  private static final int IN_FLIGHT = 4;

  private final S3Server server;
  private final ProcessHandle serverProcess;

  private S3Benchmark(S3Server server) {
    this.server = server;
    this.serverProcess = ProcessHandle.current().children().findFirst().orElseThrow();
  }

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]).toRealPath();
    long size = Long.parseLong(args[1]) << 20;
    try (S3Server server = S3Server.start(folder, List.of())) {
      S3Server.settings(server.port())
          .forEach((name, value) -> System.setProperty("spark.hadoop." + name, value));
      S3Benchmark benchmark = new S3Benchmark(server);
      benchmark.write(LARGE, size);
      System.out.printf(
          Locale.ROOT,
          "%d bytes, %d processors, Java %s%n",
          size,
          SYSTEM.getAvailableProcessors(),
          Runtime.version());
      benchmark.oneLarge(Integer.parseInt(args[2]));
      benchmark.manyAtOnce(size / MANY);
      benchmark.memory(List.of(args).subList(3, args.length));
    }
  }

  private void write(String key, long size) throws IOException {
    SplittableRandom random = new SplittableRandom(key.hashCode());
    byte[] chunk = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(server.bucket(BUCKET).resolve(key))) {
      for (long left = size; left > 0; left -= chunk.length) {
        random.nextBytes(chunk);
        out.write(chunk, 0, (int) Math.min(chunk.length, left));
      }
    }
    server.tag(BUCKET, key, "benchmark-1");
  }

  private void oneLarge(int turns) throws Exception {
    double[] ratios = new double[turns];
    try (Storage objects = Storages.open("s3a://" + BUCKET + "/");
        Storage files = Storages.open(server.bucket(BUCKET).toString())) {
      HubFile object = file(objects, LARGE);
      HubFile file = file(files, LARGE);
      String digest = scan(files, file);
      if (!scan(objects, object).equals(digest)) {
        throw new IllegalStateException("the object has another digest than its file");
      }
      readFromServer(object.size());
      for (int turn = 0; turn < turns; turn++) {
        double ours = rate(object.size(), () -> scan(objects, object));
        double local = rate(file.size(), () -> scan(files, file));
        double served = rate(object.size(), () -> readFromServer(object.size()));
        ratios[turn] = ours / Math.min(local, served);
        System.out.printf(
            Locale.ROOT,
            "from S3 %.0f MB/s; the file %.0f MB/s; the server alone %.0f MB/s; ratio to the lower"
                + " %.3f%n",
            ours,
            local,
            served,
            ratios[turn]);
      }
    }
    System.out.printf(
        Locale.ROOT, "median ratio %.3f%n", DoubleStream.of(ratios).sorted().toArray()[turns / 2]);
  }

  /** Reads the large object and throws it away. */
  private void readFromServer(long size) throws Exception {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    URI uri = URI.create("http://127.0.0.1:%d/%s/%s".formatted(server.port(), BUCKET, LARGE));
    AtomicLong next = new AtomicLong();
    ExecutorService readers = Executors.newFixedThreadPool(IN_FLIGHT);
    try {
      List<Future<?>> pending = new ArrayList<>();
      for (int i = 0; i < IN_FLIGHT; i++) {
        pending.add(
            readers.submit(
                () -> {
                  for (long at = next.getAndAdd(RANGE); at < size; at = next.getAndAdd(RANGE)) {
                    readRange(client, uri, at, Math.min(at + RANGE, size));
                  }
                  return null;
                }));
      }
      for (Future<?> each : pending) {
        each.get();
      }
    } finally {
      readers.shutdownNow();
    }
  }

  private static void readRange(HttpClient client, URI uri, long from, long to) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri).header("Range", "bytes=" + from + "-" + (to - 1)).build();
    HttpResponse<Void> response = client.send(request, BodyHandlers.discarding());
    if (response.statusCode() != 206) {
      throw new IOException("the server answers " + response.statusCode());
    }
  }

  private void manyAtOnce(long size) throws Exception {
    List<String> keys = IntStream.range(0, MANY).mapToObj("many-%d.bin"::formatted).toList();
    for (String key : keys) {
      write(key, size);
    }
    try (Storage objects = Storages.open("s3a://" + BUCKET + "/")) {
      List<HubFile> files = new ArrayList<>();
      for (String key : keys) {
        files.add(file(objects, key));
      }
      long ours = SYSTEM.getProcessCpuTime();
      Duration theirs = serverTime();
      double seconds =
          seconds(
              () ->
                  ParallelScanner.scan(objects, files, List.of()).forEach(S3Benchmark::mustBeRead));
      double client = (SYSTEM.getProcessCpuTime() - ours) / 1e9 / seconds;
      double served = serverTime().minus(theirs).toMillis() / 1e3 / seconds;
      System.out.printf(
          Locale.ROOT,
          "%d objects of %d bytes at once: %.0f MB/s; cores busy: %.2f with the scan, %.2f with the"
              + " server, of %d%n",
          MANY,
          size,
          MANY * size / seconds / 1e6,
          client,
          served,
          SYSTEM.getAvailableProcessors());
    }
  }

  private Duration serverTime() {
    return serverProcess.info().totalCpuDuration().orElseThrow();
  }

  /** Holes are read as zeros, so that an object can be larger than the disk. */
  private void memory(List<String> sizes) throws Exception {
    System.out.println(" GiB  seconds  heap MiB  after a collection  resident MiB");
    for (String size : sizes) {
      String key = size + ".bin";
      try (var file = new RandomAccessFile(server.bucket(BUCKET).resolve(key).toFile(), "rw")) {
        file.setLength(Long.parseLong(size) << 30);
      }
      server.tag(BUCKET, key, "benchmark-" + size);
      List<String> options = new ArrayList<>(S3Server.sparkOptions(server.port(), "-D"));
      options.add("-Xmx384m");
      String line = BenchmarkProcess.run(Scan.class, options, List.of(key)).get(0);
      System.out.printf(Locale.ROOT, "%4s %s%n", size, line);
    }
  }

  /** Scans one object in a process of its own, and prints what memory that took. */
  static final class Scan {
    private Scan() {}

    public static void main(String[] args) throws Exception {
      PeakMemory memory = new PeakMemory();
      try (Storage objects = Storages.open("s3a://" + BUCKET + "/")) {
        HubFile object = file(objects, args[0]);
        double seconds = seconds(() -> scan(objects, object));
        System.out.printf(
            Locale.ROOT,
            "%8.1f %9d %19d %13d%n",
            seconds,
            memory.heap(),
            memory.heapAfterCollection(),
            PeakMemory.resident());
      }
    }
  }

  private static String scan(Storage storage, HubFile file) {
    ScannedFile scanned = FileScanner.scan(storage, file, List.of(), Progress.NONE);
    mustBeRead(scanned);
    return scanned.sha256().orElseThrow();
  }

  private static void mustBeRead(ScannedFile scanned) {
    if (scanned.failure().isPresent() || scanned.reading().retries() > 0) {
      throw new IllegalStateException("the file was not read in one go: " + scanned);
    }
  }

  private static HubFile file(Storage storage, String key) throws IOException {
    Storage.Entry entry = storage.stat(key);
    return new HubFile(
        "benchmark",
        "",
        entry.path(),
        entry.name(),
        entry.size(),
        FileKind.of(entry.name()),
        entry.etag(),
        entry.modified(),
        entry.problem(),
        false);
  }

  private interface Work {
    void run() throws Exception;
  }

  private static double rate(long bytes, Work work) throws Exception {
    return bytes / seconds(work) / 1e6;
  }

  private static double seconds(Work work) throws Exception {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }
}
