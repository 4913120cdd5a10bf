package dev.weighmaster.digest;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of what is in memory already, in lower-case hexadecimal. */
public final class Sha256Hex {
  private Sha256Hex() {}

  public static String of(byte[] bytes) {
    MessageDigest sha256 = newDigest();
    return HexFormat.of().formatHex(sha256.digest(bytes));
  }

  /** A new, empty SHA-256 computation. */
  public static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
