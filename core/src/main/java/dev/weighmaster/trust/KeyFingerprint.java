package dev.weighmaster.trust;

import dev.weighmaster.digest.Sha256Hex;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.Base64;

/** Names for public keys, in lower-case hexadecimal. */
public final class KeyFingerprint {
  private KeyFingerprint() {}

  /** SHA-256 of the key's DER SubjectPublicKeyInfo. */
  public static String of(PublicKey key) {
    return Sha256Hex.of(key.getEncoded());
  }

  /** SHA-256 of the key's {@link #pem}. */
  public static String ofPem(PublicKey key) {
    return Sha256Hex.of(pem(key).getBytes(StandardCharsets.US_ASCII));
  }

  /** The key's SubjectPublicKeyInfo in PEM, in lines of 64 columns that end in LF. */
  public static String pem(PublicKey key) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
    return "-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----\n";
  }
}
