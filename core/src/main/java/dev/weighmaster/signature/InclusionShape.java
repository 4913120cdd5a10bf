package dev.weighmaster.signature;

import dev.sigstore.rekor.client.RekorEntry.InclusionProof;
import dev.sigstore.rekor.client.RekorParseException;
import dev.weighmaster.verdict.Reason;

/**
 * What a Merkle inclusion proof must fulfil besides leading to the root (RFC 9162, section
 * 2.1.3.2): its leaf is in the tree, it has exactly the hashes that the path from there needs, and
 * the checkpoint is of the tree of that size.
 */
final class InclusionShape {
  private InclusionShape() {}

  static void check(InclusionProof proof) throws FailedCheckException, RekorParseException {
    long index = proof.getLogIndex();
    long size = proof.getTreeSize();
    if (index < 0 || index >= size) {
      throw new FailedCheckException(
          Reason.LOG_PROOF_INVALID, "the log entry " + index + " is not in a tree of " + size);
    }
    int needed = pathLength(index, size);
    if (proof.getHashes().size() != needed) {
      throw new FailedCheckException(
          Reason.LOG_PROOF_INVALID,
          "the inclusion proof has " + proof.getHashes().size() + " hashes, expected " + needed);
    }
    long checkpointSize = proof.parsedCheckpoint().getSize();
    if (checkpointSize != size) {
      throw new FailedCheckException(
          Reason.LOG_PROOF_INVALID,
          "the checkpoint is of a tree of " + checkpointSize + ", the proof of one of " + size);
    }
  }

  /** Hashes from a leaf to the root: one a level, but none where a right edge has no sibling. */
  static int pathLength(long index, long size) {
    int levels = Long.SIZE - Long.numberOfLeadingZeros(index ^ (size - 1));
    return levels + Long.bitCount(index >> levels);
  }
}
