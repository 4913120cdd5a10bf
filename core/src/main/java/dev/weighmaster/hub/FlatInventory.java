package dev.weighmaster.hub;

import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import dev.weighmaster.io.StorageFailure;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The content of a hub by the paths of a file list or an object store, without walking folders. For
 * the same files it returns the same as {@link Inventory}, with the same limits.
 *
 * <p>A path that a list has more than once is one file; one that can't be read, where the list
 * contradicts itself. Neither can one be read whose names no path in a hub has: an empty one, or
 * {@code .} or {@code ..}, which object stores allow. What ends with {@code /} marks a folder in an
 * object store, and is no file.
 */
public final class FlatInventory {
  private static final Set<String> NO_NAMES = Set.of("", ".", "..");

  private FlatInventory() {}

  /** A file, and the repository that it lies in. */
  public record Placed(Repository repository, Entry entry) {
    /** The order that {@link #files} asks for: repository by repository. */
    public static final Comparator<Placed> ORDER =
        Comparator.comparing((Placed file) -> file.repository().directory())
            .thenComparing(file -> file.entry().path());
  }

  /**
   * Finds the repository of what a list has.
   *
   * @param entry whose path is hostile text; a directory or what can't be read stands for files
   *     that the list does not know
   * @return empty for what is not part of the hub, see {@link Inventory}
   */
  public static Optional<Placed> place(Entry entry) {
    if (entry.path().endsWith("/")) {
      return Optional.empty();
    }
    Optional<Repository> repository =
        Layout.ofFile(entry.path() + (entry.type() == Storage.Type.DIRECTORY ? "/" : ""));
    if (repository.isEmpty() && entry.type() != Storage.Type.FILE) {
      repository = Layout.ofDirectory(entry.path());
    }
    return repository.map(found -> new Placed(found, entry));
  }

  /** Stands for none, and comes before all others. */
  private static final Repository NO_REPOSITORY = new Repository("", "", "");

  /** As {@link #place} does, and a stray in no repository. */
  public static Optional<Placed> placeOrStray(Entry entry) {
    return place(entry).or(() -> stray(entry).map(file -> new Placed(NO_REPOSITORY, entry)));
  }

  /** What is no file of a repository, but lies where the repositories should. */
  static Optional<HubFile> stray(Entry entry) {
    return entry.type() == Storage.Type.FILE && Layout.isStray(entry.path())
        ? Optional.of(HubFile.stray(entry))
        : Optional.empty();
  }

  /**
   * Looks at a path of which a list says no more than that.
   *
   * @param path hostile text
   * @return what can't be read where there is nothing, or it can't be looked at
   */
  public static Entry lookUp(Storage storage, String path) {
    try {
      return storage.stat(path);
    } catch (IOException | RuntimeException e) {
      return unreadable(path, StorageFailure.reason(e));
    }
  }

  /**
   * The files of a top-level directory, strays among them, in one listing; empty where they are so
   * many that each repository is better listed by itself.
   *
   * @param storage one that is {@link Storage#flat}
   * @param most files that are listed before that is found
   */
  public static Optional<List<HubFile>> ofOrganisation(
      Storage storage, String organisation, int most) throws IOException {
    List<Placed> placed = new ArrayList<>();
    List<HubFile> strays = new ArrayList<>();
    int[] listed = {0};
    storage.visitBelow(
        organisation,
        entry -> {
          place(entry).ifPresent(placed::add);
          stray(entry).ifPresent(strays::add);
          return ++listed[0] <= most;
        });
    if (listed[0] > most) {
      return Optional.empty();
    }
    strays.addAll(sorted(storage, placed));
    return Optional.of(strays);
  }

  /** The files of one repository, in one listing of a storage that is {@link Storage#flat}. */
  static List<HubFile> ofRepository(Storage storage, Repository repository) throws IOException {
    List<Placed> placed = new ArrayList<>();
    storage.visitBelow(
        repository.directory(),
        entry -> {
          place(entry).ifPresent(placed::add);
          return placed.size() <= Inventory.MAX_ENTRIES;
        });
    return sorted(storage, placed);
  }

