package dev.weighmaster.signature;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.RootDigest;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.Findings;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.Reading;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.SeriesDigest;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.LfsPointer;
import dev.weighmaster.verdict.Problem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a scan of files that are in memory would show. */
public final class ScannedFiles {
  private ScannedFiles() {}

  static ScannedFile file(String name, byte[] content) {
    return file(name, content.length, Sha256Hex.of(content), List.of(), Optional.empty());
  }

  static ScannedFile hashed(String name, byte[] content, DigestSeries... series) {
    return file(
        name,
        content.length,
        Sha256Hex.of(content),
        Stream.of(series).map(each -> digest(content, each)).toList(),
        Optional.empty());
  }

  /** A file that a symbolic link leads to. */
  static ScannedFile linked(String name, byte[] content) {
    ScannedFile file = file(name, content);
    HubFile plain = file.file();
    return ScannedFile.read(
        new HubFile(
            plain.repository(),
            plain.revision(),
            plain.path(),
            name,
            plain.size(),
            plain.kind(),
            plain.etag(),
            plain.modified(),
            plain.problem(),
            true),
        file.sha256().orElseThrow(),
        file.reading(),
        file.findings());
  }

  static ScannedFile unreadable(String name, Problem problem) {
    return ScannedFile.unread(listed(name, 1), Reading.NONE, problem);
  }

  static ScannedFile pointer(String name, byte[] pointer, byte[] content) {
    return file(
        name,
        pointer.length,
        Sha256Hex.of(pointer),
        List.of(),
        Optional.of(new LfsPointer(Sha256Hex.of(content), content.length)));
  }

  /** What is listed of a file that is in memory. */
  public static List<Resource> listed(String name, byte[] content, DigestSeries series) {
    if (series.shardSize().isEmpty()) {
      return List.of(new Resource(name, 0, Optional.empty(), digest(content, series.hashType())));
    }
    var shards = new ArrayList<Resource>();
    int size = Math.toIntExact(series.shardSize().get());
    for (int start = 0; start < content.length; start += size) {
      int end = Math.min(start + size, content.length);
      byte[] shard = Arrays.copyOfRange(content, start, end);
      shards.add(
          new Resource(name, start, Optional.of((long) end), digest(shard, series.hashType())));
    }
    return shards;
  }

  private static String digest(byte[] content, HashType type) {
    return HexFormat.of().formatHex(type.newDigest().digest(content));
  }

  private static SeriesDigest digest(byte[] content, DigestSeries series) {
    List<Resource> listed = listed("", content, series);
    return new SeriesDigest(
        series, series.shardSize().isPresent() ? RootDigest.of(listed) : listed.get(0).digest());
  }

  private static ScannedFile file(
      String name,
      long size,
      String sha256,
      List<SeriesDigest> series,
      Optional<LfsPointer> pointer) {
    return ScannedFile.read(
        listed(name, size),
        sha256,
        new Reading(Reading.Method.MAPPED, size, 0, 0),
        new Findings(
            Findings.VERSION,
            series,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            pointer,
            Optional.empty()));
  }

  private static HubFile listed(String name, long size) {
    return new HubFile(
        "acme/base",
        "",
        "acme/base/" + name,
        name,
        size,
        FileKind.of(name),
        Optional.empty(),
        Instant.EPOCH,
        Optional.empty(),
        false);
  }
}
