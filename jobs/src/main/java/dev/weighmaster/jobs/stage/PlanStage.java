package dev.weighmaster.jobs.stage;

import dev.weighmaster.audit.KnownFile;
import dev.weighmaster.audit.PlannedFile;
import dev.weighmaster.audit.Scope;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.jobs.spark.MappedIterator;
import dev.weighmaster.jobs.spark.PackedRecord;
import dev.weighmaster.jobs.spark.RepositoryKey;
import dev.weighmaster.jobs.table.EarlierRun;
import dev.weighmaster.signature.CheckedStatement;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Compares this run's inventory with what earlier runs have read, and decides what must be read.
 */
public final class PlanStage {
  private PlanStage() {}

  /**
   * Plans every file that is no sidecar: those are read each night.
   *
   * <p>What was read by the run that this one builds on, or after it by one that was interrupted,
   * is not read again.
   *
   * @throws IOException if what an interrupted run has left can't be listed
   */
  public static JavaRDD<PlannedFile> plan(
      JavaRDD<HubFile> inventory, JavaRDD<CheckedStatement> statements, RunContext context)
      throws IOException {
    Scope scope = context.scope();
    LocalDate day = context.run().date();
    Optional<EarlierRun> before = context.earlier();
    JavaPairRDD<RepositoryKey, KnownFile> earlier =
        before
            .map(EarlierRun::knownFiles)
            .orElseGet(() -> JavaPairRDD.fromJavaRDD(context.spark().emptyRDD()));
    JavaPairRDD<RepositoryKey, KnownFile> interrupted =
        context
            .journal()
            .knownFiles(
                context.spark(),
                before.map(EarlierRun::startedAt).orElse(Instant.EPOCH),
                before.map(EarlierRun::id));
    return inventory
        .filter(file -> file.kind() != FileKind.SIDECAR)
        .mapToPair(file -> new Tuple2<>(RepositoryKey.of(file), PackedRecord.pack(file)))
        .cogroup(
            StatementStage.series(statements, context.policy()),
            earlier.mapValues(PackedRecord::pack),
            interrupted.mapValues(PackedRecord::pack))
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
      Iterable<byte[]> files,
      Iterable<List<DigestSeries>> series,
      Map<String, KnownFile> earlier,
      Map<String, KnownFile> interrupted,
      Scope scope,
      LocalDate day) {
    List<DigestSeries> asked = new ArrayList<>();
    series.forEach(asked::addAll);
    return new MappedIterator<>(
        files.iterator(),
        packed -> {
          HubFile file = PackedRecord.unpack(packed, HubFile.class);
          return PlannedFile.of(
              file,
              asked,
              Optional.ofNullable(earlier.get(file.path())),
              Optional.ofNullable(interrupted.get(file.path())),
              scope.isDue(file.path(), day));
        });
  }

  /** By path. Several interrupted runs can have read the same file. */
  private static Map<String, KnownFile> newest(Iterable<byte[]> files) {
    Map<String, KnownFile> newest = new HashMap<>();
    for (byte[] packed : files) {
      KnownFile file = PackedRecord.unpack(packed, KnownFile.class);
      newest.merge(file.path(), file, (a, b) -> a.origin().at().isAfter(b.origin().at()) ? a : b);
    }
    return newest;
  }
}
