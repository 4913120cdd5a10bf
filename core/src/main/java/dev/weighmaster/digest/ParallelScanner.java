package dev.weighmaster.digest;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Scans files in this process, one on each core at a time. */
public final class ParallelScanner {
  private ParallelScanner() {}

  /**
   * What {@link FileScanner#scan} says of each file, in the files' order.
   *
   * @throws IOException if the thread is interrupted
   */
  public static List<ScannedFile> scan(
      Storage storage, List<HubFile> files, List<DigestSeries> series) throws IOException {
    return each(files, file -> FileScanner.scan(storage, file, series, Progress.NONE));
  }

  /**
   * What {@link FileScanner#scanSharded} says of each file, in the files' order.
   *
   * @throws IOException if the thread is interrupted
   */
  public static List<ShardedFile> scanSharded(
      Storage storage, List<HubFile> files, DigestSeries series) throws IOException {
    return each(files, file -> FileScanner.scanSharded(storage, file, series, Progress.NONE));
  }

  private static <T> List<T> each(List<HubFile> files, Function<HubFile, T> scan)
      throws IOException {
    ExecutorService cores =
        Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            task -> {
              Thread thread = new Thread(task, "weighmaster-digest");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<T>> pending = new ArrayList<>();
      for (HubFile file : files) {
        pending.add(cores.submit(() -> scan.apply(file)));
      }
      List<T> scanned = new ArrayList<>();
      for (Future<T> file : pending) {
        scanned.add(file.get());
      }
      return scanned;
    } catch (ExecutionException e) {
      throw new IllegalStateException("reading a file must end in a row, not in this", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while reading", e);
    } finally {
      cores.shutdownNow();
    }
  }
}
