package dev.weighmaster.trust;

import dev.weighmaster.io.StorageFailure;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The bytes of a policy and of every file that it names, so that another machine can read it again.
 * Immutable.
 */
public final class PolicySource implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final byte[] policy;
  private final TreeMap<String, byte[]> files;
  private final TreeMap<String, Instant> written;

  private PolicySource(
      String name, byte[] policy, Map<String, byte[]> files, Map<String, Instant> written) {
    this.name = name;
    this.policy = policy.clone();
    this.files = new TreeMap<>();
    files.forEach((file, bytes) -> this.files.put(file, bytes.clone()));
    this.written = new TreeMap<>(written);
  }

  /**
   * A policy that is in memory.
   *
   * @param name of the policy file, for messages
   * @param files by the paths that the policy names them by
   */
  public static PolicySource of(String name, byte[] policy, Map<String, byte[]> files) {
    return new PolicySource(name, policy, files, Map.of());
  }

  /**
   * Reads a policy file and the files that it names, whose paths are relative to its directory.
   *
   * @throws PolicyException if the policy is malformed or a file can't be read
   */
  public static PolicySource read(Path policy) throws PolicyException {
    String name = String.valueOf(policy.getFileName());
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(policy);
    } catch (IOException e) {
      throw new PolicyException(policy + ": can't be read: " + StorageFailure.reason(e));
    }
    var files = new TreeMap<String, byte[]>();
    var written = new TreeMap<String, Instant>();
    for (PolicyDocument.RootEntry root : PolicyDocument.parse(name, bytes).roots()) {
      try {
        Path file = policy.resolveSibling(root.path());
        files.put(root.path(), Files.readAllBytes(file));
        written.put(root.path(), Files.getLastModifiedTime(file).toInstant());
      } catch (IOException e) {
        throw root.error("can't be read: " + StorageFailure.reason(e));
      } catch (InvalidPathException e) {
        throw root.error("can't be read: " + e.getReason());
      }
    }
    return new PolicySource(name, bytes, files, written);
  }

  String name() {
    return name;
  }

  byte[] policy() {
    return policy.clone();
  }

  byte[] file(PolicyDocument.RootEntry root) throws PolicyException {
    byte[] bytes = files.get(root.path());
    if (bytes == null) {
      throw root.error("is missing");
    }
    return bytes.clone();
  }

  /** When a file was last written; empty where the policy is in memory. */
  Optional<Instant> writtenAt(PolicyDocument.RootEntry root) {
    return Optional.ofNullable(written.get(root.path()));
  }
}
