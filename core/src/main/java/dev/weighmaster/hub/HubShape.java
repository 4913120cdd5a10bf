package dev.weighmaster.hub;

import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Recognises a folder that is mistaken for a hub. */
public enum HubShape {
  /** Its folders are the repositories of one organisation. */
  ORGANISATION("one organisation: its folders are repositories", 1),
  /** It has the files of a model. */
  REPOSITORY("one repository: the files of a model lie in it", 2);

  /** How many folders are looked into before it is given up. */
  private static final int MOST_FOLDERS = 1000;

  private final String is;
  private final int levels;

  HubShape(String is, int levels) {
    this.is = is;
    this.levels = levels;
  }

  /**
   * What a folder is, by those files of models in it that lie in no repository of it.
   *
   * @param strays paths
   */
  public static Optional<HubShape> of(List<String> strays) {
    return strays.isEmpty()
        ? Optional.empty()
        : Optional.of(
            strays.stream().anyMatch(path -> !path.contains("/")) ? REPOSITORY : ORGANISATION);
  }

  /** Whether a file is one that only a model has. */
  public static boolean isOfAModel(HubFile file) {
    return file.kind().isWeights() || file.kind() == FileKind.SHARD_INDEX;
  }

  /** What the root of a storage is, as far as a look at its folders tells; empty for a hub. */
  public static Optional<HubShape> ofRoot(Storage storage) throws IOException {
    List<Entry> entries = storage.list("");
    if (entries.stream().anyMatch(HubShape::describesAModel)) {
      return Optional.of(REPOSITORY);
    }
    return any(storage, folders(entries), HubShape::describesAModel)
        ? Optional.of(ORGANISATION)
        : Optional.empty();
  }

  /**
   * Whether a folder that somebody takes for a repository holds repositories instead, or
   * organisations: it has no files, and folders in it have the cards of models. A configuration
   * says nothing: builds of one model in a folder each have one too. Nor does a folder that can't
   * be listed.
   */
  public static boolean holdsRepositories(Storage storage) throws IOException {
    List<Entry> entries = storage.list("");
    if (entries.stream().anyMatch(HubShape::isFile)) {
      return false;
    }
    List<Entry> folders = folders(entries);
    if (any(storage, folders, HubShape::isCard)) {
      return true;
    }
    List<Entry> below = new ArrayList<>();
    for (Entry folder : folders) {
      List<Entry> inside = inside(storage, folder);
      if (inside.stream().noneMatch(HubShape::isFile) && below.size() < MOST_FOLDERS) {
        below.addAll(folders(inside));
      }
    }
    return any(storage, below, HubShape::isCard);
  }

  private static List<Entry> folders(List<Entry> entries) {
    return entries.stream()
        .filter(entry -> entry.type() == Storage.Type.DIRECTORY && Layout.isShown(entry.name()))
        .limit(MOST_FOLDERS)
        .toList();
  }

  private static boolean isFile(Entry entry) {
    return entry.type() == Storage.Type.FILE && Layout.isShown(entry.name());
  }

  private static boolean any(Storage storage, List<Entry> folders, Predicate<Entry> is) {
    return folders.stream()
        .limit(MOST_FOLDERS)
        .anyMatch(folder -> inside(storage, folder).stream().anyMatch(is));
  }

  /** What a folder has; what can't be listed shows nothing, and is no reason to give up. */
  private static List<Entry> inside(Storage storage, Entry folder) {
    try {
      return storage.list(folder.path());
    } catch (IOException e) {
      return List.of();
    }
  }

  private static boolean isCard(Entry entry) {
    return entry.type() == Storage.Type.FILE && FileKind.of(entry.name()) == FileKind.MODEL_CARD;
  }

  private static boolean describesAModel(Entry entry) {
    FileKind kind = FileKind.of(entry.name());
    return isCard(entry)
        || (entry.type() == Storage.Type.FILE && (kind == FileKind.CONFIG || kind.isWeights()));
  }

  /** What to say to somebody who has taken it for a hub. */
  public String notAHub(String hub) {
    return "the hub "
        + hub
        + " is "
        + is
        + "; --hub takes the folder that holds org/name folders"
        + above(hub).map(folder -> ", here " + folder).orElse("");
  }

  /** The folder so many levels up, where the text of the address says it. */
  private Optional<String> above(String hub) {
    String folder = hub.replaceFirst("/+$", "");
    for (int i = 0; i < levels; i++) {
      int slash = folder.lastIndexOf('/');
      if (slash <= 0 || folder.charAt(slash - 1) == '/' || folder.endsWith("/..")) {
        return Optional.empty();
      }
      folder = folder.substring(0, slash);
    }
    return Optional.of(folder);
  }
}
