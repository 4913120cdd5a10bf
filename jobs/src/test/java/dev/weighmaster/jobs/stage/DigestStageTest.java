package dev.weighmaster.jobs.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.audit.PlannedFile;
import dev.weighmaster.audit.Run;
import dev.weighmaster.audit.Scope;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.Work;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.HubIdentity;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storages;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.spark.ExecutorPolicy;
import dev.weighmaster.jobs.spark.Kept;
import dev.weighmaster.jobs.stage.DigestStage.FileWork;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestStageTest {
  private static final int MIB = 1 << 20;

  @TempDir private Path folder;

  @Test
  void aHugeFileIsHashedInPiecesToWhatOnePassGives() throws Exception {
    Path weights = Files.createDirectories(folder.resolve("hub/acme/huge")).resolve("model.bin");
    try (RandomAccessFile sparse = new RandomAccessFile(weights.toFile(), "rw")) {
      sparse.setLength(320L * MIB + 7);
      sparse.seek(200L * MIB);
      sparse.writeUTF("something");
    }
    String hub = folder.resolve("hub").toString();
    HubFile file;
    ScannedFile inOnePass;
    List<DigestSeries> series = List.of(new DigestSeries(HashType.BLAKE3, Optional.of(16L * MIB)));
    try (Storage storage = Storages.open(hub)) {
      file = Inventory.files(storage, Inventory.repositories(storage).get(0)).get(0);
      inOnePass = FileScanner.scan(storage, file, series, Progress.NONE);
    }
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(TestSpark.session().sparkContext());
    PlannedFile planned = new PlannedFile(file, series, Optional.empty(), Optional.empty());
    DigestJournal journal =
        new DigestJournal(folder.resolve("journal").toString(), HubIdentity.of(hub), "run");

    List<ScannedFile> read;
    try (DigestProgress progress = DigestProgress.reporting(spark.sc(), AuditProgress.SILENT);
        Kept kept = new Kept()) {
      RunContext context =
          new RunContext(
              spark,
              new Run("run", LocalDate.parse("2026-11-22"), Instant.EPOCH, hub),
              spark.broadcast(new ExecutorPolicy(Optional.empty())),
              Optional.empty(),
              Scope.CHANGED,
              journal,
              progress,
              kept,
              Clock.systemUTC());
      read = new DigestStage(context, 2).digest(spark.parallelize(List.of(planned))).collect();
    }

    assertThat(read).hasSize(1);
    assertThat(read.get(0).sha256()).isEqualTo(inOnePass.sha256());
    assertThat(read.get(0).findings()).isEqualTo(inOnePass.findings());
    assertThat(read.get(0).origin().orElseThrow().run()).isEqualTo("run");
    assertThat(read.get(0).reading().bytes())
        .as("once for the file's own digest, once for its shards'")
        .isEqualTo(2 * file.size());
  }

  @Test
  void equallyLongWorkIsPlacedAlikeInWhateverOrderItComes() {
    List<FileWork> works = Stream.of("a", "b", "c", "d").map(DigestStageTest::work).toList();
    List<FileWork> reversed = new ArrayList<>(works);
    Collections.reverse(reversed);

    assertThat(placed(reversed)).isEqualTo(placed(works)).hasSize(4);
  }

  private static Map<String, Integer> placed(List<FileWork> works) {
    Map<String, Integer> tasks = new HashMap<>();
    DigestStage.placed(works.iterator(), 0, 200)
        .forEachRemaining(each -> tasks.put(each._2().file().file().path(), each._1()));
    return tasks;
  }

  private static FileWork work(String path) {
    HubFile file =
        new HubFile(
            "acme/m",
            "",
            path,
            path,
            7,
            FileKind.OTHER,
            Optional.empty(),
            Instant.EPOCH,
            Optional.empty(),
            false);
    return new FileWork(
        new PlannedFile(file, List.of(), Optional.empty(), Optional.empty()),
        new Work(List.of(), Optional.empty(), 100),
        false);
  }
}
