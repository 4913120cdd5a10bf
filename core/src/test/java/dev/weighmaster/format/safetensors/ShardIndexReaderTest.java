package dev.weighmaster.format.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.format.InMemoryByteSource;
import dev.weighmaster.format.MalformedWeightsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardIndexReaderTest {
  private static final String INDEX =
      """
      {
        "metadata": {"total_size": 288, "nested": [{"deep": []}]},
        "weight_map": {"b": "model-2.safetensors", "a": "parts/model-1.safetensors",
          "c": "model-2.safetensors"}
      }
      """;

  private static ShardIndex read(byte[] index) throws IOException {
    return ShardIndexReader.read(new InMemoryByteSource(index, 11));
  }

  private static ShardIndex read(String index) throws IOException {
    return read(index.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void listsEachFileOnceInOrder() throws IOException {
    assertThat(read(INDEX).files())
        .containsExactly("model-2.safetensors", "parts/model-1.safetensors");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "../model.safetensors",
        "a/../model.safetensors",
        "a/./model.safetensors",
        "/model.safetensors",
        "a//model.safetensors",
        "model.safetensors/",
        "a\\\\b",
        "C:model.safetensors",
        "s3://bucket/model.safetensors",
        "a\\u0000b",
        "a\\nb",
      })
  void refusesAFileThatIsNotBelowIt(String name) {
    assertThatThrownBy(() -> read("{\"weight_map\":{\"a\":\"%s\"}}".formatted(name)))
        .isInstanceOf(MalformedWeightsException.class)
        .hasMessageContaining("weight_map names");
  }

  @Test
  void takesAFileInTheIndexsOwnFolder() throws IOException {
    assertThat(read("{\"weight_map\":{\"a\":\"./model.safetensors\"}}").files())
        .containsExactly("model.safetensors");
  }

  @Test
  void readsAnIndexThatNamesNothing() throws IOException {
    assertThat(read("{}").files()).isEmpty();
    assertThat(read("{\"weight_map\":{}}").files()).isEmpty();
  }

  @Test
  void refusesANameWithoutEnd() {
    assertThatThrownBy(() -> read("{\"weight_map\":{\"a\":\"%s\"}}".formatted("x".repeat(2000))))
        .isInstanceOf(MalformedWeightsException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "{\"weight_map\":[]}",
        "{\"weight_map\":null}",
        "{\"weight_map\":{\"a\":1}}",
        "{\"weight_map\":{\"a\":\"b\"}",
        "{\"weight_map\":{\"a\":\"b\"}} {}",
      })
  void refusesWhatIsNoIndex(String index) {
    assertThatThrownBy(() -> read(index)).isInstanceOf(MalformedWeightsException.class);
  }

  @Test
  void refusesNestingWithoutEnd() {
    String deep = "[".repeat(200) + "]".repeat(200);

    assertThatThrownBy(() -> read("{\"metadata\":%s,\"weight_map\":{}}".formatted(deep)))
        .isInstanceOf(MalformedWeightsException.class)
        .hasMessageContaining("more than 127 deep");
  }

  @Test
  void takesWhatPythonTakesAndKeepsTheLastOfTwoEntries() throws IOException {
    assertThat(
            read("""
                    {"metadata": {"total_size": NaN, "a": -Infinity, "b": "\\ud800", "\\udc00": 1},
                     "weight_map": {"gone": "x.safetensors"},
                     "weight_map": {"a": "y.safetensors", "b": "b.safetensors",
                       "a": "a.safetensors"}}
                    """)
                .files())
        .containsExactly("a.safetensors", "b.safetensors");
  }

  @Test
  void refusesAnIndexThatIsCutOffAnywhere() {
    byte[] whole = INDEX.stripTrailing().getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> read(cut))
          .as("%d bytes", length)
          .isInstanceOf(MalformedWeightsException.class);
    }
  }

  @Test
  void throwsNothingElseWhateverBitIsFlipped() {
    byte[] whole = INDEX.getBytes(StandardCharsets.UTF_8);
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      try {
        assertThat(read(flipped).files()).hasSizeLessThan(4);
      } catch (IOException e) {
        assertThat(e).isInstanceOf(MalformedWeightsException.class);
      }
    }
  }
}
