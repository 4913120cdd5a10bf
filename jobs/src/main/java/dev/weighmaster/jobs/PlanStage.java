package dev.weighmaster.jobs;

import dev.weighmaster.audit.KnownFile;
import dev.weighmaster.audit.PlannedFile;
import dev.weighmaster.audit.Scope;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;

/** Holds tonight's inventory against what earlier runs have read, and says what is left to read. */
final class PlanStage {
  private PlanStage() {}

  /**
   * Plans every file that is no sidecar: those are read each night.
   *
   * @param series those that each repository's model signatures are granted
   * @param earlier the newest run's files
   * @param interrupted what runs that began after it have read and not published
   */
  static JavaRDD<PlannedFile> plan(
      JavaRDD<HubFile> inventory,
      JavaPairRDD<RepositoryKey, List<DigestSeries>> series,
      JavaPairRDD<RepositoryKey, KnownFile> earlier,
      JavaPairRDD<RepositoryKey, KnownFile> interrupted,
      Scope scope,
      LocalDate day) {
    return inventory
        .filter(file -> file.kind() != FileKind.SIDECAR)
        .keyBy(RepositoryKey::of)
        .cogroup(series, earlier, interrupted)
        .values()
        .flatMap(
            repository ->
                planned(
                    repository._1(),
                    repository._2(),
                    newest(repository._3()),
                    newest(repository._4()),
                    scope,
                    day));
  }

  private static Iterator<PlannedFile> planned(
      Iterable<HubFile> files,
      Iterable<List<DigestSeries>> series,
      Map<String, KnownFile> earlier,
      Map<String, KnownFile> interrupted,
      Scope scope,
      LocalDate day) {
    List<DigestSeries> asked = new ArrayList<>();
    series.forEach(asked::addAll);
    return new MappedIterator<>(
        files.iterator(),
        file ->
            PlannedFile.of(
                file,
                asked,
                Optional.ofNullable(earlier.get(file.path())),
                Optional.ofNullable(interrupted.get(file.path())),
                scope.isDue(file.path(), day)));
  }

  /** By path. Several interrupted runs can have read the same file. */
  private static Map<String, KnownFile> newest(Iterable<KnownFile> files) {
    Map<String, KnownFile> newest = new HashMap<>();
    files.forEach(
        file ->
            newest.merge(
                file.path(), file, (a, b) -> a.origin().at().isAfter(b.origin().at()) ? a : b));
    return newest;
  }
}
