package dev.weighmaster.jobs.demo;

import dev.weighmaster.sign.KeySigner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/**
 * Somebody with a key of their own.
 *
 * @param name also of the key's files
 */
record DemoParty(String name, KeySigner signer) {

  /**
   * Generates a key pair, and writes it in PEM: {@code name.pem}, which its owner alone may read,
   * and {@code name.pub.pem}.
   *
   * @param curve the JDK's name for it, such as {@code secp256r1}
   */
  static DemoParty create(Path keys, String name, String curve) throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      KeyPair pair = generator.generateKeyPair();
      byte[] privateKey =
          pem("PRIVATE", pair.getPrivate().getEncoded()).getBytes(StandardCharsets.US_ASCII);
      Path file =
          Files.createFile(
              keys.resolve(name + ".pem"),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(file, privateKey);
      Files.writeString(
          keys.resolve(name + ".pub.pem"), pem("PUBLIC", pair.getPublic().getEncoded()));
      return new DemoParty(name, KeySigner.of(privateKey));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has the NIST curves", e);
    }
  }

  private static String pem(String kind, byte[] key) {
    return "-----BEGIN %s KEY-----\n%s\n-----END %s KEY-----\n"
        .formatted(kind, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key), kind);
  }
}
