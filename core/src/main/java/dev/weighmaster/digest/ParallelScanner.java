package dev.weighmaster.digest;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Scans files in this process, one on each core at a time. */
public final class ParallelScanner {
  private ParallelScanner() {}

  /**
   * What {@link FileScanner#scan} says of each file, in the files' order. What several paths lead
   * to is read once.
   *
   * @throws IOException if the thread is interrupted
   */
  public static List<ScannedFile> scan(
      Storage storage, List<HubFile> files, List<DigestSeries> series) throws IOException {
    return scan(storage, files, series, new SharedScans());
  }

  /**
   * As {@link #scan(Storage, List, List)} does, and without what was read before.
   *
   * @param before takes note of what is read
   * @throws IOException if the thread is interrupted
   */
  public static List<ScannedFile> scan(
      Storage storage, List<HubFile> files, List<DigestSeries> series, SharedScans before)
      throws IOException {
    Function<HubFile, ScannedFile> scan =
        file -> FileScanner.scan(storage, file, series, Progress.NONE);
    Map<String, Integer> places = new HashMap<>();
    files.forEach(file -> places.putIfAbsent(file.path(), places.size()));
    return each(
            SharedScans.groups(storage, files, series),
            group -> before.scan(storage, group, series, scan))
        .stream()
        .flatMap(List::stream)
        .sorted(Comparator.comparing(scanned -> places.get(scanned.file().path())))
        .toList();
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

  private static <F, T> List<T> each(List<F> files, Function<F, T> scan) throws IOException {
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
      for (F file : files) {
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
