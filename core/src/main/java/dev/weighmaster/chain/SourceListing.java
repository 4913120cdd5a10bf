package dev.weighmaster.chain;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.SnapshotDigest;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.signature.CheckedStatement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an attestation says of its source's files. A snapshot in a cache that lacks what is attested
 * is held against that: it keeps what was fetched, and what is absent contradicts nothing.
 *
 * @param files SHA-256 by name, all files by which a conversion names a snapshot; else empty
 * @param embedded the same of weights, as a signature lists them that came along
 */
record SourceListing(SortedMap<String, String> files, Map<String, String> embedded) {

  /**
   * What is listed.
   *
   * @param attestation with a claim
   */
  static SourceListing of(CheckedStatement attestation) {
    SortedMap<String, String> files = new TreeMap<>();
    for (Subject file : attestation.claim().orElseThrow().sourceFiles()) {
      if (FileKind.of(file.name()) != FileKind.SIDECAR) {
        files.put(file.name(), file.sha256().orElseThrow());
      }
    }
    Map<String, String> embedded = new HashMap<>();
    attestation.embedded().flatMap(CheckedStatement::manifest).stream()
        .flatMap(manifest -> manifest.resources().stream())
        .filter(resource -> !resource.path().equals(Resource.ROOT))
        .forEach(resource -> embedded.put(resource.path(), resource.digest()));
    return new SourceListing(files, embedded);
  }

  /** Whether a source is the snapshot, file by file. */
  boolean isAllOf(Source source) {
    return source.snapshot().equals(Optional.of(SnapshotDigest.of(files)));
  }

  /** Whether a model lies in a cache, whole or in part, and each file of it is as listed. */
  boolean agreesWithPartial(Source model) {
    return model.partial().stream().anyMatch(here -> here.stream().allMatch(this::isAsListed));
  }

  private boolean isAsListed(FileDigest file) {
    return (files.isEmpty() || file.sha256().equals(files.get(file.name())))
        && embedded.getOrDefault(file.name(), file.sha256()).equals(file.sha256());
  }

  /**
   * The same, and what the hub has elsewhere of the attested digest could complete it: a file whose
   * name the model lacks, or a model that has all of its weights.
   */
  boolean agreesWithPartial(Source model, Source attested) {
    if (!agreesWithPartial(model)) {
      return false;
    }
    List<FileDigest> here = model.partial().orElseThrow();
    Set<String> alone =
        Stream.concat(
                Stream.of(attested.name()).filter(name -> !name.isEmpty()),
                attested.signatures().stream().flatMap(each -> each.onlyFile().stream()))
            .collect(Collectors.toSet());
    return alone.isEmpty()
        ? attested.signatures().stream().anyMatch(ModelSignature::isOfMore)
            || here.stream()
                .filter(file -> FileKind.of(file.name()).isWeights())
                .allMatch(file -> attested.digests().contains(file.sha256()))
        : here.stream().noneMatch(file -> alone.contains(file.name()));
  }
}
