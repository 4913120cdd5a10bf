package dev.weighmaster.jobs.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.audit.PlannedFile;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.spark.Kept;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedReadsTest {
  @TempDir private Path hub;

  @Test
  void aLinkThatIsPointedElsewhereAfterTheListingGivesNoOtherPathItsDigest() throws Exception {
    Path link = hub.resolve("aaa/m/link.gguf");
    Path file = hub.resolve("honest/m/a.gguf");
    Path other = hub.resolve("aaa/m/other.bin");
    Files.createDirectories(link.getParent());
    Files.createDirectories(file.getParent());
    Files.writeString(file, "weights");
    Files.createLink(hub.resolve("honest/m/b.gguf"), file);
    Files.writeString(other, "other bytes");
    Files.createSymbolicLink(link, Path.of("../../honest/m/a.gguf"));

    Map<String, String> digests;
    try (Storage storage = new LocalStorage(hub);
        Kept kept = new Kept()) {
      List<PlannedFile> listed = new ArrayList<>();
      for (Repository repository : Inventory.repositories(storage)) {
        for (HubFile each : Inventory.files(storage, repository)) {
          listed.add(new PlannedFile(each, List.of(), Optional.empty(), Optional.empty()));
        }
      }
      JavaSparkContext spark =
          JavaSparkContext.fromSparkContext(TestSpark.session().sparkContext());
      SharedReads reads = SharedReads.of(spark.parallelize(listed), hub.toString(), kept);
      Files.delete(link);
      Files.createSymbolicLink(link, Path.of("other.bin"));
      List<ScannedFile> read =
          reads.readers().collect().stream()
              .map(each -> FileScanner.scan(storage, each.file(), List.of(), Progress.NONE))
              .toList();
      JavaRDD<ScannedFile> all = reads.all(spark.parallelize(read));
      digests =
          all.collect().stream()
              .collect(
                  Collectors.toMap(
                      each -> each.file().path(), each -> each.sha256().orElseThrow()));
    }

    String own = Sha256Hex.of(Files.readAllBytes(file));
    String foreign = Sha256Hex.of(Files.readAllBytes(other));
    assertThat(digests)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "aaa/m/link.gguf", foreign,
                "aaa/m/other.bin", foreign,
                "honest/m/a.gguf", own,
                "honest/m/b.gguf", own));
  }
}
