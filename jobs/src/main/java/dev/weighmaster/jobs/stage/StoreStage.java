package dev.weighmaster.jobs.stage;

import dev.weighmaster.audit.AttestationStore;
import dev.weighmaster.audit.RepositoryAudit;
import dev.weighmaster.audit.RepositoryAudit.ReadSidecar;
import dev.weighmaster.chain.SubjectKey;
import dev.weighmaster.chain.SubjectKeys;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.Storage;
import dev.weighmaster.jobs.spark.Durable;
import dev.weighmaster.jobs.spark.ExecutorPolicy;
import dev.weighmaster.jobs.spark.HubStorage;
import dev.weighmaster.jobs.spark.MappedIterator;
import dev.weighmaster.jobs.spark.RepositoryKey;
import dev.weighmaster.jobs.spark.Spread;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Reads the sidecars that are stored away from the weights, and brings each statement to the
 * repositories whose files it covers, by joins on digests.
 *
 * @param uri of the folder that holds them
 * @param places what lies at its root
 */
public record StoreStage(String uri, List<String> places) {

  /** A statement among all of the store's. */
  record StatementKey(String sidecar, int line) {
    static StatementKey of(CheckedStatement statement) {
      return new StatementKey(statement.name(), statement.line());
    }
  }

  /**
   * A repository that a statement covers.
   *
   * @param keys by which it was found
   */
  record Place(RepositoryKey repository, List<SubjectKey> keys) {
    CheckedStatement place(CheckedStatement statement, TrustPolicy policy) {
      return SubjectKeys.in(
          statement, repository.repository(), repository.revision(), Set.copyOf(keys), policy);
    }
  }

  /**
   * The store's statements.
   *
   * @param matched each as one of every repository that it covers
   * @param unmatched those of which the hub holds nothing, or that can't be read
   */
  public record KeptStatements(
      JavaRDD<CheckedStatement> matched, JavaRDD<CheckedStatement> unmatched) {}

  /**
   * Lists the store's root.
   *
   * @throws IOException if that can't be done, with a message for the person who named it
   */
  public static StoreStage list(String uri) throws IOException {
    try (Storage storage = HubStorage.open(uri)) {
      return new StoreStage(uri, AttestationStore.places(storage));
    } catch (IOException | RuntimeException e) {
      // Hadoop's own are unchecked where a file system's classes or settings are missing.
      throw AttestationStore.unlistable(uri, e);
    }
  }

  /** Reads and verifies every sidecar once, and finds the repositories that each covers. */
  public KeptStatements match(JavaRDD<ScannedFile> files, RunContext context) {
    Broadcast<ExecutorPolicy> policy = context.policy();
    JavaPairRDD<StatementKey, CheckedStatement> statements =
        context.kept().keep(read(context).keyBy(StatementKey::of));
    JavaPairRDD<StatementKey, Place> places = context.kept().keep(places(statements, files));
    return new KeptStatements(
        statements
            .join(places)
            .values()
            .map(found -> found._2().place(found._1(), policy.value().verifier().policy())),
        statements.subtractByKey(places).values());
  }

  private static JavaPairRDD<StatementKey, Place> places(
      JavaPairRDD<StatementKey, CheckedStatement> statements, JavaRDD<ScannedFile> files) {
    return statements
        .flatMapToPair(
            each ->
                SubjectKeys.of(each._2()).stream()
                    .map(key -> new Tuple2<>(key, each._1()))
                    .iterator())
        .join(repositories(files))
        .mapToPair(found -> new Tuple2<>(found._2(), found._1()))
        .groupByKey()
        .mapToPair(
            found -> new Tuple2<>(found._1()._1(), new Place(found._1()._2(), list(found._2()))));
  }

  private static List<SubjectKey> list(Iterable<SubjectKey> keys) {
    List<SubjectKey> list = new ArrayList<>();
    keys.forEach(list::add);
    return list;
  }

  private JavaRDD<CheckedStatement> read(RunContext context) {
    JavaSparkContext spark = context.spark();
    Broadcast<ExecutorPolicy> policy = context.policy();
    String store = uri;
    int tasks = spark.defaultParallelism() * 4;
    JavaRDD<HubFile> sidecars =
        spark
            .parallelize(places, Math.max(1, Math.min(places.size(), tasks)))
            .mapPartitions(found -> sidecars(HubStorage.forTask(store), found));
    return Durable.listing(Spread.byName(sidecars, tasks, HubFile::path), context.kept())
        .mapPartitions(found -> read(HubStorage.forTask(store), found, policy.value().verifier()))
        .flatMap(sidecar -> sidecar.statements().iterator());
  }

  private static Iterator<HubFile> sidecars(Storage storage, Iterator<String> places) {
    List<HubFile> found = new ArrayList<>();
    places.forEachRemaining(place -> found.addAll(AttestationStore.sidecars(storage, place)));
    return found.iterator();
  }

  private static Iterator<ReadSidecar> read(
      Storage storage, Iterator<HubFile> sidecars, BundleVerifier verifier) {
    return new MappedIterator<>(
        sidecars, file -> RepositoryAudit.sidecar(storage, file, verifier, Progress.NONE));
  }

  /** Every repository, by each key that it answers to. */
  private static JavaPairRDD<SubjectKey, RepositoryKey> repositories(JavaRDD<ScannedFile> files) {
    return files
        .keyBy(file -> RepositoryKey.of(file.file()))
        .groupByKey()
        .flatMapToPair(
            repository -> {
              List<ScannedFile> found = new ArrayList<>();
              repository._2().forEach(found::add);
              return SubjectKeys.of(found).stream()
                  .map(key -> new Tuple2<>(key, repository._1()))
                  .iterator();
            });
  }
}
