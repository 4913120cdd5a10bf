package dev.weighmaster.trust;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/** Key pairs and their PEM. */
public final class TestKeys {
  private TestKeys() {}

  /** A new pair on {@code secp256r1}, {@code secp384r1} or {@code secp521r1}. */
  public static KeyPair generate(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A new RSA pair. */
  public static KeyPair generateRsa() {
    try {
      return KeyPairGenerator.getInstance("RSA").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** SubjectPublicKeyInfo in PEM. */
  public static byte[] publicPem(KeyPair pair) {
    return pem("PUBLIC KEY", pair.getPublic());
  }

  /** PKCS#8 in PEM. */
  public static byte[] privatePem(KeyPair pair) {
    return pem("PRIVATE KEY", pair.getPrivate());
  }

  private static byte[] pem(String label, Key key) {
    return pem(label, key.getEncoded());
  }

  /** Any DER in PEM. */
  public static byte[] pem(String label, byte[] der) {
    return ("-----BEGIN "
            + label
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END "
            + label
            + "-----\n")
        .getBytes(StandardCharsets.US_ASCII);
  }
}
