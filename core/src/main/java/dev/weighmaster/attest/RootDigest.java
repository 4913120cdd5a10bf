package dev.weighmaster.attest;

import dev.weighmaster.digest.Sha256Hex;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** The digest of a whole model: OMS 1.0, section 6.5.1. */
public final class RootDigest {
  private RootDigest() {}

  /**
   * SHA-256 over the resources' digests as bytes, in the order given; lower-case hexadecimal.
   *
   * @param resources in the manifest's order
   */
  public static String of(List<ModelManifest.Resource> resources) {
    MessageDigest sha256 = Sha256Hex.newDigest();
    for (ModelManifest.Resource resource : resources) {
      sha256.update(HexFormat.of().parseHex(resource.digest()));
    }
    return HexFormat.of().formatHex(sha256.digest());
  }
}
