package dev.weighmaster.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.gguf.GgmlType;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the types with codebooks have of their own. */
class IqCodecsTest {
  private static byte[] encode(GgmlCodec codec, float[] importance) {
    int rowBytes = HardRows.COLUMNS / codec.type().blockElements() * codec.type().blockBytes();
    byte[] blocks = new byte[HardRows.ROWS * rowBytes];
    for (int row = 0; row < HardRows.ROWS; row++) {
      int from = row * HardRows.COLUMNS;
      codec.encode(HardRows.weights(), from, HardRows.COLUMNS, importance, blocks, row * rowBytes);
    }
    return blocks;
  }

  @ParameterizedTest
  @EnumSource(names = {"IQ1_S", "IQ2_XXS", "IQ2_XS"})
  void theSmallestTypesRefuseToEncodeWithoutImportance(GgmlType type) {
    GgmlCodec codec = GgmlCodecs.of(type).orElseThrow();

    assertThatThrownBy(() -> codec.encode(new float[256], 0, 256, new float[0], new byte[128], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(type + " needs importance");
  }

  @Test
  void onlyIq1MHasAnEarlierVersion() {
    for (GgmlType type : GgmlType.values()) {
      List<GgmlVersion> versions =
          GgmlCodecs.versions(type).stream().map(GgmlCodec::version).toList();

      if (type == GgmlType.IQ1_M) {
        assertThat(versions).containsExactly(GgmlVersion.V0_5_0, GgmlVersion.AUGUST_2026);
      } else if (GgmlCodecs.of(type).isPresent()) {
        assertThat(versions).containsExactly(GgmlVersion.V0_5_0);
      } else {
        assertThat(versions).isEmpty();
      }
    }
  }

  /** The digests are of what the C sources of August 2026 give, compiled without contraction. */
  @ParameterizedTest
  @CsvSource({
    "false, 9de1d21aa5d283906636d25d27e1a27745321d2b91967f97383308c01c8918e0",
    "true, 37925a424e0752fb2a2ed1f21b0610e29f444bebb965a777efb9e78d430ed8e3"
  })
  void theEarlierIq1MEncodesHardRowsAsGgmlDid(boolean withImportance, String sha256) {
    GgmlCodec codec = GgmlCodecs.versions(GgmlType.IQ1_M).get(1);

    byte[] blocks = encode(codec, withImportance ? HardRows.importance() : RowWeights.NONE);

    assertThat(Sha256Hex.of(blocks)).isEqualTo(sha256);
  }

  /**
   * ggml's decoder counts every block of IQ3_S, its encoder only those that are not all zeros. So
   * after a block of zeros, what is decoded is not what was encoded: ggml's bytes, all the same.
   */
  @Test
  void iq3sPutsThePointsThatFollowABlockOfZerosInItsPlace() {
    float[] row = new float[256];
    Arrays.fill(row, 32, 64, 1);
    GgmlCodec codec = GgmlCodecs.of(GgmlType.IQ3_S).orElseThrow();
    byte[] blocks = new byte[110];

    codec.encode(row, 0, 256, RowWeights.NONE, blocks, 0);

    assertThat(Arrays.copyOfRange(blocks, 2, 10)).doesNotContain(0);
    assertThat(Arrays.copyOfRange(blocks, 10, 66)).containsOnly(0);
  }
}
