package dev.weighmaster.digest;

import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Hashes a file in turns with {@code openssl dgst -sha256} and prints how the speeds compare.
 *
 * <p>Arguments: the file, and how many turns (5).
 */
public final class DigestBenchmark {
  private DigestBenchmark() {}

  public static void main(String[] args) throws Exception {
    Path path = Path.of(args[0]).toRealPath();
    int turns = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    double[] ratios = new double[turns];
    try (LocalStorage storage = new LocalStorage(path.getParent())) {
      HubFile file = hubFile(storage.stat(path.getFileName().toString()));
      seconds(() -> FileScanner.scan(storage, file, List.of(), Progress.NONE));
      for (int turn = 0; turn < turns; turn++) {
        double ours = seconds(() -> FileScanner.scan(storage, file, List.of(), Progress.NONE));
        double openssl = seconds(() -> openssl(path));
        ratios[turn] = openssl / ours;
        System.out.printf(
            Locale.ROOT,
            "%d bytes: %.3f s, %.0f MB/s; openssl %.3f s, %.0f MB/s; ratio %.3f%n",
            file.size(),
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
        entry.problem());
  }

  private static void openssl(Path path) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("openssl", "dgst", "-sha256", path.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (process.waitFor() != 0) {
      throw new IOException("openssl failed");
    }
  }

  private static long peakHeap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(MemoryPoolMXBean::getPeakUsage)
            .mapToLong(usage -> usage.getUsed())
            .sum()
        >> 20;
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
