package dev.weighmaster.jobs.weigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.format.gguf.GgmlType;
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
      ModelWeighing weighing = new ModelWeighing(weighed, of, Imatrices.none(), Depth.EXACT);

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
      ModelWeighing weighing = new ModelWeighing(weighed, of, Imatrices.none(), Depth.EXACT);

      assertThat(weighing.execute(2, read::addAndGet).level()).isEqualTo(Level.EQUIVALENT);
      assertThat(read).hasValue(weighing.bytes());
    }
  }

  @Test
  void aFileThatChangesMeanwhileEndsTheWeighing() throws IOException {
    try (WeighedModel weighed = WeighedModel.quantization(quantization.toString());
        WeighedModel of = WeighedModel.source(source.toString())) {
      ModelWeighing weighing = new ModelWeighing(weighed, of, Imatrices.none(), Depth.EXACT);

      assertThatThrownBy(() -> weighing.execute(2, bytes -> append(source)))
          .isInstanceOfSatisfying(
              UnreadableModelException.class,
              e -> assertThat(e.problem().reason()).isEqualTo(Reason.CHANGED_DURING_READ));
    }
  }

  private static void append(Path file) {
    try {
      Files.write(file, new byte[1], StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
