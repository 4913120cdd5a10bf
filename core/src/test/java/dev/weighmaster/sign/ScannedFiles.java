package dev.weighmaster.sign;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.ScannedFile.ReadMethod;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.digest.ShardDigest;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.LfsPointer;
import dev.weighmaster.verdict.Problem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a scan of files that are in memory would show. */
final class ScannedFiles {
  private ScannedFiles() {}

  static ScannedFile file(String name, byte[] content) {
    return file(
        name,
        content.length,
        Optional.of(Sha256Hex.of(content)),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  static ScannedFile sharded(String name, byte[] content, int shardSize) {
    return file(
        name,
        content.length,
        Optional.of(Sha256Hex.of(content)),
        shards(content, shardSize),
        Optional.empty(),
        Optional.empty());
  }

  static ScannedFile unreadable(String name, Problem problem) {
    return file(name, 1, Optional.empty(), List.of(), Optional.empty(), Optional.of(problem));
  }

  static ScannedFile pointer(String name, byte[] pointer, byte[] content) {
    return file(
        name,
        pointer.length,
        Optional.of(Sha256Hex.of(pointer)),
        List.of(),
        Optional.of(new LfsPointer(Sha256Hex.of(content), content.length)),
        Optional.empty());
  }

  static List<ShardDigest> shards(byte[] content, int shardSize) {
    var shards = new ArrayList<ShardDigest>();
    for (int start = 0; start < content.length; start += shardSize) {
      int end = Math.min(start + shardSize, content.length);
      shards.add(
          new ShardDigest(
              shardSize, start, end, Sha256Hex.of(Arrays.copyOfRange(content, start, end))));
    }
    return shards;
  }

  private static ScannedFile file(
      String name,
      long size,
      Optional<String> sha256,
      List<ShardDigest> shards,
      Optional<LfsPointer> pointer,
      Optional<Problem> problem) {
    FileKind kind = name.endsWith(".sig") ? FileKind.SIDECAR : FileKind.OTHER;
    var file =
        new HubFile(
            "acme/base",
            "",
            "acme/base/" + name,
            name,
            size,
            kind,
            Optional.empty(),
            Instant.EPOCH,
            Optional.empty());
    return new ScannedFile(
        file,
        sha256,
        size,
        ReadMethod.MAPPED,
        shards,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        pointer,
        problem);
  }
}
