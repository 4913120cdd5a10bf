package dev.weighmaster.hub;

import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a hub holds. Two layouts are known by their names and can lie in one hub: {@code
 * org/name/files}, and the Hugging Face cache, {@code models--org--name/snapshots/revision/files},
 * in which each snapshot is a repository.
 *
 * <p>A file that lies in no repository, at the root or directly under {@code org}, is a stray, and
 * so is one under {@code models--org--name} in a folder that the cache does not make. Not part of
 * the hub is what begins with a dot there, and the cache's {@code datasets--*} and {@code
 * spaces--*}. Each method lists only what it is asked for, so that a hub can be listed in parallel.
 */
public final class Inventory {
  /** How many folders deep a repository is listed. */
  public static final int MAX_DEPTH = 32;

  /** Of one repository, whose statements are held in memory together. */
  static final long MAX_SIDECAR_BYTES = 128L << 20;

  /** Of one repository: what links to directories could multiply must come to an end. */
  static final int MAX_ENTRIES = 200_000;

  private Inventory() {}

  /**
   * The names of the top-level directories that can hold repositories, sorted. One that can't be
   * listed is among them.
   */
  public static List<String> organisations(Storage storage) throws IOException {
    return storage.list("").stream()
        .filter(Inventory::mayBeDirectory)
        .map(Entry::name)
        .filter(Layout::holdsRepositories)
        .toList();
  }

  /** All repositories of a hub, in the order of their directories. */
  public static List<Repository> repositories(Storage storage) throws IOException {
    List<Repository> repositories = new ArrayList<>();
    for (String organisation : organisations(storage)) {
      repositories.addAll(repositories(storage, organisation));
    }
    return repositories;
  }

  /** The files at the hub's root, which lie in no repository, sorted by path. */
  public static List<HubFile> strays(Storage storage) throws IOException {
    return strays(storage.list(""));
  }

  private static List<HubFile> strays(List<Entry> entries) {
    return entries.stream()
        .filter(entry -> entry.type() == Storage.Type.FILE && Layout.isStray(entry.path()))
        .map(HubFile::stray)
        .toList();
  }

  /**
   * What a top-level directory holds.
   *
   * @param repositories one that can't be listed among them
   * @param strays files where there should be repositories, sorted by path
   */
  public record Organisation(List<Repository> repositories, List<HubFile> strays) {
    public Organisation {
      repositories = List.copyOf(repositories);
      strays = List.copyOf(strays);
    }
  }

  /**
   * The repositories of one top-level directory. One that can't be listed is among them.
   *
   * @param organisation one of {@link #organisations}
   * @throws IOException if the directory itself can't be listed
   */
  public static List<Repository> repositories(Storage storage, String organisation)
      throws IOException {
    return organisation(storage, organisation).repositories();
  }

  /**
   * Lists one top-level directory.
   *
   * @param organisation one of {@link #organisations}
   * @throws IOException if the directory itself can't be listed
   */
  public static Organisation organisation(Storage storage, String organisation) throws IOException {
    if (isHubItself(storage, organisation)) {
      throw new IOException("it is a link to the hub itself");
    }
    List<Entry> entries = storage.list(organisation);
    if (!organisation.startsWith(Layout.MODELS)) {
      return new Organisation(
          entries.stream()
              .filter(Inventory::mayBeDirectory)
              .map(entry -> new Repository(entry.path(), "", entry.path()))
              .toList(),
          strays(entries));
    }
    String name = Layout.cachedName(organisation);
    List<Entry> snapshots = snapshots(storage, organisation);
    return new Organisation(
        snapshots.stream()
            .filter(Inventory::mayBeDirectory)
            .map(entry -> new Repository(name, entry.name(), entry.path()))
            .toList(),
        Stream.of(strays(entries), straysBelow(storage, entries), strays(snapshots))
            .flatMap(List::stream)
            .sorted(Comparator.comparing(HubFile::path))
            .toList());
  }

  private static List<Entry> snapshots(Storage storage, String organisation) throws IOException {
    try {
      return storage.list(organisation + "/snapshots");
    } catch (NoSuchFileException e) {
      // The cache makes the directory before it has a snapshot.
      return List.of();
    }
  }

