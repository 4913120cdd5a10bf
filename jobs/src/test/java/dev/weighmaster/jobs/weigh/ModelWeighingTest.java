package dev.weighmaster.jobs.weigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.imatrix.LegacyImatrixFile;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher.Depth;
import dev.weighmaster.weigh.Weighing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelWeighingTest {
  private static final WeighableModel MODEL = new WeighableModel("b", "a", "c");

  @TempDir private Path folder;
  private Path quantization;
  private Path source;

  @BeforeEach
  void write() throws IOException {
    quantization = MODEL.write(folder.resolve("q.gguf"), GgmlType.Q4_K);
    source = MODEL.write(folder.resolve("f16.gguf"), GgmlType.F16);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16})
  void tensorsAreInTheFilesOrderWhateverThreadEndsFirst(int threads) throws IOException {
    AtomicLong read = new AtomicLong();
    try (WeighedModel weighed = WeighedModel.quantization(quantization.toString());
        WeighedModel of = WeighedModel.source(source.toString())) {
      ModelWeighing weighing = weighing(weighed, of, List.of());

      Weighing result = weighing.execute(threads, read::addAndGet);

      assertThat(result.tensors())
          .extracting(TensorWeighing::name)
          .containsExactly("b", "a", "c", WeighableModel.NORM);
      assertThat(result.level()).isEqualTo(Level.EXACT);
      assertThat(read).hasValue(weighing.bytes()).hasPositiveValue();
    }
  }

  @Test
  void whatIsReadTwiceIsNoProgress() throws IOException {
    MODEL.write(quantization, GgmlType.Q4_K, WeighableModel.importance());
    AtomicLong read = new AtomicLong();
    try (WeighedModel weighed = WeighedModel.quantization(quantization.toString());
        WeighedModel of = WeighedModel.source(source.toString())) {
      ModelWeighing weighing = weighing(weighed, of, List.of());

      assertThat(weighing.execute(2, read::addAndGet).level()).isEqualTo(Level.EQUIVALENT);
      assertThat(read).hasValue(weighing.bytes());
    }
  }

  @Test
  void aFileThatChangesMeanwhileEndsTheWeighing() throws IOException {
    try (WeighedModel weighed = WeighedModel.quantization(quantization.toString());
        WeighedModel of = WeighedModel.source(source.toString())) {
      ModelWeighing weighing = weighing(weighed, of, List.of());

      assertThatThrownBy(() -> weighing.execute(2, bytes -> append(source)))
          .isInstanceOfSatisfying(
              UnreadableModelException.class,
              e -> assertThat(e.problem().reason()).isEqualTo(Reason.CHANGED_DURING_READ));
    }
  }

  @Test
  void filesAreHashedMeanwhile() throws IOException {
    List<Path> parts = MODEL.split(folder, "set", GgmlType.Q4_K);
    AtomicLong read = new AtomicLong();
    try (WeighedModel weighed = WeighedModel.quantization(parts.get(1).toString());
        WeighedModel of = WeighedModel.source(source.toString())) {
      ModelWeighing weighing = weighing(weighed, of, weighed.files());

      weighing.execute(2, read::addAndGet);

      assertThat(weighed.files()).extracting(WeighedFile::size).allMatch(size -> size > 500);
      assertThat(weighed.files())
          .extracting(file -> file.sha256().orElseThrow())
          .containsExactly(sha256(parts.get(0)), sha256(parts.get(1)), sha256(parts.get(2)));
      assertThat(of.files()).extracting(WeighedFile::sha256).containsExactly(Optional.empty());
      assertThat(read).hasValue(weighing.bytes());
    }
  }

  @Test
  void noDigestIsOfAnotherVersionThanTheOneThatIsWeighed() throws IOException {
    Path imatrix =
        Files.write(
            folder.resolve("imatrix.dat"),
            LegacyImatrixFile.of("other", WeighableModel.importance()));
    try (WeighedModel weighed = WeighedModel.quantization(quantization.toString());
        WeighedModel of = WeighedModel.source(source.toString());
        Imatrices imatrices = Imatrices.given(imatrix.toString())) {
      append(imatrix);
      ModelWeighing weighing =
          new ModelWeighing(weighed, of, imatrices, Depth.EXACT, imatrices.files());

      assertThatThrownBy(() -> weighing.execute(2, WeighProgress.SILENT))
          .isInstanceOfSatisfying(
              UnreadableModelException.class,
              e -> assertThat(e.problem().reason()).isEqualTo(Reason.CHANGED_DURING_READ));
    }
  }

  private static String sha256(Path file) {
    try {
      return Sha256Hex.of(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ModelWeighing weighing(
      WeighedModel quantization, WeighedModel source, List<WeighedFile> digested) {
    return new ModelWeighing(quantization, source, Imatrices.none(), Depth.EXACT, digested);
  }

  private static void append(Path file) {
    try {
      Files.write(file, new byte[1], StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
