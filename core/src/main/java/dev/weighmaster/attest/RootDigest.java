package dev.weighmaster.attest;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The digest that stands for a whole model: OMS 1.0, section 6.5.1. */
public final class RootDigest {
  private RootDigest() {}

  /**
   * SHA-256 over the resources' digests as bytes, in the order given; lower-case hexadecimal.
   *
   * @param resources in the manifest's order
   */
  public static String of(List<ModelManifest.Resource> resources) {
    MessageDigest sha256;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    for (ModelManifest.Resource resource : resources) {
      sha256.update(HexFormat.of().parseHex(resource.digest()));
    }
    return HexFormat.of().formatHex(sha256.digest());
  }
}
