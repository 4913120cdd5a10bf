package dev.weighmaster.jobs;

import dev.weighmaster.audit.PlannedFile;
import dev.weighmaster.digest.DigestOrigin;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.io.Storage;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * Hashes every file that is no sidecar, once, and reads its header in the same pass.
 *
 * <p>The work is split by bytes: files in the order of their size, largest first, are packed into
 * tasks of about equal cost, so that the largest start first and small ones fill the end.
 */
final class DigestStage {

  /** What opening a file costs, in the bytes that could be hashed in that time. */
  private static final long COST_OF_A_FILE = 256L << 10;

  /** A task of less is not worth its own start. */
  private static final long LEAST_COST_OF_A_TASK = 8L << 20;

  private static final int TASKS_A_CORE = 8;

  private DigestStage() {}

  /** What reading a file costs, in the bytes that could be hashed in that time. */
  private static long cost(PlannedFile file) {
    return file.file().size() + COST_OF_A_FILE;
  }

  /**
   * Reads the files that have to be.
   *
   * @param run that the digests are from
   * @param cores that work at the same time
   * @param journal takes each digest down as soon as it is there
   */
  static JavaRDD<ScannedFile> digest(
      JavaRDD<PlannedFile> plan,
      int cores,
      String hub,
      String run,
      DigestJournal journal,
      DigestProgress progress) {
    JavaRDD<PlannedFile> largestFirst =
        plan.filter(file -> file.carried().isEmpty())
            .sortBy(file -> file.file().size(), false, plan.getNumPartitions())
            .persist(StorageLevel.MEMORY_AND_DISK());
    return packed(largestFirst, cores)
        .mapPartitions(
            files -> {
              JournaledScans scans =
                  new JournaledScans(scan(HubStorage.forTask(hub), files, run, progress), journal);
              long began = System.nanoTime();
              TaskContext.get()
                  .addTaskCompletionListener(
                      context -> {
                        // What a task that is ended in the middle has read is read.
                        scans.flush();
                        progress.task(Duration.ofNanos(System.nanoTime() - began));
                      });
              return scans;
            });
  }

  private static Iterator<ScannedFile> scan(
      Storage storage, Iterator<PlannedFile> files, String run, DigestProgress progress) {
    return new MappedIterator<>(
        files,
        file -> {
          ScannedFile scanned =
              FileScanner.scan(storage, file.file(), file.series(), progress::bytes);
          progress.file();
          Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
          return file.compared(scanned.from(new DigestOrigin(run, now)));
        });
  }

  /** The work in tasks of about equal cost; within each, and from one to the next, in its order. */
  private static JavaRDD<PlannedFile> packed(JavaRDD<PlannedFile> work, int cores) {
    List<Long> costs = work.mapPartitions(works -> List.of(costOf(works)).iterator()).collect();
    List<Long> before = new ArrayList<>();
    long total = 0;
    for (long cost : costs) {
      before.add(total);
      total += cost;
    }
    long task = Math.max(LEAST_COST_OF_A_TASK, total / ((long) cores * TASKS_A_CORE) + 1);
    JavaRDD<Tuple2<Integer, PlannedFile>> placed =
        work.mapPartitionsWithIndex((index, works) -> placed(works, before.get(index), task), true);
    return JavaPairRDD.fromJavaRDD(placed)
        .partitionBy(new TaskPartitioner((int) (total / task) + 1))
        .values();
  }

  private static long costOf(Iterator<PlannedFile> works) {
    long sum = 0;
    while (works.hasNext()) {
      sum += cost(works.next());
    }
    return sum;
  }

  private static Iterator<Tuple2<Integer, PlannedFile>> placed(
      Iterator<PlannedFile> works, long before, long task) {
    List<Tuple2<Integer, PlannedFile>> placed = new ArrayList<>();
    long cost = before;
    while (works.hasNext()) {
      PlannedFile file = works.next();
      placed.add(new Tuple2<>((int) (cost / task), file));
      cost += cost(file);
    }
    return placed.iterator();
  }

  /** Puts every item where its key says. */
  private static final class TaskPartitioner extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final int tasks;

    TaskPartitioner(int tasks) {
      this.tasks = tasks;
    }

    @Override
    public int numPartitions() {
      return tasks;
    }

    @Override
    public int getPartition(Object key) {
      return (Integer) key;
    }
  }
}
