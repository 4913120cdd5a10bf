package dev.weighmaster.jobs;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.audit.RepositoryAudit;
import dev.weighmaster.audit.RepositoryAudit.ReadSidecar;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.Storage;
import dev.weighmaster.sign.BundleVerifier;
import dev.weighmaster.sign.CheckedStatement;
import java.util.Iterator;
import java.util.Optional;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** Reads every sidecar once, and verifies every bundle in it once, on the executors. */
final class StatementStage {
  private StatementStage() {}

  /** Reads the sidecars among the hub's files. */
  static JavaRDD<ReadSidecar> read(
      JavaRDD<HubFile> inventory,
      String hub,
      Broadcast<ExecutorPolicy> policy,
      DigestProgress progress) {
    return inventory
        .filter(file -> file.kind() == FileKind.SIDECAR)
        .repartition(Math.max(1, inventory.getNumPartitions()))
        .mapPartitions(
            files -> read(HubStorage.forTask(hub), files, policy.value().verifier(), progress));
  }

  private static Iterator<ReadSidecar> read(
      Storage storage, Iterator<HubFile> files, BundleVerifier verifier, DigestProgress progress) {
    return new MappedIterator<>(
        files,
        file -> {
          ReadSidecar read = RepositoryAudit.sidecar(storage, file, verifier, progress::bytes);
          progress.file();
          return read;
        });
  }

  /** The shard sizes that the model signatures of each repository ask for. */
  static JavaPairRDD<RepositoryKey, Long> shardSizes(JavaRDD<CheckedStatement> statements) {
    return statements
        .flatMapToPair(
            statement ->
                shardSize(statement).stream()
                    .map(size -> new Tuple2<>(RepositoryKey.of(statement), size))
                    .iterator())
        .distinct();
  }

  private static Optional<Long> shardSize(CheckedStatement statement) {
    return statement.manifest().flatMap(ModelManifest::shardSize);
  }
}
