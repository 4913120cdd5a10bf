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
import java.util.regex.Pattern;

/**
 * What a hub holds. Two layouts are known by their names and can lie in one hub: {@code
 * org/name/files}, and the Hugging Face cache, {@code models--org--name/snapshots/revision/files},
 * in which each snapshot is a repository.
 *
 * <p>A file that lies in no repository, at the root or directly under {@code org}, is not part of
 * the hub. Nor is what begins with a dot there, and the cache's {@code datasets--*} and {@code
 * spaces--*}. Each method lists only what it is asked for, so that a hub can be listed in parallel.
 */
public final class Inventory {
  private static final String MODELS = "models--";

  /** A snapshot's folder, below the hub's root or below its model's own folder in the cache. */
  private static final Pattern SNAPSHOT = Pattern.compile("(models--[^/]*/)?snapshots/[^/]+");

  private static final Set<String> NOT_OF_THE_MODEL = Set.of(".git", ".cache");
  private static final int MAX_DEPTH = 32;

  /** Of one repository, whose statements are held in memory together. */
  static final long MAX_SIDECAR_BYTES = 128L << 20;

  /** Of one repository: what links to directories could multiply must come to an end. */
  private static final int MAX_ENTRIES = 200_000;

  private Inventory() {}

  /**
   * The names of the top-level directories that can hold repositories, sorted. One that can't be
   * listed is among them.
   */
  public static List<String> organisations(Storage storage) throws IOException {
    return storage.list("").stream()
        .filter(Inventory::mayBeDirectory)
        .map(Entry::name)
        .filter(name -> !name.startsWith("datasets--") && !name.startsWith("spaces--"))
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

  /**
   * The repositories of one top-level directory. One that can't be listed is among them.
   *
   * @param organisation one of {@link #organisations}
   * @throws IOException if the directory itself can't be listed
   */
  public static List<Repository> repositories(Storage storage, String organisation)
      throws IOException {
    if (!organisation.startsWith(MODELS)) {
      return storage.list(organisation).stream()
          .filter(Inventory::mayBeDirectory)
          .map(entry -> new Repository(entry.path(), "", entry.path()))
          .toList();
    }
    String name = cachedName(organisation);
    try {
      return storage.list(organisation + "/snapshots").stream()
          .filter(Inventory::mayBeDirectory)
          .map(entry -> new Repository(name, entry.name(), entry.path()))
          .toList();
    } catch (NoSuchFileException e) {
      // The cache makes the directory before it has a snapshot.
      storage.stat(organisation);
      return List.of();
    }
  }

  /**
   * The files of a repository, sorted by name, those that can't be read among them. {@code .git}
   * and {@code .cache} directly in the repository are not part of it. A directory that a link leads
   * back to is not entered again.
   *
   * <p>A folder below the repository's own that can't be listed to its end is among them, with its
   * problem: see {@link HubFile#unlisted}. So is one deeper than 32 folders, or the one in which
   * the repository's 200,000 entries are exceeded. Of signatures and attestations beyond 128 MiB in
   * all the largest can't be read either.
   *
   * @throws IOException if the repository's own folder can't be listed
   */
  public static List<HubFile> files(Storage storage, Repository repository) throws IOException {
    List<HubFile> files = below(storage, repository.directory(), repository);
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
    Walk walk = new Walk(storage, repository);
    walk.enter(storage.stat(folder), 0, false);
    walk.files.sort(Comparator.comparing(HubFile::name));
    return walk.files;
  }

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
        file.linked());
  }

  /**
   * The repositories of a model, one a revision; none where the hub does not have it.
   *
   * @param model {@code org/name}: hostile text
   */
  public static List<Repository> named(Storage storage, String model) throws IOException {
    String[] names = model.split("/", -1);
    if (names.length > 2 || Arrays.stream(names).anyMatch(Inventory::isNoName)) {
      return List.of();
    }
    List<Repository> found = new ArrayList<>();
    if (names.length == 2 && !model.startsWith(MODELS) && isDirectory(storage, model)) {
      found.add(new Repository(model, "", model));
    }
    String cached = MODELS + String.join("--", names);
    if (isDirectory(storage, cached)) {
      found.addAll(repositories(storage, cached));
    }
    return found;
  }

  /**
   * The repository that a path lies in.
   *
   * @param path of the repository's directory or of anything below it
   * @return empty where the path lies in no repository, or there is nothing
   */
  public static Optional<Repository> containing(Storage storage, String path) throws IOException {
    String[] names = path.split("/", -1);
    boolean cached = names[0].startsWith(MODELS);
    if (names.length < (cached ? 3 : 2) || (cached && !names[1].equals("snapshots"))) {
      return Optional.empty();
    }
    String directory = String.join("/", Arrays.asList(names).subList(0, cached ? 3 : 2));
    if (!isDirectory(storage, directory)) {
      return Optional.empty();
    }
    return Optional.of(
        cached
            ? new Repository(cachedName(names[0]), names[2], directory)
            : new Repository(directory, "", directory));
  }

  private static boolean isNoName(String name) {
    return name.isEmpty() || name.startsWith(".");
  }

  private static boolean isDirectory(Storage storage, String path) throws IOException {
    try {
      return storage.stat(path).type() == Storage.Type.DIRECTORY;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static boolean mayBeDirectory(Entry entry) {
    return entry.type() != Storage.Type.FILE && !entry.name().startsWith(".");
  }

  /** The cache joins the organisation, if there is one, and the name by two dashes. */
  private static String cachedName(String directory) {
    String joined = directory.substring(MODELS.length());
    int cut = joined.indexOf("--");
    if (cut > 0) {
      return joined.substring(0, cut) + "/" + joined.substring(cut + 2);
    }
    return joined.isEmpty() ? directory : joined;
  }

  private static final class Walk {
    private final Storage storage;
    private final Repository repository;
    private final List<HubFile> files = new ArrayList<>();
    private final boolean linksAreBlobs;
    private final Set<String> ancestors = new HashSet<>();
    private int entries;

    Walk(Storage storage, Repository repository) {
      this.storage = storage;
      this.repository = repository;
      this.linksAreBlobs = SNAPSHOT.matcher(repository.directory()).matches();
    }

    void enter(Entry directory, int depth, boolean linked) throws IOException {
      if (depth > MAX_DEPTH) {
        throw new IOException("it is deeper than " + MAX_DEPTH + " folders");
      }
      Optional<String> identity = directory.etag();
      if (identity.isPresent() && !ancestors.add(identity.get())) {
        return;
      }
      for (Entry entry : storage.list(directory.path())) {
        if (++entries > MAX_ENTRIES) {
          throw new IOException("it holds more than " + MAX_ENTRIES + " entries");
        }
        boolean throughLink = linked || (!linksAreBlobs && storage.isLink(entry.path()));
        if (entry.type() != Storage.Type.DIRECTORY) {
          files.add(file(entry, entry.name(), entry.problem(), throughLink));
        } else if (depth > 0 || !NOT_OF_THE_MODEL.contains(entry.name())) {
          enterBelow(entry, depth + 1, throughLink);
        }
      }
      identity.ifPresent(ancestors::remove);
    }

    /** A folder that can't be listed costs its own files, and stands for them. */
    private void enterBelow(Entry directory, int depth, boolean linked) throws IOException {
      try {
        enter(directory, depth, linked);
      } catch (IOException e) {
        if (entries > MAX_ENTRIES) {
          throw e;
        }
        files.add(
            file(
                directory,
                directory.name() + "/",
                Optional.of("the folder can't be listed: " + e.getMessage()),
                linked));
      }
    }

    private HubFile file(Entry entry, String lastName, Optional<String> problem, boolean linked) {
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
          linked);
    }
  }
}
