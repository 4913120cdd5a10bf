package dev.weighmaster.jobs.stage;

import dev.weighmaster.audit.RepositoryAudit;
import dev.weighmaster.audit.RepositoryAudit.ReadSidecar;
import dev.weighmaster.digest.DigestOrigin;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.Storage;
import dev.weighmaster.jobs.spark.ExecutorPolicy;
import dev.weighmaster.jobs.spark.HubStorage;
import dev.weighmaster.jobs.spark.MappedIterator;
import dev.weighmaster.jobs.spark.RepositoryKey;
import dev.weighmaster.jobs.spark.Spread;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.SeriesRequest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** Reads every sidecar once, and verifies every bundle in it once, on the executors. */
public final class StatementStage {
  private StatementStage() {}

  /** Reads the sidecars among the hub's files. */
  public static JavaRDD<ReadSidecar> read(JavaRDD<HubFile> inventory, RunContext context) {
    String hub = context.hub();
    String run = context.run().id();
    Broadcast<ExecutorPolicy> policy = context.policy();
    DigestProgress progress = context.progress();
    return Spread.byName(
            inventory.filter(file -> file.kind() == FileKind.SIDECAR),
            inventory.getNumPartitions(),
            HubFile::path)
        .mapPartitions(
            files ->
                read(HubStorage.forTask(hub), files, run, policy.value().verifier(), progress));
  }

  private static Iterator<ReadSidecar> read(
      Storage storage,
      Iterator<HubFile> files,
      String run,
      BundleVerifier verifier,
      DigestProgress progress) {
    return new MappedIterator<>(
        files,
        file -> {
          Instant begun = Instant.now().truncatedTo(ChronoUnit.MICROS);
          ReadSidecar read = RepositoryAudit.sidecar(storage, file, verifier, progress::bytes);
          progress.file();
          return new ReadSidecar(read.file().from(new DigestOrigin(run, begun)), read.statements());
        });
  }

  /** The series that the model signatures of each repository are granted. */
  public static JavaPairRDD<RepositoryKey, List<DigestSeries>> series(
      JavaRDD<CheckedStatement> statements, Broadcast<ExecutorPolicy> policy) {
    return statements
        .flatMapToPair(
            statement ->
                SeriesRequest.of(statement, policy.value().policy()).stream()
                    .map(request -> new Tuple2<>(RepositoryKey.of(statement), request))
                    .iterator())
        .groupByKey()
        .mapValues(StatementStage::granted);
  }

  private static List<DigestSeries> granted(Iterable<SeriesRequest> requests) {
    List<SeriesRequest> all = new ArrayList<>();
    requests.forEach(all::add);
    // Kryo knows no other list than this outside of a record.
    return new ArrayList<>(SeriesRequest.granted(all));
  }
}
