package dev.weighmaster.audit;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.chain.ModelSignature;
import dev.weighmaster.chain.RepositoryEvidence;
import dev.weighmaster.chain.Source;
import dev.weighmaster.chain.SourceLookup;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.sign.BundleVerifier;
import dev.weighmaster.sign.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds sources by reading the repositories of a hub as they are asked for. Not thread-safe.
 *
 * <p>Where an audit joins by digest over the whole hub, this looks at the repository that the
 * attestation names and at those read already; if the named one does not have it, also at those
 * whose sidecars name the digest, or that have a file of the name that a statement kept elsewhere
 * gives it. The verdict is the audit's, but its reason can be another: an unsigned copy of the
 * source in a repository of another name is not found here, and of the revisions and copies no more
 * than {@link ChainJudge#MAX_CANDIDATES} are read for one digest.
 */
public final class HubSources implements SourceLookup {
  private static final System.Logger LOG = System.getLogger(HubSources.class.getName());

  private final Storage storage;
  private final BundleVerifier verifier;
  private final AttestationStore elsewhere;
  private final ChainJudge judge;
  private final boolean searchWholeHub;
  private final Map<Repository, RepositoryEvidence> read = new HashMap<>();
  private Map<String, List<Naming>> named;

  /**
   * @param elsewhere statements that are kept away from the weights
   * @param searchWholeHub whether the sidecars of every repository may be read, where a source is
   *     not in the repository that the attestation names
   */
  public HubSources(
      Storage storage,
      BundleVerifier verifier,
      AttestationStore elsewhere,
      ChainJudge judge,
      boolean searchWholeHub) {
    this.storage = storage;
    this.verifier = verifier;
    this.elsewhere = elsewhere;
    this.judge = judge;
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
      evidence = new RepositoryAudit(storage, verifier, elsewhere).read(repository);
      read.put(repository, evidence);
    }
    return evidence;
  }

  @Override
  public List<Source> find(String key, String model) {
    try {
      for (Repository repository : likeliest(Inventory.named(storage, model), key)) {
        evidence(repository);
      }
      List<Source> found = amongRead(key);
      if (found.isEmpty() && key.equals(Source.modelKey(model)) && !model.contains("/")) {
        return unlisted(model);
      }
      boolean byDigest = !key.equals(Source.modelKey(model));
      if (searchWholeHub
          && byDigest
          && found.stream().noneMatch(source -> source.repository().equals(model))) {
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

  /** What stands for a folder of repositories that can't be listed, as in an audit's inventory. */
  private List<Source> unlisted(String organisation) throws IOException {
    if (!Inventory.organisations(storage).contains(organisation)) {
      return List.of();
    }
    try {
      Inventory.repositories(storage, organisation);
      return List.of();
    } catch (IOException e) {
      Problem problem =
          new Problem(
              Reason.IO_ERROR, organisation + " can't be listed: " + StorageFailure.reason(e));
      return RepositoryEvidence.unjudged(organisation, "", problem).sources();
    }
  }

  private List<Source> amongRead(String key) {
    return read.values().stream()
        .flatMap(evidence -> evidence.sources().stream())
        .filter(source -> source.key().equals(key))
        .toList();
  }

  /** Of very many revisions, those whose sidecars name the digest. */
  private List<Repository> likeliest(List<Repository> revisions, String key) throws IOException {
    if (revisions.size() <= ChainJudge.MAX_CANDIDATES) {
      return revisions;
    }
    List<Repository> naming = new ArrayList<>();
    for (Repository revision : revisions) {
      if (naming.size() < ChainJudge.MAX_CANDIDATES && keysNamedIn(revision).containsKey(key)) {
        naming.add(revision);
      }
    }
    return naming;
  }

  /** Those whose signers the policy names first: anybody can name any digest. */
  private List<Repository> naming(String key) throws IOException {
    if (named == null) {
      named = new HashMap<>();
      for (String organisation : Inventory.organisations(storage)) {
        index(organisation, named);
      }
    }
    return named.getOrDefault(key, List.of()).stream()
        .sorted(Comparator.comparing(place -> !place.counts()))
        .limit(ChainJudge.MAX_CANDIDATES)
        .map(Naming::repository)
        .toList();
  }

  private void index(String organisation, Map<String, List<Naming>> index) {
    try {
      for (Repository repository : Inventory.repositories(storage, organisation)) {
        index(repository, index);
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "{0} can''t be listed, no source is looked for there", organisation);
    }
  }

  private void index(Repository repository, Map<String, List<Naming>> index) {
    try {
      keysNamedIn(repository)
          .forEach(
              (key, counts) ->
                  index
                      .computeIfAbsent(key, any -> new ArrayList<>())
                      .add(new Naming(repository, counts)));
    } catch (IOException e) {
      LOG.log(
          Level.WARNING,
          "{0} can''t be listed, no source is looked for there",
          repository.directory());
    }
  }

  /** The keys that the sidecars of a repository name, and whether one that does counts. */
  private Map<String, Boolean> keysNamedIn(Repository repository) throws IOException {
    Map<String, Boolean> keys = new HashMap<>();
    for (HubFile file : Inventory.files(storage, repository)) {
      elsewhere
          .digestsOfFilesNamed(lastName(file.name()))
          .forEach(digest -> keys.putIfAbsent(Source.digestKey(digest), true));
      if (file.kind() == FileKind.SIDECAR) {
        for (CheckedStatement statement :
            RepositoryAudit.sidecar(storage, file, verifier, Progress.NONE).statements()) {
          boolean counts = counts(statement);
          digestsNamedIn(statement)
              .forEach(digest -> keys.merge(Source.digestKey(digest), counts, Boolean::logicalOr));
        }
      }
    }
    return keys;
  }

  private static String lastName(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  private static Stream<String> digestsNamedIn(CheckedStatement statement) {
    return Stream.concat(
        statement.subjects().stream().flatMap(subject -> subject.sha256().stream()),
        statement.manifest().stream()
            .flatMap(
                manifest ->
                    Stream.concat(
                        Stream.of(manifest.rootDigest()),
                        manifest.resources().stream().map(Resource::digest))));
  }

  private boolean counts(CheckedStatement statement) {
    return statement.manifest().isPresent()
        ? judge
            .problemOf(
                new ModelSignature(statement, Optional.empty(), Optional.empty()),
                statement.repository())
            .isEmpty()
        : judge.problemOf(statement).isEmpty();
  }

  /** A repository of which a sidecar names a digest, by a signer whom the policy names or not. */
  private record Naming(Repository repository, boolean counts) {}
}
