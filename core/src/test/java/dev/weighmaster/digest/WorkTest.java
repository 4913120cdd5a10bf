package dev.weighmaster.digest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storages;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkTest {
  private static final long GIB = 1L << 30;
  private static final DigestSeries BLAKE3_SHARDS =
      new DigestSeries(HashType.BLAKE3, Optional.of(64L << 20));
  private static final DigestSeries BLAKE2B_WHOLE =
      new DigestSeries(HashType.BLAKE2B, Optional.empty());

  private static final HubFile FILE = MemoryStorage.file("file", new byte[10]);
  private static final MemoryStorage STORAGE = new MemoryStorage(Map.of("file", new byte[10]), 3);

  @Test
  void aFileThatIsLongerThanACoresShareGivesItsShardsAway() {
    List<Work> works =
        Work.of(10 * GIB, List.of(BLAKE2B_WHOLE, BLAKE3_SHARDS), ReadingTime.LOCAL, GIB);

    assertThat(works.get(0).piece()).isEmpty();
    assertThat(works.get(0).series()).containsExactly(BLAKE2B_WHOLE);
    List<Piece> pieces = works.stream().flatMap(work -> work.piece().stream()).toList();
    assertThat(pieces).hasSizeGreaterThan(4).allMatch(piece -> piece.offset() % (64 << 20) == 0);
    long end = 0;
    for (Piece piece : pieces) {
      assertThat(piece.offset()).isEqualTo(end);
      end += piece.length();
    }
    assertThat(end).isEqualTo(10 * GIB);
    assertThat(works.get(0).nanos())
        .isLessThan(ReadingTime.LOCAL.ofFile(10 * GIB, List.of(BLAKE2B_WHOLE, BLAKE3_SHARDS)));
  }

  @Test
  void aFileIsReadInOnePassWhereItIsNoLongerThanItsShareOrHasNoShards() {
    assertThat(Work.of(10 * GIB, List.of(BLAKE3_SHARDS), ReadingTime.LOCAL, Long.MAX_VALUE))
        .hasSize(1);
    assertThat(Work.of(10 * GIB, List.of(BLAKE2B_WHOLE), ReadingTime.LOCAL, 1)).hasSize(1);
    assertThat(Work.of(1 << 20, List.of(BLAKE3_SHARDS), ReadingTime.LOCAL, 1)).hasSize(1);
    assertThat(Work.of(0, List.of(BLAKE3_SHARDS), ReadingTime.LOCAL, 1)).hasSize(1);
  }

  @Test
  void requestsAndSlowHashesCountInTheTimeThatAFileTakes() {
    ReadingTime local = ReadingTime.LOCAL;
    assertThat(local.ofFile(GIB, List.of(BLAKE3_SHARDS)))
        .isGreaterThan(5 * local.ofFile(GIB, List.of()));
    assertThat(ReadingTime.REMOTE.ofFile(0, List.of())).isGreaterThan(local.ofFile(0, List.of()));
    DigestSeries sameAsSha256 = new DigestSeries(HashType.SHA256, Optional.of(GIB));
    assertThat(local.ofFile(GIB, List.of(sameAsSha256))).isEqualTo(local.ofFile(GIB, List.of()));
  }

  @Property(tries = 200)
  void piecesJoinedSayWhatOnePassSays(
      @ForAll @IntRange(min = 2, max = 5000) int size,
      @ForAll @IntRange(min = 1, max = 700) int shard,
      @ForAll @IntRange(min = 1, max = 5) int shardsOfAPiece,
      @ForAll Random random)
      throws IOException {
    byte[] content = new byte[size];
    random.nextBytes(content);
    MemoryStorage storage = new MemoryStorage(Map.of("file", content), 97);
    HubFile file = MemoryStorage.file("file", content);
    DigestSeries sharded = new DigestSeries(HashType.BLAKE3, Optional.of((long) shard));
    List<DigestSeries> asked = List.of(sharded, BLAKE2B_WHOLE);
    List<ScannedPiece> pieces = new ArrayList<>();
    long length = (long) shard * shardsOfAPiece;
    for (long offset = 0; offset < size; offset += length) {
      Piece piece = new Piece(sharded, offset, Math.min(length, size - offset));
      pieces.add(FileScanner.scanPiece(storage, file, piece, Progress.NONE));
    }
    Collections.shuffle(pieces, random);

    ScannedFile joined =
        ScannedPiece.joined(
            file,
            FileScanner.scan(storage, file, List.of(BLAKE2B_WHOLE), Progress.NONE),
            pieces,
            asked);

    ScannedFile inOnePass = FileScanner.scan(storage, file, asked, Progress.NONE);
    assertThat(joined.findings()).isEqualTo(inOnePass.findings());
    assertThat(joined.sha256()).isEqualTo(inOnePass.sha256());
    assertThat(joined.reading().bytes()).isEqualTo(2L * size);
  }

  @Test
  void aPieceThatCouldNotBeReadLeavesTheFileWithoutADigest() {
    ScannedFile whole = FileScanner.scan(STORAGE, FILE, List.of(), Progress.NONE);
    Piece piece = new Piece(BLAKE3_SHARDS, 0, 10);
    Problem changed = new Problem(Reason.CHANGED_DURING_READ, "changed");
    ScannedPiece failed =
        new ScannedPiece(piece, Optional.empty(), Reading.NONE, Optional.of(changed));

    ScannedFile joined = ScannedPiece.joined(FILE, whole, List.of(failed), List.of(BLAKE3_SHARDS));

    assertThat(joined.sha256()).isEmpty();
    assertThat(joined.problem()).contains(changed);
  }

  @Test
  void aMissingPieceIsNeverPassedOver() {
    ScannedFile whole = FileScanner.scan(STORAGE, FILE, List.of(), Progress.NONE);
    DigestSeries series = new DigestSeries(HashType.BLAKE3, Optional.of(2L));
    List<ScannedPiece> all =
        Stream.of(0, 4, 8)
            .map(
                offset ->
                    FileScanner.scanPiece(
                        STORAGE,
                        FILE,
                        new Piece(series, offset, Math.min(4, 10 - offset)),
                        Progress.NONE))
            .toList();
    for (int missing = 0; missing < all.size(); missing++) {
      List<ScannedPiece> others = new ArrayList<>(all);
      others.remove(missing);
      assertThatThrownBy(() -> ScannedPiece.joined(FILE, whole, others, List.of(series)))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 12})
  void piecesOfOneVersionSayNothingOfAnother(int size, @TempDir Path hub) throws IOException {
    Path weights = Files.createDirectories(hub.resolve("acme/m")).resolve("model.bin");
    Files.write(weights, new byte[10]);
    try (Storage storage = Storages.open(hub.toString())) {
      HubFile listed = Inventory.files(storage, Inventory.repositories(storage).get(0)).get(0);
      DigestSeries series = new DigestSeries(HashType.BLAKE3, Optional.of(5L));
      ScannedPiece signed =
          FileScanner.scanPiece(storage, listed, new Piece(series, 0, 10), Progress.NONE);
      Files.delete(weights);
      Files.createFile(hub.resolve("takes the inode"));
      Files.write(weights, "someone else's".substring(0, size).getBytes(US_ASCII));
      ScannedFile another = FileScanner.scan(storage, listed, List.of(), Progress.NONE);

      ScannedFile joined = ScannedPiece.joined(listed, another, List.of(signed), List.of(series));

      assertThat(signed.failure()).isEmpty();
      assertThat(another.sha256()).isPresent();
      assertThat(joined.sha256()).isEmpty();
      assertThat(joined.series()).isEmpty();
      assertThat(joined.problem().map(Problem::reason)).contains(Reason.CHANGED_DURING_READ);
    }
  }
}
