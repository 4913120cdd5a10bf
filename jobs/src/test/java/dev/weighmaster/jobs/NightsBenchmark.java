package dev.weighmaster.jobs;

import dev.weighmaster.audit.RunRow;
import dev.weighmaster.jobs.spark.SparkSessions;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/**
 * Audits a hub twice, each night in a process of its own, and prints how the second compares with
 * the first.
 *
 * <p>The hub has 16 large files. Times are those of the whole processes, with Spark on every core.
 *
 * <p>Arguments: an empty folder, and the size of each of the hub's large files in GiB. They are
 * holes: what they cost is the hash.
 */
public final class NightsBenchmark {
  private static final int LARGE_FILES = 16;
  private static final LocalDate FIRST = LocalDate.parse("2026-11-21");

  private NightsBenchmark() {}

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]).toRealPath();
    SmallHub small = SmallHub.write(folder);
    for (int i = 0; i < LARGE_FILES; i++) {
      String name = "large/number-%d/pytorch_model.bin".formatted(i);
      Path path = small.hub().resolve(name);
      Files.createDirectories(path.getParent());
      try (var file = new RandomAccessFile(path.toFile(), "rw")) {
        file.setLength(Long.parseLong(args[1]) << 30);
      }
    }
    List<Double> seconds = new ArrayList<>();
    for (int night = 0; night < 2; night++) {
      long start = System.nanoTime();
      List<String> lines =
          BenchmarkProcess.run(
              Night.class, List.of(), List.of(folder.toString(), FIRST.plusDays(night).toString()));
      seconds.add((System.nanoTime() - start) / 1e9);
      System.out.printf(
          Locale.ROOT, "night %d: %.1f s; %s%n", night + 1, seconds.get(night), lines.get(0));
    }
    System.out.printf(Locale.ROOT, "ratio %.3f%n", seconds.get(1) / seconds.get(0));
  }

  /** One audit, as the command does it. */
  static final class Night {
    private Night() {}

    public static void main(String[] args) throws Exception {
      Path folder = Path.of(args[0]);
      try (SparkSession session = SparkSessions.open("weighmaster benchmark", Optional.empty())) {
        RunRow run =
            new AuditJob(
                    session, folder.resolve("hub").toString(), folder.resolve("table").toString())
                .date(LocalDate.parse(args[1]))
                // The hub was written just now, and must have settled.
                .clock(Clock.offset(Clock.systemUTC(), Duration.ofHours(1)))
                .execute()
                .run();
        System.out.printf(
            Locale.ROOT,
            "%d files, %d carried over; %d bytes, %d read, of weights %d; digests %.1f s%n",
            run.files(),
            run.filesCarriedOver(),
            run.bytes(),
            run.bytesRead(),
            run.weightsBytesRead(),
            run.digestMillis() / 1e3);
      }
    }
  }
}
