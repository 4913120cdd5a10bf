package dev.weighmaster.jobs;

import dev.weighmaster.chain.RepositoryEvidence;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.sign.CheckedStatement;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/** Brings the files and the statements of each repository together. */
final class EvidenceStage {
  private EvidenceStage() {}

  /** Gathers the evidence of every repository. */
  static JavaRDD<RepositoryEvidence> gather(
      JavaRDD<ScannedFile> files, JavaRDD<CheckedStatement> statements) {
    return files
        .keyBy(file -> RepositoryKey.of(file.file()))
        .cogroup(statements.keyBy(RepositoryKey::of))
        .map(
            repository ->
                RepositoryEvidence.of(
                    repository._1().repository(),
                    repository._1().revision(),
                    list(repository._2()._1()),
                    list(repository._2()._2())));
  }

  private static <T> List<T> list(Iterable<T> items) {
    List<T> list = new ArrayList<>();
    items.forEach(list::add);
    return list;
  }
}
