package dev.weighmaster.jobs.stage;

import java.io.Serializable;
import java.time.Duration;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.executor.InputMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Counts on the executors what the driver shows while the files are read.
 *
 * <p>Spark adds up an accumulator when a task ends; what running tasks have counted so far comes
 * with the executors' heartbeats.
 */
public final class DigestProgress implements Serializable, AutoCloseable {
  private static final long serialVersionUID = 1L;

  private final LongAccumulator files;
  private final LongAccumulator bytes;
  private final CollectionAccumulator<Long> tasks;
  private final transient SparkContext context;
  private final transient SparkListener listener;
  private transient volatile long expectedFiles;
  private transient volatile long expectedBytes;
  private transient long began;
  private transient long ended;
  private final transient AtomicLong failedTasks = new AtomicLong();

  private DigestProgress(SparkContext context, AuditProgress progress) {
    this.context = context;
    files = context.longAccumulator("files read");
    bytes = context.longAccumulator("bytes read");
    tasks = context.collectionAccumulator("milliseconds of a task");
    listener = new Heartbeats(progress);
  }

  /** Counts, and tells the listener, until it is closed. */
  public static DigestProgress reporting(SparkContext context, AuditProgress progress) {
    DigestProgress counted = new DigestProgress(context, progress);
    context.addSparkListener(counted.listener);
    return counted;
  }

  /** Says how much there will be. */
  public void expect(long fileCount, long byteCount) {
    expectedFiles = fileCount;
    expectedBytes = byteCount;
  }

  /** One file was read to its end, or as far as it could be. */
  void file() {
    files.add(1L);
    input().ifPresent(input -> input.incRecordsRead(1));
  }

  void bytes(long count) {
    bytes.add(count);
    input().ifPresent(input -> input.incBytesRead(count));
  }

  /** What Spark's pages and metrics show as the input of the task that runs on this thread. */
  private static Optional<InputMetrics> input() {
    return Optional.ofNullable(TaskContext.get()).map(task -> task.taskMetrics().inputMetrics());
  }

  /** A task that has read files has ended. */
  void task(Duration time) {
    tasks.add(time.toMillis());
  }

  /** What was expected, in words. */
  public String expected() {
    return expectedFiles + " files, " + (expectedBytes >> 20) + " MiB";
  }

  /** Starts the clock of {@link #digestTime}. */
  public void digestsBegin() {
    began = System.nanoTime();
  }

  /** Stops the clock of {@link #digestTime}. */
  public void digestsEnd() {
    ended = System.nanoTime();
  }

  /** From the beginning of the digests to their end, on all cores together. */
  public Duration digestTime() {
    return Duration.ofNanos(ended - began);
  }

  /** So many bytes in that time. */
  public long perSecond(long digested) {
    return (long) (digested / Math.max(1e-3, digestTime().toMillis() / 1e3));
  }

  /** The longest task over the mean of all, 0 without any. */
  public double skew() {
    LongSummaryStatistics times =
        tasks.value().stream().mapToLong(Long::longValue).summaryStatistics();
    return times.getMax() <= 0 ? 0 : times.getMax() / times.getAverage();
  }

  /** Tasks that have failed, and were started again. */
  public long failedTasks() {
    return failedTasks.get();
  }

  @Override
  public void close() {
    context.removeSparkListener(listener);
  }

  private final class Heartbeats extends SparkListener {
    private final AuditProgress progress;
    private final Map<Long, long[]> running = new ConcurrentHashMap<>();

    Heartbeats(AuditProgress progress) {
      this.progress = progress;
    }

    @Override
    public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
      CollectionConverters.asJava(update.accumUpdates())
          .forEach(
              task -> {
                long[] counted = new long[2];
                CollectionConverters.asJava(task._4())
                    .forEach(
                        accumulable -> {
                          if (accumulable.update().isDefined()
                              && accumulable.update().get() instanceof Long count) {
                            if (accumulable.id() == files.id()) {
                              counted[0] = count;
                            } else if (accumulable.id() == bytes.id()) {
                              counted[1] = count;
                            }
                          }
                        });
                running.put((Long) task._1(), counted);
              });
      report();
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      running.remove(end.taskInfo().taskId());
      if (end.taskInfo().failed()) {
        failedTasks.incrementAndGet();
      }
      report();
    }

    private void report() {
      if (expectedFiles == 0) {
        return;
      }
      long filesRead = files.value();
      long bytesRead = bytes.value();
      for (long[] counted : running.values()) {
        filesRead += counted[0];
        bytesRead += counted[1];
      }
      // A task that ran twice has counted twice.
      progress.read(
          Math.min(filesRead, expectedFiles),
          expectedFiles,
          Math.min(bytesRead, expectedBytes),
          expectedBytes);
    }
  }
}
