package dev.weighmaster.jobs.stage;

import dev.weighmaster.chain.EvidenceGatherer;
import dev.weighmaster.chain.RepositoryEvidence;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.jobs.spark.ExecutorPolicy;
import dev.weighmaster.jobs.spark.PackedRecord;
import dev.weighmaster.jobs.spark.RepositoryKey;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/** Brings the files and the statements of each repository together. */
public final class EvidenceStage {
  private static final Logger LOG = LoggerFactory.getLogger(EvidenceStage.class);

  private EvidenceStage() {}

  /** Gathers the evidence of every repository. */
  public static JavaRDD<RepositoryEvidence> gather(
      JavaRDD<ScannedFile> files,
      JavaRDD<CheckedStatement> statements,
      Broadcast<ExecutorPolicy> rules) {
    return files
        .mapToPair(file -> new Tuple2<>(RepositoryKey.of(file.file()), PackedRecord.pack(file)))
        .cogroup(
            statements.mapToPair(
                each -> new Tuple2<>(RepositoryKey.of(each), PackedRecord.pack(each))))
        .map(
            repository ->
                gather(
                    repository._1(),
                    list(repository._2()._1(), ScannedFile.class),
                    list(repository._2()._2(), CheckedStatement.class),
                    rules.value().policy()));
  }

  private static RepositoryEvidence gather(
      RepositoryKey key,
      List<ScannedFile> files,
      List<CheckedStatement> statements,
      TrustPolicy policy) {
    try {
      return EvidenceGatherer.gather(key.repository(), key.revision(), files, statements, policy);
    } catch (RuntimeException e) {
      // A fault of ours in one hostile repository must not cost the rows of all others.
      LOG.error("the evidence of {} can't be gathered", key, e);
      return RepositoryEvidence.unjudged(
          key.repository(),
          key.revision(),
          new Problem(Reason.IO_ERROR, "the repository can't be judged: " + e));
    }
  }

  private static <T extends Record> List<T> list(Iterable<byte[]> packed, Class<T> type) {
    List<T> list = new ArrayList<>();
    packed.forEach(each -> list.add(PackedRecord.unpack(each, type)));
    return list;
  }
}
