package dev.weighmaster.jobs.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowStreamTest {
  private static final Comparator<Found> ORDER = Comparator.comparing(Found::repository);

  @TempDir private static Path folder;
  private static Path a;
  private static Path b;

  /** Some columns of {@code audit}, and one that it does not have. */
  record Found(String repository, Verdict verdict, Optional<String> later) {}

  /** As a newer version might have it, whose column must not be null. */
  record Newer(String repository, String later) {}

  @BeforeAll
  static void writeTwoRuns() throws IOException {
    a = rowsOf("2026-11-21", "acme/a", "acme/b");
    b = rowsOf("2026-11-22", "acme/c");
  }

  private static Path rowsOf(String date, String... repositories) throws IOException {
    Path table = folder.resolve(date);
    WrittenTable.RunOf run = new WrittenTable(TestSpark.session(), table).run(date);
    for (String repository : repositories) {
      run.quantization(repository, "x.gguf", Reason.OK);
    }
    run.write();
    try (Stream<Path> files = Files.walk(table.resolve(AuditTable.AUDIT))) {
      return files.filter(file -> file.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
  }

  @Test
  void theRowsOfFilesComeOneAfterTheOtherWithTheColumnsThatAreAskedFor() throws IOException {
    assertThat(read(RowStream.sorted(new Configuration(), paths(a, b), Found.class, ORDER)))
        .containsExactly(
            new Found("acme/a", Verdict.VERIFIED, Optional.empty()),
            new Found("acme/b", Verdict.VERIFIED, Optional.empty()),
            new Found("acme/c", Verdict.VERIFIED, Optional.empty()));
  }

  @Test
  void rowsThatAreNotInOrderAreRefused() {
    assertThatThrownBy(
            () -> read(RowStream.sorted(new Configuration(), paths(b, a), Found.class, ORDER)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(a.getFileName() + " are not in the order");
  }

  @Test
  void aColumnThatIsNotThereIsNull() {
    assertThatThrownBy(() -> read(RowStream.of(new Configuration(), paths(a), Newer.class)))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("can't be read: the column later is null");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.001, 0.1, 0.5, 0.9, 0.999})
  void aFileThatIsCutOffIsNamed(double kept, @TempDir Path elsewhere) throws IOException {
    byte[] whole = Files.readAllBytes(a);
    Path cut = elsewhere.resolve("part.parquet");
    Files.write(cut, Arrays.copyOf(whole, (int) (whole.length * kept)));

    assertThatThrownBy(() -> read(RowStream.of(new Configuration(), paths(cut), Found.class)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(cut + " can't be read: ");
  }

  @Test
  void aFileWithOtherBytesIsReadOrNamed(@TempDir Path elsewhere) throws IOException {
    byte[] whole = Files.readAllBytes(a);
    Random random = new Random(1);
    Path spoilt = elsewhere.resolve("part.parquet");
    int refused = 0;
    for (int i = 0; i < 300; i++) {
      byte[] bytes = whole.clone();
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(spoilt, bytes);
      try {
        assertThat(read(RowStream.of(new Configuration(), paths(spoilt), Found.class))).hasSize(2);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining(spoilt.toString());
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void aFileThatIsGoneIsNamed() {
    Path gone = folder.resolve("gone.parquet");

    assertThatThrownBy(() -> read(RowStream.of(new Configuration(), paths(gone), Found.class)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(gone + " was removed while it was read");
  }

  private static List<org.apache.hadoop.fs.Path> paths(Path... files) {
    return Stream.of(files).map(file -> new org.apache.hadoop.fs.Path(file.toUri())).toList();
  }

  private static <T extends Record> List<T> read(RowStream<T> rows) throws IOException {
    List<T> all = new ArrayList<>();
    try (rows) {
      for (Optional<T> row = rows.next(); row.isPresent(); row = rows.next()) {
        all.add(row.get());
      }
    }
    return all;
  }
}
