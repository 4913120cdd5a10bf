package dev.weighmaster.trust;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS8EncryptedPrivateKeyInfoBuilder;

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

  /** PKCS#8, encrypted as OpenSSL does it. */
  public static byte[] encryptedPem(KeyPair pair, String password) {
    try {
      return pem(
          "ENCRYPTED PRIVATE KEY",
          new JcaPKCS8EncryptedPrivateKeyInfoBuilder(pair.getPrivate())
              .build(
                  new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                      .setProvider(new BouncyCastleProvider())
                      .setPassword(password.toCharArray())
                      .build())
              .getEncoded());
    } catch (IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
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
