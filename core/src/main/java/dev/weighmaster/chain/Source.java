package dev.weighmaster.chain;

import dev.weighmaster.verdict.Problem;
import java.util.List;
import java.util.Optional;

/**
 * Something that an attestation can name as its source, under one of the keys by which it is found.
 *
 * @param repository {@code org/name}
 * @param name of the file, relative to the repository's root; empty for the model as a whole
 * @param signatures of the repository that cover what the key names, and sidecars of which nobody
 *     can say what they are
 * @param attestations of the repository that name the file as a subject, each held against the set
 *     that the file is a part of
 * @param digests for a model that is found by its name, those by which an attestation could name
 *     it; for what is found by its digest, those of its weights files, and of the models that they
 *     make up
 * @param baseModels that the repository's model card declares
 * @param snapshot {@link dev.weighmaster.attest.SnapshotDigest} of all files of the repository but
 *     hidden ones and sidecars, for what is found by a file's digest; empty where one could not be
 *     read
 * @param unread for what is found by its name, why some weights of the repository have no digest;
 *     for what is found by its digest, why not all that is said of it was looked at
 * @param partial for a model that is found by its name in a snapshot of a cache, its files as they
 *     are in {@code snapshot}, unless a signature shows that these are all of it, or others; a
 *     cache keeps what was fetched, so what is not among them contradicts nothing
 */
public record Source(
    SourceKey key,
    String repository,
    String revision,
    String name,
    List<ModelSignature> signatures,
    List<Attestation> attestations,
    List<String> digests,
    List<String> baseModels,
    Optional<String> snapshot,
    Optional<Problem> unread,
    Optional<List<FileDigest>> partial) {
  public Source {
    signatures = List.copyOf(signatures);
    attestations = List.copyOf(attestations);
    digests = List.copyOf(digests);
    baseModels = List.copyOf(baseModels);
    partial = partial.map(List::copyOf);
  }

  /** The same with other evidence. */
  Source with(List<ModelSignature> newSignatures, List<Attestation> newAttestations) {
    return new Source(
        key,
        repository,
        revision,
        name,
        newSignatures,
        newAttestations,
        digests,
        baseModels,
        snapshot,
        unread,
        partial);
  }

  /** The SHA-256 by which it is found; empty for what is found by its name. */
  Optional<String> sha256() {
    return key instanceof SourceKey.OfDigest digest
        ? Optional.of(digest.sha256())
        : Optional.empty();
  }
}
