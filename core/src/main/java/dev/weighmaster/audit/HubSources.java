package dev.weighmaster.audit;

import dev.weighmaster.audit.SidecarKeys.Naming;
import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.chain.RepositoryEvidence;
import dev.weighmaster.chain.Source;
import dev.weighmaster.chain.SourceKey;
import dev.weighmaster.chain.SourceLookup;
import dev.weighmaster.chain.SourceQuery;
import dev.weighmaster.digest.SharedScans;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds sources by reading the repositories of a hub as they are asked for. Not thread-safe.
 *
 * <p>An audit joins by digest over the whole hub; this reads the repositories that a statement
 * names: of very many revisions first those whose sidecars name the digest, then the others, until
 * {@link ChainJudge#MAX_CANDIDATES} have it. So it reads all of them for a digest that none has,
 * and where one of them may be revoked; only what the storage allows the reader ends that.
 *
 * <p>What is asked for elsewhere can only be in a repository for which the policy names one of the
 * chain's parties: of those it reads the ones whose sidecars name the digest, or that have a file
 * of the name that a statement kept elsewhere gives it, until as many have it. If none has, it
 * reads as many of those that are signed by shards or another hash than SHA-256, which says nothing
 * of a digest; of those it reads all, where one of them may have the weights of an embedded
 * signature under another name.
 */
public final class HubSources implements SourceLookup {
  private static final System.Logger LOG = System.getLogger(HubSources.class.getName());

  private final Storage storage;
  private final BundleVerifier verifier;
  private final AttestationStore elsewhere;
  private final ChainJudge judge;
  private final Map<Repository, RepositoryEvidence> read = new HashMap<>();
  private final Map<Repository, List<RepositoryAudit.ReadFile>> files = new HashMap<>();
  private final Map<SourceKey, List<Source>> readByKey = new HashMap<>();

  /** What was found among all that is read so far. */
  private final Map<SourceQuery, List<Source>> answers = new HashMap<>();

  private final SharedScans scans = new SharedScans();
  private final Map<String, List<Repository>> byOrganisation = new HashMap<>();
  private final SidecarKeys sidecarKeys;

  /**
   * @param elsewhere statements that are kept away from the weights
   */
  public HubSources(
      Storage storage, BundleVerifier verifier, AttestationStore elsewhere, ChainJudge judge) {
    this.storage = storage;
    this.verifier = verifier;
    this.elsewhere = elsewhere;
    this.judge = judge;
    this.sidecarKeys = new SidecarKeys(storage, verifier, elsewhere, judge);
  }

  /**
   * The evidence of a repository, read now if it was not read before.
   *
   * @throws IOException if it can't be listed
   */
  public RepositoryEvidence evidence(Repository repository) throws IOException {
    RepositoryEvidence evidence = read.get(repository);
    if (evidence == null) {
      RepositoryAudit.ReadRepository fresh =
          new RepositoryAudit(storage, verifier, elsewhere, scans).readFiles(repository);
      evidence = fresh.evidence();
      keep(repository, evidence);
      files.put(repository, fresh.files());
    }
    return evidence;
  }

  /** The weights and sidecars of a repository that was read, as the versions that were read. */
  List<RepositoryAudit.ReadFile> files(String repository, String revision) {
    return files.entrySet().stream()
        .filter(each -> each.getKey().name().equals(repository))
        .filter(each -> each.getKey().revision().equals(revision))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElse(List.of());
  }

  private void keep(Repository repository, RepositoryEvidence evidence) {
    read.put(repository, evidence);
    evidence
        .sources()
        .forEach(
            source ->
                readByKey.computeIfAbsent(source.key(), any -> new ArrayList<>()).add(source));
    answers.clear();
  }

  /** The evidence of a repository that is asked for a source, as an audit has it. */
  private RepositoryEvidence asSource(Repository repository) {
    try {
      return evidence(repository);
    } catch (IOException e) {
      Problem problem =
          new Problem(
              Reason.IO_ERROR,
              repository.directory() + " can't be listed: " + StorageFailure.reason(e));
      RepositoryEvidence unread =
          RepositoryEvidence.unjudged(repository.name(), repository.revision(), problem);
      keep(repository, unread);
      return unread;
    }
  }

  @Override
  public List<Source> find(SourceQuery query) {
    List<Source> known = answers.get(query);
    if (known == null) {
      try {
        known = judge.answers(query.elsewhere() ? elsewhere(query) : inRepository(query), query);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      answers.put(query, known);
    }
    return known;
  }

  private List<Source> inRepository(SourceQuery query) throws IOException {
    boolean byName = query.key() instanceof SourceKey.OfModel;
    List<Repository> exact = Inventory.named(storage, query.repository());
    List<Repository> revisions =
        (byName || exact.isEmpty() ? inAnyCase(query) : exact)
            .stream().filter(each -> query.mayBeAt(each.revision())).toList();
    if (revisions.size() <= ChainJudge.MAX_CANDIDATES || (!byName && judge.asksEveryRevision())) {
      revisions.forEach(this::asSource);
    } else if (byName) {
      readUntilEnoughAnswer(revisions, query);
    } else {
      readLikeliest(revisions, query);
    }
    List<Source> found = new ArrayList<>(amongRead(query));
    if (byName && !query.repository().contains("/")) {
      found.addAll(unlisted(query.repository()));
    }
    return found;
  }

  /** The repositories of a model's name, and of its other spellings. */
  private List<Repository> inAnyCase(SourceQuery query) throws IOException {
    String model = query.repository();
    Set<Repository> found = new LinkedHashSet<>(Inventory.named(storage, model));
    int slash = model.indexOf('/');
    if (slash < 0) {
      return List.copyOf(found);
    }
    String organisation = model.substring(0, slash);
    String cached = Inventory.cacheFolder(model);
    for (String folder : Inventory.organisations(storage)) {
      // In a Hugging Face cache each repository's folder stands where organisations do.
      if (folder.equals(organisation) || folder.equalsIgnoreCase(cached)) {
        repositories(folder).stream()
            .filter(each -> query.mayBeIn(each.name()))
            .forEach(found::add);
      }
    }
    return List.copyOf(found);
  }

  /** Reads revisions until enough of them answer: those first that an audit would prefer. */
  private void readLikeliest(List<Repository> revisions, SourceQuery query) {
    Map<Boolean, List<Repository>> byCounting =
        revisions.stream()
            .sorted(Comparator.comparing(revision -> sidecarKeys.of(revision, query.key())))
            .collect(
                Collectors.partitioningBy(
                    revision -> sidecarKeys.of(revision, query.key()).mayCount()));
    // What nobody who counts has signed or attested comes last, and leads nowhere.
    if (!readUntilEnoughAnswer(byCounting.get(true), query)) {
      readUntilEnoughAnswer(byCounting.get(false), query);
    }
  }

  /** Whether any answers. */
  private boolean readUntilEnoughAnswer(List<Repository> repositories, SourceQuery query) {
    Set<String> answering = new HashSet<>();
    for (Repository repository : repositories) {
      if (answering.size() == ChainJudge.MAX_CANDIDATES) {
        break;
      }
      if (!judge.answers(asSource(repository).sources(), query).isEmpty()) {
        // Of what is signed, an audit keeps one of all revisions.
        answering.add(query.signed() ? repository.name() : repository.directory());
      }
    }
    return !answering.isEmpty();
  }

  /**
   * What parties of the chain have signed elsewhere. A repository that only names the digest,
   * without having the bytes, does not count towards the limit: anybody can copy a sidecar.
   */
  private List<Source> elsewhere(SourceQuery query) throws IOException {
    Map<Naming, List<Repository>> found = new EnumMap<>(Naming.class);
    for (String organisation : Inventory.organisations(storage)) {
      // In a Hugging Face cache each repository's folder stands where organisations do.
      if (!Inventory.isCached(organisation) && !judge.mayVouchAnywhereIn(organisation, query)) {
        continue;
      }
      for (Repository repository : repositories(organisation)) {
        if (query.mayBeIn(repository.name()) && judge.mayVouchIn(repository.name(), query)) {
          found
              .computeIfAbsent(sidecarKeys.of(repository, query.key()), any -> new ArrayList<>())
              .add(repository);
        }
      }
    }
    List<Repository> naming = those(found, Naming.BY_WHO_COUNTS, Naming.BY_WHO_IS_NAMED);
    List<Repository> perhaps =
        those(found, Naming.PERHAPS_BY_WHO_COUNTS, Naming.PERHAPS_BY_WHO_IS_NAMED);
    if (query.signed()) {
      // Each can take a verdict away, so the limit may leave out none that answers.
      readUntilEnoughAnswer(Stream.concat(naming.stream(), perhaps.stream()).toList(), query);
    } else if (!readUntilEnoughAnswer(naming, query)) {
      perhaps.stream().limit(ChainJudge.MAX_CANDIDATES).forEach(this::asSource);
    }
    return amongRead(query);
  }

  private static List<Repository> those(Map<Naming, List<Repository>> found, Naming... namings) {
    return Stream.of(namings)
        .flatMap(naming -> found.getOrDefault(naming, List.of()).stream())
        .toList();
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
    return readByKey.getOrDefault(query.key(), List.of()).stream().filter(query::isOf).toList();
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
}
