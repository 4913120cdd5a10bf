package dev.weighmaster.digest;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.jcajce.provider.digest.Blake2b;
import org.bouncycastle.jcajce.provider.digest.Blake3;

/** The hashes of files that OMS 1.0 knows, section 7 and its algorithm registry. */
public enum HashType {
  SHA256("sha256", 32, 1 / 1.5),
  /** RFC 7693, with a digest of 512 bits. */
  BLAKE2B("blake2b", 64, 1 / 0.31),
  BLAKE3("blake3", 32, 1 / 0.15);

  private final String identifier;
  private final int bytes;
  private final double nanosPerByte;

  HashType(String identifier, int bytes, double nanosPerByte) {
    this.identifier = identifier;
    this.bytes = bytes;
    this.nanosPerByte = nanosPerByte;
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

  /** About what a core takes for it: SHA-256 is done by the processor, the others by Java. */
  double nanosPerByte() {
    return nanosPerByte;
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