  /**
   * The strays in the folders beside the snapshots of a model. A folder stands for its own where
   * they are too many, or it is a link or can't be listed.
   */
  private static List<HubFile> straysBelow(Storage storage, List<Entry> entries)
      throws IOException {
    List<HubFile> strays = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.type() == Storage.Type.DIRECTORY && Layout.mayHoldStrays(entry.name())) {
        if (strays.size() < MAX_ENTRIES && !storage.isLink(entry.path())) {
          strays.addAll(straysBelow(storage, entry));
        } else {
          strays.add(HubFile.stray(entry));
        }
      }
    }
    return strays;
  }

  private static List<HubFile> straysBelow(Storage storage, Entry folder) {
    try {
      return below(storage, folder.path()).stream()
          .filter(file -> Layout.isStray(file.path()))
          .map(HubFile::asStray)
          .toList();
    } catch (IOException e) {
      // The snapshots must not be lost with what lies beside them.
      return List.of(HubFile.stray(folder));
    }
  }

  /**
   * The files of a repository, sorted by name, those that can't be read among them. {@code .git}
   * and {@code .cache} directly in the repository are not part of it. A directory that a link leads
   * back to is not entered again, and none that a link leads to outside the repository's own folder
   * or, of a snapshot, its model's.
   *
   * <p>A folder below the repository's own that can't be listed to its end is among them, with its
   * problem: see {@link HubFile#unlisted}. So is one deeper than 32 folders. Of signatures and
   * attestations beyond 128 MiB in all the largest can't be read either.
   *
   * <p>A repository of more than 200,000 entries, wherever in it they are, has none of its files
   * listed: in a {@linkplain Storage#flat flat} storage one unlisted row stands for all of it.
   *
   * <p>What stands in a repository's place and is none is one unlisted row, such as a link that
   * leads nowhere, or to a folder that holds repositories.
   *
   * @throws IOException if the repository's own folder can't be listed, or if the repository has
   *     more than 200,000 entries and the storage is not flat
   */
  public static List<HubFile> files(Storage storage, Repository repository) throws IOException {
    if (storage.flat()) {
      return FlatInventory.ofRepository(storage, repository);
    }
    Optional<String> problem = storage.stat(repository.directory()).problem();
    if (problem.isEmpty()) {
      problem = misplaced(storage, repository);
    }
    return problem.isPresent()
        ? List.of(repository.unlisted(problem.get()))
        : readable(below(storage, repository.directory(), repository));
  }

  /** The files of one repository, of whose sidecars those beyond the limit can't be read. */
  static List<HubFile> readable(List<HubFile> files) {
    Set<HubFile> excess = excessSidecars(files);
    return files.stream().map(file -> excess.contains(file) ? unread(file) : file).toList();
  }

  /**
   * The files below a folder that is no repository, as {@link #files} has them, but without a limit
   * to its signatures and attestations.
   */
  public static List<HubFile> below(Storage storage, String folder) throws IOException {
    return below(storage, folder, new Repository("", "", folder));
  }

  private static List<HubFile> below(Storage storage, String folder, Repository repository)
      throws IOException {
    return new RepositoryWalk(storage, repository).files(folder);
  }

  /** Why a link does not stand for a repository: it leads to what holds repositories. */
  static Optional<String> misplaced(Storage storage, Repository repository) throws IOException {
    String directory = repository.directory();
    if (repository.name().isEmpty() || !storage.isLink(directory)) {
      return Optional.empty();
    }
    String real = storage.real(directory);
    String parent = storage.real(directory.substring(0, Math.max(0, directory.lastIndexOf('/'))));
    return !real.contains("/") || (parent + "/").startsWith(real + "/")
        ? Optional.of("it is a link to a folder that holds repositories")
        : Optional.empty();
  }

  /**
   * Whether a folder is a link that would take what others have uploaded into the repository.
   *
   * @param home that it may lead to, a real path; empty for any
   */
  static boolean leadsAway(Storage storage, String folder, String home) throws IOException {
    if (home.isEmpty() || !storage.isLink(folder)) {
      return false;
    }
    String real = storage.real(folder);
    return !real.equals(home) && !real.startsWith(home + "/");
  }

  /** Where links of a repository may lead; what is none may have them lead anywhere in the hub. */
  static String home(Storage storage, Repository repository) throws IOException {
    return repository.name().isEmpty() ? "" : storage.real(Layout.home(repository));
  }

  /** What {@link #leadsAway} means for the folder. */
  static final String LEADS_AWAY = "it is a link that leads out of the repository";

  private static Set<HubFile> excessSidecars(List<HubFile> files) {
    Set<HubFile> excess = new HashSet<>();
    long bytes = 0;
    for (HubFile file :
        files.stream()
            .filter(each -> each.kind() == FileKind.SIDECAR)
            .sorted(Comparator.comparingLong(HubFile::size))
            .toList()) {
      bytes += file.size();
      if (bytes > MAX_SIDECAR_BYTES) {
        excess.add(file);
      }
    }
    return excess;
  }

  private static HubFile unread(HubFile file) {
    return new HubFile(
        file.repository(),
        file.revision(),
        file.path(),
        file.name(),
        file.size(),
        file.kind(),
        file.etag(),
        file.modified(),
        file.problem()
            .or(
                () ->
                    Optional.of(
                        "the repository has more than 128 MiB of signatures and attestations")),
        file.linked(),
        file.changed());
  }

  /**
   * The repositories of a model, one a revision; none where the hub does not have it. What can't be
   * listed is among them, as it is among those of its organisation.
   *
   * @param model {@code org/name}: hostile text
   */
  public static List<Repository> named(Storage storage, String model) throws IOException {
    String[] names = model.split("/", -1);
    if (names.length > 2 || Arrays.stream(names).anyMatch(name -> !Layout.isShown(name))) {
      return List.of();
    }
    List<Repository> found = new ArrayList<>();
    if (names.length == 2
        && Layout.holdsRepositories(names[0])
        && !isCached(names[0])
        && isRepository(storage, model)) {
      found.add(new Repository(model, "", model));
    }
    String cached = cacheFolder(model);
    if (isDirectory(storage, cached)) {
      found.addAll(repositories(storage, cached));
    }
    return found;
  }

  /** The folder of a model in a Hugging Face cache. */
  public static String cacheFolder(String model) {
    return Layout.MODELS + model.replace("/", "--");
  }

  /** Whether a folder at the hub's root is a repository of a Hugging Face cache, by its name. */
  public static boolean isCached(String organisation) {
    return organisation.startsWith(Layout.MODELS);
  }

  /**
   * The repository that a path lies in.
   *
   * @param path of the repository's directory or of anything below it
   * @return empty where the path lies in no repository, or there is nothing
   */
  public static Optional<Repository> containing(Storage storage, String path) throws IOException {
    Optional<Repository> repository = Layout.containing(path);
    return repository.isPresent() && isRepository(storage, repository.get().directory())
        ? repository
        : Optional.empty();
  }

  /** Whether the organisation above a directory, listed, would have it for a repository. */
  private static boolean isRepository(Storage storage, String directory) throws IOException {
    try {
      return isDirectory(storage, directory.substring(0, directory.lastIndexOf('/')))
          && !isHubItself(storage, directory.substring(0, directory.indexOf('/')))
          && mayBeDirectory(storage.stat(directory));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static boolean isHubItself(Storage storage, String organisation) throws IOException {
    return storage.isLink(organisation) && storage.real(organisation).isEmpty();
  }

  private static boolean isDirectory(Storage storage, String path) throws IOException {
    try {
      return storage.stat(path).type() == Storage.Type.DIRECTORY;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static boolean mayBeDirectory(Entry entry) {
    return entry.type() != Storage.Type.FILE && Layout.isShown(entry.name());
  }

  /**
   * A file of a repository.
   *
   * @param lastName of the path, followed by {@code /} where it stands for a folder
   */
  static HubFile file(
      Repository repository,
      Entry entry,
      String lastName,
      Optional<String> problem,
      boolean linked) {
    String within = entry.path().substring(repository.directory().length() + 1);
    String name = within.substring(0, within.length() - entry.name().length()) + lastName;
    return new HubFile(
        repository.name(),
        repository.revision(),
        entry.path(),
        name,
        entry.size(),
        FileKind.of(name),
        entry.etag(),
        entry.modified(),
        problem,
        linked,
        entry.changed());
  }
}
