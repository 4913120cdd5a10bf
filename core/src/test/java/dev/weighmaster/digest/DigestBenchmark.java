package dev.weighmaster.digest;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Scans a GGUF file in turns with {@code openssl dgst -sha256} and prints how the speeds compare.
 *
 * <p>The file holds random bytes and is longer than one Java mapping can be. It is scanned as an
 * audit does, SHA-256 and header in one pass of {@link FileScanner}. The time of openssl includes
 * its start. Taking turns lets a busy machine slow both. If the two digests differ, the benchmark
 * fails. The printed peak is the sum of the heap pools' peaks.
 *
 * <p>Arguments: an empty folder for the file, its size in MiB, and how many turns.
 */
public final class DigestBenchmark {
  private static final String NAME = "benchmark.gguf";
  private static final int HEADER = 96;

  private DigestBenchmark() {}

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]).toRealPath();
    Path path = folder.resolve(NAME);
    writeGguf(path, Long.parseLong(args[1]) << 20);
    int turns = Integer.parseInt(args[2]);
    double[] ratios = new double[turns];
    try (LocalStorage storage = new LocalStorage(folder)) {
      HubFile file = hubFile(storage.stat(NAME));
      heapPools().forEach(MemoryPoolMXBean::resetPeakUsage);
      String expected = openssl(path);
      String actual = scan(storage, file);
      if (!actual.equals(expected)) {
        throw new IllegalStateException("openssl's digest is " + expected + ", ours " + actual);
      }
      System.out.printf(
          Locale.ROOT,
          "%d bytes, %d processors, Java %s, both digests %s%n",
          file.size(),
          Runtime.getRuntime().availableProcessors(),
          Runtime.version(),
          expected);
      for (int turn = 0; turn < turns; turn++) {
        double ours = seconds(() -> scan(storage, file));
        double openssl = seconds(() -> openssl(path));
        ratios[turn] = openssl / ours;
        System.out.printf(
            Locale.ROOT,
            "weighmaster %.3f s, %.0f MB/s; openssl %.3f s, %.0f MB/s; ratio %.3f%n",
            ours,
            file.size() / ours / 1e6,
            openssl,
            file.size() / openssl / 1e6,
            ratios[turn]);
      }
    }
    double median = DoubleStream.of(ratios).sorted().toArray()[turns / 2];
    System.out.printf(Locale.ROOT, "median ratio %.3f, peak heap %d MiB%n", median, peakHeap());
  }

  /** One tensor of random bytes: neither a hole nor what compresses, wherever the file lies. */
  private static void writeGguf(Path path, long size) throws IOException {
    long data = size - HEADER;
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(3).putLong(1).putLong(0);
    header.putLong(NAME.length()).put(NAME.getBytes(StandardCharsets.US_ASCII));
    header.putInt(1).putLong(data).putInt(GgmlType.I8.id()).putLong(0);
    SplittableRandom random = new SplittableRandom(1);
    byte[] chunk = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(path)) {
      out.write(header.array());
      for (long left = data; left > 0; left -= chunk.length) {
        random.nextBytes(chunk);
        out.write(chunk, 0, (int) Math.min(chunk.length, left));
      }
    }
  }

  private static String scan(LocalStorage storage, HubFile file) {
    ScannedFile scanned = FileScanner.scan(storage, file, List.of(), Progress.NONE);
    if (scanned.problem().isPresent() || scanned.weights().isEmpty()) {
      throw new IllegalStateException("the file was not read whole: " + scanned.problem());
    }
    return scanned.sha256().orElseThrow();
  }

  private static HubFile hubFile(Storage.Entry entry) {
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

  private static String openssl(Path path) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("openssl", "dgst", "-sha256", "-r", path.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      String digest = out.readLine();
      if (process.waitFor() != 0 || digest == null) {
        throw new IOException("openssl failed");
      }
      return digest.substring(0, digest.indexOf(' '));
    }
  }

  private static long peakHeap() {
    return heapPools().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum() >> 20;
  }

  private static Stream<MemoryPoolMXBean> heapPools() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP);
  }

  private interface Work {
    void run() throws Exception;
  }

  private static double seconds(Work work) throws Exception {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }
}
