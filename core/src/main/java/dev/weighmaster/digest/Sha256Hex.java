package dev.weighmaster.digest;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.util.HexFormat;

/**
 * SHA-256, by the JDK's own provider whatever others are registered before it: it uses the CPU's.
 */
public final class Sha256Hex {
  private Sha256Hex() {}

  /** The digest of what is in memory already, in lower-case hexadecimal. */
  public static String of(byte[] bytes) {
    return HexFormat.of().formatHex(newDigest().digest(bytes));
  }

  /** A new, empty SHA-256 computation. */
  public static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256", "SUN");
    } catch (NoSuchAlgorithmException | NoSuchProviderException e) {
      throw new IllegalStateException("this JVM lacks the SUN provider's SHA-256", e);
    }
  }
}
