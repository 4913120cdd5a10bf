package dev.weighmaster.attest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.HashType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ModelManifestTest {
  private static final Resource SHARD = new Resource("a", 0, Optional.of(64L), "b".repeat(64));
  private static final ModelManifest MANIFEST =
      new ModelManifest(
          "a".repeat(64),
          HashType.BLAKE2B,
          Optional.of(64L),
          true,
          List.of("notes.txt"),
          List.of(SHARD));

  @Test
  void filesAreHashedAsItsResourcesWere() {
    assertThat(MANIFEST.series()).isEqualTo(new DigestSeries(HashType.BLAKE2B, Optional.of(64L)));
  }

  @Test
  void onceItsResourcesAreComparedOnlyTheKeptOnesAreAskedFor() {
    assertThat(MANIFEST.compared(List.of()))
        .isEqualTo(
            new ModelManifest(
                "a".repeat(64), HashType.BLAKE2B, Optional.of(64L), true, List.of(), List.of()));
    assertThat(MANIFEST.compared(List.of(SHARD)).resources()).containsExactly(SHARD);
  }
}
