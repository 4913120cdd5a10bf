package dev.weighmaster.audit;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.chain.ModelSignature;
import dev.weighmaster.chain.RepositoryEvidence;
import dev.weighmaster.chain.Source;
import dev.weighmaster.chain.SourceLookup;
import dev.weighmaster.chain.SourceQuery;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.digest.SharedScans;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Finds sources by reading the repositories of a hub as they are asked for. Not thread-safe.
 *
 * <p>Where an audit joins by digest over the whole hub, this reads the repositories that a
 * statement names. What is asked for elsewhere can only be in a repository for which the policy
 * names one of the chain's parties: of those it reads the ones whose sidecars name the digest, or
 * that have a file of the name that a statement kept elsewhere gives it. Of the revisions and
 * copies no more than {@link ChainJudge#MAX_CANDIDATES} are read for one digest.
 */
public final class HubSources implements SourceLookup {
  private static final System.Logger LOG = System.getLogger(HubSources.class.getName());

  private final Storage storage;
  private final BundleVerifier verifier;
  private final AttestationStore elsewhere;
  private final ChainJudge judge;
  private final boolean searchWholeHub;
  private final Map<Repository, RepositoryEvidence> read = new HashMap<>();
  private final SharedScans scans = new SharedScans();
  private final Map<String, List<Repository>> byOrganisation = new HashMap<>();
  private final Map<Repository, Map<String, Boolean>> named = new HashMap<>();

  /**
   * @param elsewhere statements that are kept away from the weights
   * @param searchWholeHub whether the sidecars of other repositories may be read, where a source is
   *     neither in the repository that the attestation names nor in its own
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
      evidence = new RepositoryAudit(storage, verifier, elsewhere, scans).read(repository);
      read.put(repository, evidence);
    }
    return evidence;
  }

  @Override
  public List<Source> find(SourceQuery query) {
    try {
      if (query.elsewhere()) {
        return searchWholeHub ? elsewhere(query) : List.of();
      }
      for (Repository repository :
          likeliest(Inventory.named(storage, query.repository()), query.key())) {
        evidence(repository);
      }
      List<Source> found = amongRead(query);
      return found.isEmpty()
              && query.key().equals(Source.modelKey(query.repository()))
              && !query.repository().contains("/")
          ? unlisted(query.repository())
          : found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What parties of the chain vouch for elsewhere. A repository that only names the digest, without
   * having the bytes, does not count towards the limit: anybody can copy a sidecar.
   */
  private List<Source> elsewhere(SourceQuery query) throws IOException {
    int answering = 0;
    for (String organisation : Inventory.organisations(storage)) {
      // In a Hugging Face cache each repository's folder stands where organisations do.
      if (!Inventory.isCached(organisation) && !judge.mayVouchAnywhereIn(organisation, query)) {
        continue;
      }
      for (Repository repository : repositories(organisation)) {
        if (answering < ChainJudge.MAX_CANDIDATES
            && query.mayBeIn(repository.name())
            && judge.mayVouchIn(repository.name(), query)
            && names(repository, query)
            && !judge.answers(evidence(repository).sources(), query).isEmpty()) {
          answering++;
        }
      }
    }
    return amongRead(query);
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

  private List<Source> amongRead(SourceQuery query) {
    return read.values().stream()
        .flatMap(evidence -> evidence.sources().stream())
        .filter(source -> source.key().equals(query.key()) && query.mayBeIn(source.repository()))
        .toList();
  }

  /**
   * Of very many revisions, those whose sidecars name the digest; any, where a name is asked for.
   */
  private List<Repository> likeliest(List<Repository> revisions, String key) throws IOException {
    if (revisions.size() <= ChainJudge.MAX_CANDIDATES) {
      return revisions;
    }
    if (key.equals(Source.modelKey(revisions.get(0).name()))) {
      return revisions.subList(0, ChainJudge.MAX_CANDIDATES);
    }
    List<Repository> naming = new ArrayList<>();
    for (Repository revision : revisions) {
      if (naming.size() < ChainJudge.MAX_CANDIDATES && keysNamedIn(revision).containsKey(key)) {
        naming.add(revision);
      }
    }
    return naming;
  }

  private List<Repository> repositories(String organisation) {
    List<Repository> listed = byOrganisation.get(organisation);
    if (listed == null) {
      try {
        listed = Inventory.repositories(storage, organisation);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "{0} can''t be listed, no source is looked for there", organisation);
        listed = List.of();
      }
      byOrganisation.put(organisation, listed);
    }
    return listed;
  }

  private boolean names(Repository repository, SourceQuery query) {
    Map<String, Boolean> keys = named.get(repository);
    if (keys == null) {
      try {
        keys = keysNamedIn(repository);
      } catch (IOException e) {
        LOG.log(
            Level.WARNING,
            "{0} can''t be listed, no source is looked for there",
            repository.directory());
        keys = Map.of();
      }
      named.put(repository, keys);
    }
    return keys.getOrDefault(query.key(), false);
  }

  /** The keys that the sidecars of a repository name, and whether one that does counts there. */
  private Map<String, Boolean> keysNamedIn(Repository repository) throws IOException {
    Map<String, Boolean> keys = new HashMap<>();
    for (HubFile file : Inventory.files(storage, repository)) {
      elsewhere
          .digestsOfFilesNamed(lastName(file.name()))
          .forEach(digest -> keys.put(Source.digestKey(digest), true));
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
        ? judge.problemOf(ModelSignature.unreadable(statement), statement.repository()).isEmpty()
        : judge.problemOf(statement).isEmpty();
  }
}
