package dev.weighmaster.jobs.stage;

import dev.weighmaster.audit.PlannedFile;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.SharedContent;
import dev.weighmaster.digest.SharedScans;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storages;
import dev.weighmaster.jobs.spark.HubStorage;
import dev.weighmaster.jobs.spark.Kept;
import dev.weighmaster.jobs.spark.MappedIterator;
import dev.weighmaster.jobs.spark.PackedRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * The files of a plan that have to be read, each with the paths that lead to the same file: one of
 * them is read, and what that gives is said of all.
 */
public final class SharedReads {
  private final String hub;
  private final JavaRDD<Shared> files;
  private final Kept kept;

  private SharedReads(String hub, JavaRDD<Shared> files, Kept kept) {
    this.hub = hub;
    this.files = files;
    this.kept = kept;
  }

  /** One file of a plan, and the others that it is read for. */
  record Shared(PlannedFile reader, List<PlannedFile> others) {
    Shared {
      others = List.copyOf(others);
    }
  }

  /** What of a plan has to be read. Only local storage has links. */
  public static SharedReads of(JavaRDD<PlannedFile> plan, String hub, Kept kept) {
    JavaRDD<PlannedFile> toRead = plan.filter(file -> file.carried().isEmpty());
    if (!Storages.isLocal(hub)) {
      return new SharedReads(hub, toRead.map(file -> new Shared(file, List.of())), kept);
    }
    JavaRDD<Shared> alone =
        toRead
            .filter(planned -> !SharedContent.tells(planned.file()))
            .map(file -> new Shared(file, List.of()));
    JavaRDD<Shared> together =
        toRead
            .filter(planned -> SharedContent.tells(planned.file()))
            .mapToPair(
                planned ->
                    new Tuple2<>(
                        SharedContent.of(planned.file(), planned.series()).toString(),
                        PackedRecord.pack(planned)))
            .groupByKey()
            .values()
            .map(SharedReads::shared);
    return new SharedReads(hub, kept.keep(alone.union(together)), kept);
  }

  private static Shared shared(Iterable<byte[]> packed) {
    List<PlannedFile> files = new ArrayList<>();
    packed.forEach(each -> files.add(PackedRecord.unpack(each, PlannedFile.class)));
    // The same one in a task that is started again.
    files.sort(Comparator.comparing(planned -> planned.file().path()));
    return new Shared(files.get(0), files.subList(1, files.size()));
  }

  /** One file for each that has to be read. */
  public JavaRDD<PlannedFile> readers() {
    return files.map(Shared::reader);
  }

  /**
   * What is said of all files, once the readers have been read.
   *
   * @param read what each of the {@link #readers} has given
   */
  public JavaRDD<ScannedFile> all(JavaRDD<ScannedFile> read) {
    JavaRDD<Shared> linked = files.filter(file -> !file.others().isEmpty());
    if (linked.isEmpty()) {
      return read;
    }
    String storage = hub;
    JavaRDD<ScannedFile> readOnce = kept.keep(read);
    JavaRDD<ScannedFile> others =
        linked
            .mapToPair(file -> new Tuple2<>(file.reader().file().path(), PackedRecord.pack(file)))
            .join(
                readOnce.mapToPair(
                    file -> new Tuple2<>(file.file().path(), PackedRecord.pack(file))))
            .values()
            .mapPartitions(
                each -> {
                  Storage files = HubStorage.forTask(storage);
                  return new MappedIterator<>(
                      each,
                      both ->
                          others(
                              files,
                              PackedRecord.unpack(both._1(), Shared.class),
                              PackedRecord.unpack(both._2(), ScannedFile.class)));
                })
            .flatMap(List::iterator);
    return readOnce.union(others);
  }

  private static List<ScannedFile> others(Storage storage, Shared shared, ScannedFile read) {
    Map<String, PlannedFile> planned =
        shared.others().stream()
            .collect(
                Collectors.toMap(file -> file.file().path(), Function.identity(), (a, b) -> a));
    Function<HubFile, ScannedFile> scan =
        file -> {
          ScannedFile scanned =
              FileScanner.scan(storage, file, shared.reader().series(), bytes -> {});
          return read.origin().map(scanned::from).orElse(scanned);
        };
    List<HubFile> files = shared.others().stream().map(PlannedFile::file).toList();
    return SharedScans.of(storage, read, files, scan).stream()
        .skip(1)
        .map(scanned -> planned.get(scanned.file().path()).compared(scanned))
        .toList();
  }
}
