package dev.weighmaster.audit;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.chain.RepositoryEvidence;
import dev.weighmaster.chain.Source;
import dev.weighmaster.chain.SourceLookup;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.Storage;
import dev.weighmaster.sign.BundleVerifier;
import dev.weighmaster.sign.CheckedStatement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds sources by reading the repositories of a hub as they are asked for. Not thread-safe.
 *
 * <p>Where an audit joins by digest over the whole hub, this looks at the repository that the
 * attestation names, then at those read already, then at those whose sidecars name the digest: the
 * verdict is the audit's. Only where an unsigned copy of the source lies in a repository of another
 * name can its reason be another: that copy is not found here.
 */
public final class HubSources implements SourceLookup {
  private final Storage storage;
  private final BundleVerifier verifier;
  private final boolean searchWholeHub;
  private final Map<Repository, RepositoryEvidence> read = new HashMap<>();
  private Map<String, Set<Repository>> named;

  /**
   * @param searchWholeHub whether the sidecars of every repository may be read, where a source is
   *     not in the repository that the attestation names
   */
  public HubSources(Storage storage, BundleVerifier verifier, boolean searchWholeHub) {
    this.storage = storage;
    this.verifier = verifier;
    this.searchWholeHub = searchWholeHub;
  }

  /**
   * The evidence of a repository, read now if it was not read before.
   *
   * @throws IOException if it can't be listed
   */
  public RepositoryEvidence evidence(Repository repository) throws IOException {
    RepositoryEvidence evidence = read.get(repository);
    if (evidence == null) {
      evidence = new RepositoryAudit(storage, verifier).read(repository);
      read.put(repository, evidence);
    }
    return evidence;
  }

  @Override
  public List<Source> find(String key, String model) {
    try {
      for (Repository repository : Inventory.named(storage, model)) {
        evidence(repository);
      }
      List<Source> found = amongRead(key);
      if (found.isEmpty() && searchWholeHub) {
        for (Repository repository : naming(key)) {
          evidence(repository);
        }
        found = amongRead(key);
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Source> amongRead(String key) {
    return read.values().stream()
        .flatMap(evidence -> evidence.sources().stream())
        .filter(source -> source.key().equals(key))
        .toList();
  }

  private Set<Repository> naming(String key) throws IOException {
    if (named == null) {
      named = new HashMap<>();
      for (String organisation : Inventory.organisations(storage)) {
        for (Repository repository : Inventory.repositories(storage, organisation)) {
          for (String digest : digestsNamedIn(repository)) {
            named
                .computeIfAbsent(Source.digestKey(digest), any -> new LinkedHashSet<>())
                .add(repository);
          }
        }
      }
    }
    return named.getOrDefault(key, Set.of());
  }

  private List<String> digestsNamedIn(Repository repository) throws IOException {
    List<String> digests = new ArrayList<>();
    for (HubFile file : Inventory.files(storage, repository)) {
      if (file.kind() == FileKind.SIDECAR) {
        for (CheckedStatement statement :
            RepositoryAudit.sidecar(storage, file, verifier, Progress.NONE).statements()) {
          statement.subjects().stream()
              .map(Subject::sha256)
              .forEach(sha256 -> sha256.ifPresent(digests::add));
          statement
              .manifest()
              .ifPresent(
                  manifest -> {
                    digests.add(manifest.rootDigest());
                    manifest.resources().forEach(resource -> digests.add(resource.digest()));
                  });
        }
      }
    }
    return digests;
  }
}
