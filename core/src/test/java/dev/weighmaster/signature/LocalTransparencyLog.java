package dev.weighmaster.signature;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;

/**
 * A Merkle tree log (RFC 6962 section 2) with signed checkpoints, as Rekor keeps one. Thread safe.
 */
final class LocalTransparencyLog {
  private static final byte[] LEAF = {0};
  private static final byte[] NODE = {1};

  private final LocalKey key;
  private final String host;
  private final String origin;

  /** Roots of the perfect subtrees that the leaves so far fall into, the smallest first. */
  private final Deque<byte[]> subtrees = new ArrayDeque<>();

  private long size;

  /** Rekor v1, which has several trees and names the one in a checkpoint's origin. */
  static LocalTransparencyLog version1(LocalKey key, String host) {
    return new LocalTransparencyLog(key, host, host + " - 1");
  }

  /** Rekor v2: tiles, whose origin is the log's name (C2SP tlog-checkpoint). */
  static LocalTransparencyLog version2(LocalKey key, String host) {
    return new LocalTransparencyLog(key, host, host);
  }

  /** Starts with a few leaves, so that every proof has a path. */
  private LocalTransparencyLog(LocalKey key, String host, String origin) {
    this.key = key;
    this.host = host;
    this.origin = origin;
    for (int leaf = 0; leaf < 7; leaf++) {
      append(new byte[] {(byte) leaf});
    }
  }

  /**
   * A leaf's place in the tree that it completes.
   *
   * @param path siblings from the leaf's up, all of them to the left
   */
  record Inclusion(long index, List<byte[]> path) {
    long treeSize() {
      return index + 1;
    }

    byte[] root(byte[] body) {
      byte[] root = leaf(body);
      for (byte[] left : path) {
        root = parent(left, root);
      }
      return root;
    }
  }

  synchronized Inclusion append(byte[] body) {
    Inclusion inclusion = new Inclusion(size++, List.copyOf(subtrees));
    byte[] subtree = leaf(body);
    for (long levels = inclusion.index(); (levels & 1) == 1; levels >>= 1) {
      subtree = parent(subtrees.pop(), subtree);
    }
    subtrees.push(subtree);
    return inclusion;
  }

  LocalKey key() {
    return key;
  }

  String host() {
    return host;
  }

  String origin() {
    return origin;
  }

  /** What entries and the trusted root call the log. */
  byte[] id() {
    return key.noteId(host);
  }

  /** A checkpoint's note, signed by {@code signer} under this log's name and key hint. */
  String checkpoint(long treeSize, byte[] root, LocalKey signer) {
    return checkpoint(origin, treeSize, root, signer, id());
  }

  String checkpoint(String origin, long treeSize, byte[] root, LocalKey signer, byte[] signerId) {
    String note =
        "%s\n%d\n%s\n".formatted(origin, treeSize, Base64.getEncoder().encodeToString(root));
    byte[] signature = signer.sign(note.getBytes(StandardCharsets.UTF_8));
    return note + "\n" + signatureLine(host, signerId, signature);
  }

  static String signatureLine(String name, byte[] id, byte[] signature) {
    byte[] hinted = ByteBuffer.allocate(4 + signature.length).put(id, 0, 4).put(signature).array();
    return "\u2014 %s %s\n".formatted(name, Base64.getEncoder().encodeToString(hinted));
  }

  private static byte[] leaf(byte[] body) {
    return LocalKey.sha256(LEAF, body);
  }

  private static byte[] parent(byte[] left, byte[] right) {
    return LocalKey.sha256(NODE, left, right);
  }
}
