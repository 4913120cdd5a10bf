package dev.weighmaster.jobs.stage;

import dev.weighmaster.audit.PlannedFile;
import dev.weighmaster.digest.DigestOrigin;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.ReadingTime;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.ScannedPiece;
import dev.weighmaster.digest.Work;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storages;
import dev.weighmaster.jobs.spark.HubStorage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.Partitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Hashes files and reads their headers in the same pass.
 *
 * <p>The work is split by the time that it will take: in that order, longest first, it is packed
 * into tasks of about equal length, so that the longest start first and short ones fill the end.
 */
public final class DigestStage {
  /** A task of less is not worth its own start. */
  private static final long LEAST_NANOS_OF_A_TASK = 5_000_000;

  private static final int TASKS_A_CORE = 8;

  private static final Comparator<FileWork> IN_ORDER = Comparator.comparing(FileWork::place);

  private final RunContext context;
  private final int cores;

  /**
   * @param context of the run that the digests are from
   * @param cores that work at the same time
   */
  public DigestStage(RunContext context, int cores) {
    this.context = context;
    this.cores = cores;
  }

  /** Something to do for a file, and whether that is all. */
  record FileWork(PlannedFile file, Work work, boolean split) {
    /**
     * The longest first. No two are in the same place: a task that is started again must find every
     * item where it was.
     */
    String place() {
      return HexFormat.of().toHexDigits(Long.MAX_VALUE - work.nanos())
          + file.file().path()
          + work.piece().map(piece -> "\0" + piece).orElse("");
    }
  }

  /** What doing it has given: of a piece the piece, otherwise the file. */
  record Done(
      PlannedFile file,
      boolean split,
      Optional<ScannedFile> scanned,
      Optional<ScannedPiece> piece) {}

  /** Reads the files of the plan that have to be read. */
  public JavaRDD<ScannedFile> digest(JavaRDD<PlannedFile> plan) {
    JavaRDD<PlannedFile> toRead = plan.filter(file -> file.carried().isEmpty());
    ReadingTime time = Storages.isLocal(context.hub()) ? ReadingTime.LOCAL : ReadingTime.REMOTE;
    long nanos =
        toRead
            .mapToDouble(file -> time.ofFile(file.file().size(), file.series()))
            .sum()
            .longValue();
    long fairShare = nanos / cores;
    JavaRDD<FileWork> longestFirst =
        context
            .kept()
            .keep(
                toRead
                    .flatMap(file -> works(file, time, fairShare).iterator())
                    .sortBy(FileWork::place, true, plan.getNumPartitions()));
    JavaRDD<Done> done = done(packed(longestFirst));
    return longestFirst.filter(FileWork::split).isEmpty()
        ? done.map(each -> each.scanned().orElseThrow())
        : joined(context.kept().keep(done));
  }

  private static List<FileWork> works(PlannedFile file, ReadingTime time, long fairShare) {
    List<Work> works = Work.of(file.file().size(), file.series(), time, fairShare);
    return works.stream().map(work -> new FileWork(file, work, works.size() > 1)).toList();
  }

  private JavaRDD<Done> done(JavaRDD<FileWork> works) {
    String storage = context.hub();
    String by = context.run().id();
    DigestJournal written = context.journal();
    DigestProgress counted = context.progress();
    Clock time = context.clock();
    Instant begun = now(time);
    return works.mapPartitions(
        each -> {
          long began = System.nanoTime();
          Storage files = HubStorage.forTask(storage);
          TaskContext task = TaskContext.get();
          JournaledScans journaled =
              new JournaledScans(
                  each,
                  work -> {
                    // Pieces may be read before the whole: no reading of them begins before this.
                    Instant from = work.split() ? begun : now(time);
                    return done(files, work, new DigestOrigin(by, from), counted);
                  },
                  written.part(task.partitionId()));
          task.addTaskCompletionListener(
              context -> {
                // What a task that is ended in the middle has read is read.
                journaled.flush();
                counted.task(Duration.ofNanos(System.nanoTime() - began));
              });
          return journaled;
        });
  }

  private static Instant now(Clock clock) {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  private static Done done(
      Storage storage, FileWork work, DigestOrigin origin, DigestProgress progress) {
    PlannedFile file = work.file();
    if (work.work().piece().isPresent()) {
      ScannedPiece scanned =
          FileScanner.scanPiece(storage, file.file(), work.work().piece().get(), progress::bytes);
      return new Done(file, true, Optional.empty(), Optional.of(scanned));
    }
    ScannedFile scanned =
        FileScanner.scan(storage, file.file(), work.work().series(), progress::bytes);
    progress.file();
    ScannedFile compared = file.compared(scanned.from(origin));
    return new Done(file, work.split(), Optional.of(compared), Optional.empty());
  }

  /** Puts together what belongs to a file that was split. */
  private static JavaRDD<ScannedFile> joined(JavaRDD<Done> done) {
    JavaRDD<ScannedFile> whole =
        done.filter(each -> !each.split()).map(each -> each.scanned().orElseThrow());
    return whole.union(
        done.filter(Done::split)
            .keyBy(each -> each.file().file().path())
            .groupByKey()
            .values()
            .map(DigestStage::joined));
  }

  private static ScannedFile joined(Iterable<Done> parts) {
    List<ScannedPiece> pieces = new ArrayList<>();
    List<Done> wholes = new ArrayList<>();
    for (Done each : parts) {
      each.piece().ifPresent(pieces::add);
      if (each.scanned().isPresent()) {
        wholes.add(each);
      }
    }
    Done whole = wholes.get(0);
    PlannedFile file = whole.file();
    return ScannedPiece.joined(file.file(), whole.scanned().orElseThrow(), pieces, file.series());
  }

  /**
   * The work in tasks of about equal length; within each, and from one to the next, in its order.
   */
  private JavaRDD<FileWork> packed(JavaRDD<FileWork> work) {
    List<Long> parts = work.mapPartitions(each -> List.of(nanos(each)).iterator()).collect();
    List<Long> before = new ArrayList<>();
    long total = 0;
    for (long nanos : parts) {
      before.add(total);
      total += nanos;
    }
    long task = Math.max(LEAST_NANOS_OF_A_TASK, total / ((long) cores * TASKS_A_CORE) + 1);
    JavaRDD<Tuple2<Integer, FileWork>> placed =
        work.mapPartitionsWithIndex((index, each) -> placed(each, before.get(index), task), true);
    return JavaPairRDD.fromJavaRDD(placed)
        .partitionBy(new TaskPartitioner((int) (total / task) + 1))
        .values();
  }

  private static long nanos(Iterator<FileWork> works) {
    long sum = 0;
    while (works.hasNext()) {
      sum += works.next().work().nanos();
    }
    return sum;
  }

  /**
   * Of equally long work the order is chance, and must not be where it is placed anew since an
   * executor was lost: what is done already would be done again, and the rest not at all.
   */
  static Iterator<Tuple2<Integer, FileWork>> placed(
      Iterator<FileWork> works, long before, long task) {
    List<FileWork> inOrder = new ArrayList<>();
    works.forEachRemaining(inOrder::add);
    inOrder.sort(IN_ORDER);
    List<Tuple2<Integer, FileWork>> placed = new ArrayList<>();
    long nanos = before;
    for (FileWork each : inOrder) {
      placed.add(new Tuple2<>((int) (nanos / task), each));
      nanos += each.work().nanos();
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
