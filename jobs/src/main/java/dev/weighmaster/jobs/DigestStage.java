package dev.weighmaster.jobs;

import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.Storage;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Partitioner;
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

  /** A file to read, and the series that are asked of it. */
  record Work(HubFile file, List<DigestSeries> series) {
    long cost() {
      return file.size() + COST_OF_A_FILE;
    }
  }

  /**
   * Reads the files.
   *
   * @param series those that each repository's model signatures are granted
   * @param cores that work at the same time
   */
  static JavaRDD<ScannedFile> digest(
      JavaRDD<HubFile> inventory,
      JavaPairRDD<RepositoryKey, List<DigestSeries>> series,
      int cores,
      String hub,
      DigestProgress progress) {
    JavaRDD<Work> largestFirst =
        inventory
            .filter(file -> file.kind() != FileKind.SIDECAR)
            .keyBy(RepositoryKey::of)
            .leftOuterJoin(series)
            .values()
            .map(file -> new Work(file._1(), file._2().or(List.of())))
            .sortBy(work -> work.file().size(), false, inventory.getNumPartitions())
            .persist(StorageLevel.MEMORY_AND_DISK());
    return packed(largestFirst, cores)
        .mapPartitions(works -> scan(HubStorage.forTask(hub), works, progress));
  }

  private static Iterator<ScannedFile> scan(
      Storage storage, Iterator<Work> works, DigestProgress progress) {
    return new MappedIterator<>(
        works,
        work -> {
          ScannedFile scanned =
              FileScanner.scan(storage, work.file(), work.series(), progress::bytes);
          progress.file();
          return scanned;
        });
  }

  /** The work in tasks of about equal cost; within each, and from one to the next, in its order. */
  private static JavaRDD<Work> packed(JavaRDD<Work> work, int cores) {
    List<Long> costs = work.mapPartitions(works -> List.of(costOf(works)).iterator()).collect();
    List<Long> before = new ArrayList<>();
    long total = 0;
    for (long cost : costs) {
      before.add(total);
      total += cost;
    }
    long task = Math.max(LEAST_COST_OF_A_TASK, total / ((long) cores * TASKS_A_CORE) + 1);
    JavaRDD<Tuple2<Integer, Work>> placed =
        work.mapPartitionsWithIndex((index, works) -> placed(works, before.get(index), task), true);
    return JavaPairRDD.fromJavaRDD(placed)
        .partitionBy(new TaskPartitioner((int) (total / task) + 1))
        .values();
  }

  private static long costOf(Iterator<Work> works) {
    long sum = 0;
    while (works.hasNext()) {
      sum += works.next().cost();
    }
    return sum;
  }

  private static Iterator<Tuple2<Integer, Work>> placed(
      Iterator<Work> works, long before, long task) {
    List<Tuple2<Integer, Work>> placed = new ArrayList<>();
    long cost = before;
    while (works.hasNext()) {
      Work work = works.next();
      placed.add(new Tuple2<>((int) (cost / task), work));
      cost += work.cost();
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