  private static List<HubFile> sorted(Storage storage, List<Placed> placed) {
    placed.sort(Placed.ORDER);
    List<HubFile> files = new ArrayList<>();
    files(storage, placed.iterator()).forEachRemaining(files::add);
    return files;
  }

  /**
   * The strays, and the files of whole repositories one after the other, each as {@link
   * Inventory#files} has it. No more than one repository's files, and so no more than 200,000, are
   * held in memory.
   *
   * @param storage is asked for nothing but which files are links
   * @param sorted in their {@link Placed#ORDER}
   */
  public static Iterator<HubFile> files(Storage storage, Iterator<Placed> sorted) {
    return new Files(storage, sorted);
  }

  private static final class Files implements Iterator<HubFile> {
    private final Storage storage;
    private final Iterator<Placed> sorted;
    private Optional<Placed> ahead = Optional.empty();
    private Iterator<HubFile> ready = List.<HubFile>of().iterator();

    Files(Storage storage, Iterator<Placed> sorted) {
      this.storage = storage;
      this.sorted = sorted;
      advance();
    }

    private void advance() {
      ahead = sorted.hasNext() ? Optional.of(sorted.next()) : Optional.empty();
    }

    @Override
    public boolean hasNext() {
      return ready.hasNext() || ahead.isPresent();
    }

    /** One at a time, since there can be any number of them. */
    private HubFile stray() {
      Entry entry = ahead.orElseThrow().entry();
      while (ahead.isPresent() && ahead.get().entry().path().equals(entry.path())) {
        advance();
      }
      return HubFile.stray(entry);
    }

    @Override
    public HubFile next() {
      if (!ready.hasNext()) {
        Repository repository = ahead.orElseThrow().repository();
        if (repository.equals(NO_REPOSITORY)) {
          return stray();
        }
        Gathered gathered = new Gathered(storage, repository);
        while (ahead.isPresent() && ahead.get().repository().equals(repository)) {
          gathered.add(ahead.get().entry());
          advance();
        }
        ready = gathered.files().iterator();
      }
      return ready.next();
    }
  }

  /** The entries of one repository. */
  private static final class Gathered {
    private final Storage storage;
    private final Repository repository;
    private final Links links;
    private final List<Entry> entries = new ArrayList<>();
    private String[] previous = {};
    private int counted;

    Gathered(Storage storage, Repository repository) {
      this.storage = storage;
      this.repository = repository;
      this.links = new Links(storage, repository);
    }

    void add(Entry listed) {
      if (isOverfull()) {
        return;
      }
      Entry entry = listed.path().equals(repository.directory()) ? listed : checked(listed);
      if (entries.isEmpty() || !last().path().equals(entry.path())) {
        count(entry.path());
        entries.add(entry);
      } else if (!last().equals(entry)) {
        entries.set(
            entries.size() - 1,
            unreadable(entry.path(), "the inventory has it more than once, and not the same"));
      }
      if (isOverfull()) {
        entries.clear();
      }
    }

    private Entry last() {
      return entries.get(entries.size() - 1);
    }

    private boolean isOverfull() {
      return counted > Inventory.MAX_ENTRIES;
    }

    /** Counts a file and the folders that it is the first of, as a walk would come by them. */
    private void count(String path) {
      String[] names = path.split("/", -1);
      int common = 0;
      while (common < Math.min(names.length, previous.length)
          && names[common].equals(previous[common])) {
        common++;
      }
      int directory = repository.directory().split("/", -1).length;
      counted += names.length - Math.max(common, directory);
      previous = names;
    }

    private Entry checked(Entry entry) {
      String[] names = within(entry).split("/", -1);
      if (names.length > Inventory.MAX_DEPTH + 1) {
        String folder = String.join("/", List.of(names).subList(0, Inventory.MAX_DEPTH + 1));
        return unlistable(
            repository.directory() + "/" + folder,
            "it is deeper than " + Inventory.MAX_DEPTH + " folders");
      }
      if (!isPath(entry)) {
        return unreadable(entry.path(), "an empty name, . or .. is in its path, and in no hub's");
      }
      return links
          .away(entry.path())
          .map(folder -> unlistable(folder, Inventory.LEADS_AWAY))
          .orElse(entry);
    }

