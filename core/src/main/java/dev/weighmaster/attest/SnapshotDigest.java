package dev.weighmaster.attest;

import dev.weighmaster.digest.Sha256Hex;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;

/**
 * One digest for a set of files with their names, so that two sets can be compared. It is internal
 * to an audit and no published format.
 */
public final class SnapshotDigest {
  private SnapshotDigest() {}

  /**
   * SHA-256 over the names and digests, in lower-case hexadecimal.
   *
   * @param files digests by name, sorted by the names, in the same order on both sides
   */
  public static String of(SortedMap<String, String> files) {
    MessageDigest sha256 = Sha256Hex.newDigest();
    for (Map.Entry<String, String> file : files.entrySet()) {
      // The length keeps a name from running into the next.
      String entry = file.getKey().length() + ":" + file.getKey() + ":" + file.getValue() + "\n";
      sha256.update(entry.getBytes(StandardCharsets.UTF_16BE));
    }
    return HexFormat.of().formatHex(sha256.digest());
  }
}
