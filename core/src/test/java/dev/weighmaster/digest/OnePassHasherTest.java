package dev.weighmaster.digest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.io.ChangedDuringReadException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OnePassHasherTest {
  @Property
  void digestsAreThoseOfTheFileOrOfItsConsecutiveRanges(
      @ForAll @IntRange(max = 3000) int length,
      @ForAll @IntRange(min = 1, max = 700) int chunk,
      @ForAll("series") List<DigestSeries> asked)
      throws Exception {
    byte[] content = new byte[length];
    new Random(length).nextBytes(content);
    List<Long> progress = new ArrayList<>();
    OnePassHasher hasher =
        new OnePassHasher(MemoryStorage.source(content, length, chunk), asked, progress::add);
    drain(hasher);

    assertThat(hasher.sha256()).isEqualTo(digest(HashType.SHA256, content));
    assertThat(hasher.digests())
        .extracting(SeriesDigest::series)
        .containsExactlyElementsOf(asked.stream().distinct().toList());
    for (SeriesDigest computed : hasher.digests()) {
      List<String> expected = expected(content, computed.series());
      assertThat(hasher.shards(computed.series())).isEqualTo(expected);
      assertThat(computed.digest())
          .isEqualTo(
              computed.series().shardSize().isEmpty()
                  ? expected.get(0)
                  : digest(HashType.SHA256, HexFormat.of().parseHex(String.join("", expected))));
    }
    assertThat(hasher.position()).isEqualTo(length);
    assertThat(progress.stream().mapToLong(Long::longValue).sum()).isEqualTo(length);
  }

  @Provide
  Arbitrary<List<DigestSeries>> series() {
    return Combinators.combine(
            Arbitraries.of(HashType.class), Arbitraries.longs().between(1, 3500).optional())
        .as(DigestSeries::new)
        .list()
        .ofMaxSize(4);
  }

  private static List<String> expected(byte[] content, DigestSeries series) {
    if (series.shardSize().isEmpty()) {
      return List.of(digest(series.hashType(), content));
    }
    List<String> digests = new ArrayList<>();
    int size = Math.toIntExact(series.shardSize().get());
    for (int start = 0; start < content.length; start += size) {
      byte[] shard = Arrays.copyOfRange(content, start, Math.min(content.length, start + size));
      digests.add(digest(series.hashType(), shard));
    }
    return digests;
  }

  @Test
  void thereIsNoDigestOfPartOfAFile() throws IOException {
    OnePassHasher hasher =
        new OnePassHasher(
            MemoryStorage.source(new byte[10], 10, 4), List.of(inShardsOf(4)), Progress.NONE);
    hasher.next();

    assertThatThrownBy(hasher::sha256).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(hasher::digests).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> hasher.shards(inShardsOf(4)))
        .isInstanceOf(IllegalStateException.class);
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
            MemoryStorage.source(new byte[length], length, 4096),
            List.of(inShardsOf(1), inShardsOf(2)),
            Progress.NONE);
    drain(hasher);

    assertThat(hasher.digests()).extracting(SeriesDigest::series).containsExactly(inShardsOf(2));
    assertThatThrownBy(() -> hasher.shards(inShardsOf(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aShardSizeIsPositive() {
    assertThatThrownBy(() -> inShardsOf(0)).isInstanceOf(IllegalArgumentException.class);
  }

  private static DigestSeries inShardsOf(long size) {
    return new DigestSeries(HashType.SHA256, Optional.of(size));
  }

  private static void drain(OnePassHasher hasher) throws IOException {
    while (hasher.next().hasRemaining()) {}
  }

  private static String digest(HashType type, byte[] content) {
    return HexFormat.of().formatHex(type.newDigest().digest(content));
  }
}