    private static Entry unlistable(String folder, String problem) {
      return new Entry(
          folder, Storage.Type.DIRECTORY, 0, Instant.EPOCH, Optional.empty(), Optional.of(problem));
    }

    private String within(Entry entry) {
      return entry.path().substring(repository.directory().length() + 1);
    }

    List<HubFile> files() {
      if (isOverfull()) {
        return List.of(
            repository.unlisted("it holds more than " + Inventory.MAX_ENTRIES + " entries"));
      }
      Optional<String> problem;
      try {
        problem = Inventory.misplaced(storage, repository);
      } catch (IOException e) {
        problem = Optional.of(StorageFailure.reason(e));
      }
      if (problem.isPresent()) {
        return List.of(repository.unlisted(problem.get()));
      }
      List<HubFile> files = new ArrayList<>();
      for (Entry entry : entries) {
        files.add(file(entry));
      }
      files.sort(Comparator.comparing(HubFile::name));
      return Inventory.readable(files);
    }

    private HubFile file(Entry entry) {
      if (entry.path().equals(repository.directory())) {
        return repository.unlisted(entry.problem().orElse("the inventory has no file of it"));
      }
      boolean folder = entry.type() == Storage.Type.DIRECTORY;
      Optional<String> problem =
          folder
              ? Optional.of(
                  "the folder can't be listed: "
                      + entry.problem().orElse("the inventory has none of its files"))
              : entry.problem();
      String lastName = entry.name() + (folder ? "/" : "");
      try {
        boolean linked = isPath(entry) && links.leadTo(entry.path());
        return Inventory.file(repository, entry, lastName, problem, linked);
      } catch (IOException e) {
        return Inventory.file(
            repository,
            entry,
            lastName,
            problem.or(() -> Optional.of("whether it is a link can't be told: " + e.getMessage())),
            false);
      }
    }
  }

  private static boolean isPath(Entry entry) {
    for (String name : entry.path().split("/", -1)) {
      if (NO_NAMES.contains(name)) {
        return false;
      }
    }
    return true;
  }

  private static Entry unreadable(String path, String problem) {
    return new Entry(
        path, Storage.Type.UNREADABLE, 0, Instant.EPOCH, Optional.empty(), Optional.of(problem));
  }

  /** The symbolic links within a repository, of which no list knows. */
  private static final class Links {
    private final Storage storage;
    private final Repository repository;
    private final Map<String, Boolean> folders = new HashMap<>();
    private final Map<String, Optional<String>> away = new HashMap<>();

    Links(Storage storage, Repository repository) {
      this.storage = storage;
      this.repository = repository;
    }

    /** The folder on the way to a file at which a link leads out of the repository. */
    Optional<String> away(String path) {
      String folder = path.substring(0, path.lastIndexOf('/'));
      if (storage.flat() || folder.length() <= repository.directory().length()) {
        return Optional.empty();
      }
      Optional<String> known = away.get(folder);
      if (known == null) {
        known = away(folder).or(() -> leadsAway(folder) ? Optional.of(folder) : Optional.empty());
        away.put(folder, known);
      }
      return known;
    }

    private boolean leadsAway(String folder) {
      try {
        return Inventory.leadsAway(storage, folder, Inventory.home(storage, repository));
      } catch (IOException e) {
        // The file itself can't be reached then, and says so.
        return false;
      }
    }

    boolean leadTo(String path) throws IOException {
      return !Layout.linksAreBlobs(repository)
          && (storage.isLink(path) || leadToFolder(path.substring(0, path.lastIndexOf('/'))));
    }

    private boolean leadToFolder(String folder) throws IOException {
      if (folder.length() <= repository.directory().length()) {
        return false;
      }
      Boolean known = folders.get(folder);
      if (known == null) {
        known =
            storage.isLink(folder) || leadToFolder(folder.substring(0, folder.lastIndexOf('/')));
        folders.put(folder, known);
      }
      return known;
    }
  }
}
