package dev.weighmaster.signature;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A key pair: P-256, with signatures by ECDSA with SHA-256 in DER, or Ed25519. */
public record LocalKey(KeyPair pair) {
  private static final String ECDSA = "SHA256withECDSA";
  private static final String ED25519 = "Ed25519";

  /** The public key itself, at the end of its DER SubjectPublicKeyInfo. */
  private static final int ED25519_BYTES = 32;

  public static LocalKey generate() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return new LocalKey(generator.generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static LocalKey ed25519() {
    try {
      return new LocalKey(KeyPairGenerator.getInstance(ED25519).generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean isEd25519() {
    return publicKey().getAlgorithm().equals("EdDSA");
  }

  /** The key's id in the notes of a log of a name, uncut (C2SP signed-note, "Signatures"). */
  byte[] noteId(String name) {
    if (!isEd25519()) {
      return id();
    }
    byte[] der = publicKey().getEncoded();
    return sha256(
        (name + "\n").getBytes(StandardCharsets.UTF_8),
        new byte[] {1},
        Arrays.copyOfRange(der, der.length - ED25519_BYTES, der.length));
  }

  public PublicKey publicKey() {
    return pair.getPublic();
  }

  /** SHA-256 of the DER SubjectPublicKeyInfo: what a Sigstore log calls its log id. */
  public byte[] id() {
    return sha256(publicKey().getEncoded());
  }

  public byte[] sign(byte[] message) {
    try {
      Signature signature = Signature.getInstance(isEd25519() ? ED25519 : ECDSA);
      signature.initSign(pair.getPrivate());
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  ContentSigner contentSigner() {
    try {
      return new JcaContentSignerBuilder(ECDSA).build(pair.getPrivate());
    } catch (OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] sha256(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
