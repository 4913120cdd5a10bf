package dev.weighmaster.attest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SnapshotDigestTest {
  private static String of(Map<String, String> files) {
    return SnapshotDigest.of(new TreeMap<>(files));
  }

  @Test
  void theSameFilesHaveTheSameDigestWhateverTheirOrder() {
    assertThat(of(Map.of("a", "1", "b", "2")))
        .isEqualTo(of(Map.of("b", "2", "a", "1")))
        .matches("[0-9a-f]{64}");
  }

  @Test
  void aNameADigestAFileMoreOrAFileLessMakesAnother() {
    assertThat(of(Map.of("a", "1", "b", "2")))
        .isNotEqualTo(of(Map.of("a", "1", "c", "2")))
        .isNotEqualTo(of(Map.of("a", "1", "b", "3")))
        .isNotEqualTo(of(Map.of("a", "2", "b", "1")))
        .isNotEqualTo(of(Map.of("a", "1")))
        .isNotEqualTo(of(Map.of("a", "1", "b", "2", "c", "3")));
  }

  @Test
  void aNameThatHoldsAnEntryIsNotTwoFiles() {
    assertThat(of(Map.of("a:1\n1:b", "2"))).isNotEqualTo(of(Map.of("a", "1", "b", "2")));
  }
}
