package dev.weighmaster.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.io.Storage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightsSetTest {
  private static List<Storage.Entry> files(String... paths) {
    return Stream.of(paths)
        .map(
            path ->
                new Storage.Entry(
                    path, Storage.Type.FILE, 1, Instant.EPOCH, Optional.empty(), Optional.empty()))
        .toList();
  }

  private static List<String> paths(List<Storage.Entry> files) {
    return files.stream().map(Storage.Entry::path).toList();
  }

  @Test
  void aSetIsAllPartsOfItInTheirOrder() {
    List<Storage.Entry> files =
        files(
            "o/m/a-00002-of-00002.gguf",
            "o/m/a-00001-of-00003.gguf",
            "o/m/b.gguf",
            "o/m/a-00001-of-00002.gguf",
            "o/m/in/a-00001-of-00002.gguf");

    assertThat(paths(WeightsSet.with("o/m/a-00001-of-00002.gguf", files)))
        .containsExactly("o/m/a-00001-of-00002.gguf", "o/m/a-00002-of-00002.gguf");
    assertThat(paths(WeightsSet.with("o/m/b.gguf", files))).containsExactly("o/m/b.gguf");
    assertThat(WeightsSet.with("o/m/c.gguf", files)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "m/a.gguf, m/a.gguf",
    "m/A.GGUF m/model.safetensors, m/A.GGUF",
    "m/a-00002-of-00002.gguf m/a-00001-of-00002.gguf,"
        + " m/a-00001-of-00002.gguf m/a-00002-of-00002.gguf",
    "m/model-2-of-2.safetensors m/model-1-of-2.safetensors m/x.bin,"
        + " m/model-1-of-2.safetensors m/model-2-of-2.safetensors"
  })
  void aFolderOfOneModelIsThatModel(String files, String model) {
    assertThat(WeightsSet.only(files(files.split(" "))).map(WeightsSetTest::paths))
        .contains(List.of(model.split(" ")));
  }

  @ParameterizedTest
  @CsvSource({
    "m/a.gguf m/b.gguf",
    "m/a.gguf m/in/a.gguf",
    "m/model.safetensors m/other.safetensors",
    "m/model.bin",
  })
  void ofSeveralModelsOrNoneNobodyKnowsWhichIsMeant(String files) {
    assertThat(WeightsSet.only(files(files.split(" ")))).isEmpty();
    assertThat(WeightsSet.only(List.of())).isEmpty();
  }
}
