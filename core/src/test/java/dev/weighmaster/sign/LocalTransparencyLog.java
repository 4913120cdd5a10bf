package dev.weighmaster.sign;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;

/**
 * A Merkle tree log (RFC 6962 section 2) with signed checkpoints, as Rekor v1 keeps one. Thread
 * safe.
 */
final class LocalTransparencyLog {
  private static final byte[] LEAF = {0};
  private static final byte[] NODE = {1};

  private final LocalKey key;
  private final String host;

  /** Roots of the perfect subtrees that the leaves so far fall into, the smallest first. */
  private final Deque<byte[]> subtrees = new ArrayDeque<>();

  private long size;

  /** Starts with a few leaves, so that every proof has a path. */
  LocalTransparencyLog(LocalKey key, String host) {
    this.key = key;
    this.host = host;
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

  /** The note of a checkpoint, signed by {@code signer} under this log's name and key hint. */
  String checkpoint(long treeSize, byte[] root, LocalKey signer) {
    String note =
        "%s - 1\n%d\n%s\n".formatted(host, treeSize, Base64.getEncoder().encodeToString(root));
    byte[] signature = signer.sign(note.getBytes(StandardCharsets.UTF_8));
    byte[] hinted =
        ByteBuffer.allocate(4 + signature.length).put(key.id(), 0, 4).put(signature).array();
    return "%s\n\u2014 %s %s\n".formatted(note, host, Base64.getEncoder().encodeToString(hinted));
  }

  private static byte[] leaf(byte[] body) {
    return LocalKey.sha256(LEAF, body);
  }

  private static byte[] parent(byte[] left, byte[] right) {
    return LocalKey.sha256(NODE, left, right);
  }
}
