package dev.weighmaster.attest;

import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.HashType;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a model signature covers: the predicate of OMS 1.0, section 5.2, or the subjects of its
 * version 0.2.0.
 *
 * @param rootDigest SHA-256 over the resources' digests (section 6.5.1), computed here and, for
 *     1.0, equal to the statement's subject; lower-case hexadecimal
 * @param shardSize in bytes, for the {@code shards} method alone
 * @param ignorePaths exact paths relative to the model's root; the defaults are not among them
 */
public record ModelManifest(
    String rootDigest,
    HashType hashType,
    Optional<Long> shardSize,
    boolean allowSymlinks,
    List<String> ignorePaths,
    List<Resource> resources) {
  /** What is never a part of a model, at its top (section 6.2). */
  public static final Set<String> DEFAULT_EXCLUSIONS =
      Set.of(".git", ".gitignore", ".gitattributes", ".github");

  public ModelManifest {
    ignorePaths = List.copyOf(ignorePaths);
    resources = List.copyOf(resources);
  }

  /** What is still asked of it once its resources are compared, and of those these. */
  public ModelManifest compared(List<Resource> kept) {
    return new ModelManifest(rootDigest, hashType, shardSize, allowSymlinks, List.of(), kept);
  }

  /** How files are to be hashed, so that they can be compared with this. */
  public DigestSeries series() {
    return new DigestSeries(hashType, shardSize);
  }

  /**
   * One file, or one byte range of a file.
   *
   * @param path canonical (section 6.1.2), relative to the model's root; or {@link #ROOT}
   * @param start inclusive, 0 for a whole file
   * @param end exclusive; empty for a whole file
   * @param digest lower-case hexadecimal
   */
  public record Resource(String path, long start, Optional<Long> end, String digest) {
    /** What the reference implementation calls the only file of a model that is a file. */
    public static final String ROOT = ".";

    /** As it is listed: section 6.3.2 for a range. */
    public String name() {
      return path + end.map(last -> ":" + start + ":" + last).orElse("");
    }
  }
}
