package dev.weighmaster.digest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.io.ChangedDuringReadException;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class OnePassHasherTest {
  @Property
  void shardDigestsAreThoseOfTheFilesConsecutiveRanges(
      @ForAll @IntRange(max = 3000) int length,
      @ForAll @IntRange(min = 1, max = 700) int chunk,
      @ForAll @Size(max = 3) List<@IntRange(min = 1, max = 3500) Integer> shardSizes)
      throws Exception {
    byte[] content = new byte[length];
    new Random(length).nextBytes(content);
    List<ShardDigest> expected = new ArrayList<>();
    for (int shardSize : shardSizes.stream().distinct().sorted().toList()) {
      for (int start = 0; start < length; start += shardSize) {
        int end = Math.min(length, start + shardSize);
        expected.add(
            new ShardDigest(
                shardSize, start, end, sha256(Arrays.copyOfRange(content, start, end))));
      }
    }

    List<Long> sizes = shardSizes.stream().map(Integer::longValue).toList();
    List<Long> progress = new ArrayList<>();
    OnePassHasher hasher =
        new OnePassHasher(MemoryStorage.source(content, length, chunk), sizes, progress::add);
    drain(hasher);

    assertThat(hasher.sha256()).isEqualTo(sha256(content));
    assertThat(hasher.shards()).isEqualTo(expected);
    assertThat(hasher.position()).isEqualTo(length);
    assertThat(progress.stream().mapToLong(Long::longValue).sum()).isEqualTo(length);
  }

  @Test
  void thereIsNoDigestOfPartOfAFile() throws IOException {
    OnePassHasher hasher =
        new OnePassHasher(MemoryStorage.source(new byte[10], 10, 4), List.of(4L), Progress.NONE);
    hasher.next();

    assertThatThrownBy(hasher::sha256).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(hasher::shards).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aSourceOfAnotherLengthThanItSaidHasChanged() {
    for (int said : new int[] {9, 11}) {
      OnePassHasher hasher =
          new OnePassHasher(MemoryStorage.source(new byte[10], said, 4), List.of(), Progress.NONE);

      assertThatThrownBy(() -> drain(hasher)).isInstanceOf(ChangedDuringReadException.class);
    }
  }

  @Test
  void aShardSizeThatNoManifestCouldListIsLeftOut() throws IOException {
    int length = (1 << 18) + 1;
    OnePassHasher hasher =
        new OnePassHasher(
            MemoryStorage.source(new byte[length], length, 4096), List.of(1L, 2L), Progress.NONE);
    drain(hasher);

    assertThat(hasher.shards()).extracting(ShardDigest::shardSize).containsOnly(2L);
  }

  @Test
  void aShardSizeIsPositive() {
    assertThatThrownBy(
            () ->
                new OnePassHasher(
                    MemoryStorage.source(new byte[0], 0, 1), List.of(0L), Progress.NONE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void drain(OnePassHasher hasher) throws IOException {
    while (hasher.next().hasRemaining()) {}
  }

  private static String sha256(byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }
}
