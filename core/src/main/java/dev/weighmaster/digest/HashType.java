package dev.weighmaster.digest;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.jcajce.provider.digest.Blake2b;
import org.bouncycastle.jcajce.provider.digest.Blake3;

/** The hashes of files that OMS 1.0 knows, section 7 and its algorithm registry. */
public enum HashType {
  SHA256("sha256", 32),
  /** RFC 7693, with a digest of 512 bits. */
  BLAKE2B("blake2b", 64),
  BLAKE3("blake3", 32);

  private final String identifier;
  private final int bytes;

  HashType(String identifier, int bytes) {
    this.identifier = identifier;
    this.bytes = bytes;
  }

  /** The hash of an identifier of the registry. */
  public static Optional<HashType> of(String identifier) {
    return Arrays.stream(values()).filter(type -> type.identifier.equals(identifier)).findFirst();
  }

  /** The registry's name for it. */
  public String identifier() {
    return identifier;
  }

  /** How many hexadecimal digits a digest has. */
  public int hexDigits() {
    return 2 * bytes;
  }

  /** A new, empty computation. */
  public MessageDigest newDigest() {
    return switch (this) {
      case SHA256 -> Sha256Hex.newDigest();
      case BLAKE2B -> new Blake2b.Blake2b512();
      case BLAKE3 -> new Blake3.Blake3_256();
    };
  }
}
