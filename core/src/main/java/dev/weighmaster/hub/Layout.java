package dev.weighmaster.hub;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds the repository of a path from the path alone, by the same rule for a walk through a hub and
 * for a list of its files.
 */
public final class Layout {
  static final String MODELS = "models--";

  private static final String SNAPSHOTS = "snapshots";

  /** What the cache makes beside a model's snapshots: files that are named by their digests. */
  private static final Set<String> OF_THE_CACHE = Set.of("blobs", "refs");

  /** What the Hugging Face cache keeps at its root beside the models. */
  private static final String CACHE_VERSION = "version.txt";

  /** A snapshot's folder, below the hub's root or below its model's own folder in the cache. */
  private static final Pattern SNAPSHOT = Pattern.compile("(models--[^/]*/)?snapshots/[^/]+");

  private static final Set<String> NOT_OF_THE_MODEL = Set.of(".git", ".cache");

  private Layout() {}

  /** Whether a top-level directory of this name can hold repositories. */
  static boolean holdsRepositories(String name) {
    return isShown(name) && !name.startsWith("datasets--") && !name.startsWith("spaces--");
  }

  /** Whether a directory of this name, where repositories lie, is one. */
  static boolean isShown(String name) {
    return !name.isEmpty() && !name.startsWith(".");
  }

  /** Whether a folder of this name directly in a repository is part of it. */
  public static boolean isOfTheModel(String folder) {
    return !NOT_OF_THE_MODEL.contains(folder);
  }

  /** Whether the files of a repository are links by the layout's own doing. */
  static boolean linksAreBlobs(Repository repository) {
    return SNAPSHOT.matcher(repository.directory()).matches();
  }

  /**
   * The folder that a repository's links to folders may not lead out of: its own, or of a snapshot
   * the one that has the blobs too.
   */
  static String home(Repository repository) {
    String directory = repository.directory();
    if (!linksAreBlobs(repository)) {
      return directory;
    }
    String snapshots = directory.substring(0, directory.lastIndexOf('/'));
    return snapshots.contains("/") ? snapshots.substring(0, snapshots.lastIndexOf('/')) : "";
  }

  /**
   * Whether a file lies where no repository has it: at the hub's root, where the repositories of an
   * organisation or the snapshots of a model lie, or in a folder of a model's in the cache that the
   * cache does not make. In those that it makes beside the snapshots, weights have no such names.
   */
  static boolean isStray(String path) {
    String[] names = path.split("/", -1);
    String last = names[names.length - 1];
    if (names.length == 1) {
      return isShown(last) && !last.equals(CACHE_VERSION);
    }
    if (!isShown(last) || !holdsRepositories(names[0])) {
      return false;
    }
    if (names.length == 2) {
      return true;
    }
    if (depth(names) != 3 || !isShown(names[1])) {
      return false;
    }
    if (names[1].equals(SNAPSHOTS)) {
      return names.length == 3;
    }
    return OF_THE_CACHE.contains(names[1])
        ? FileKind.of(last).isWeights()
        : names.length == 3 || isOfTheModel(names[2]);
  }

  /** Whether a folder directly in a model's own folder of the cache can have strays below it. */
  static boolean mayHoldStrays(String name) {
    return isShown(name) && !name.equals(SNAPSHOTS);
  }

  /**
   * The repository whose directory, or something below it, a path would be by its form alone,
   * whether or not an inventory would show it.
   */
  static Optional<Repository> containing(String path) {
    String[] names = path.split("/", -1);
    int depth = depth(names);
    if (names.length < depth || (depth == 3 && !names[1].equals(SNAPSHOTS))) {
      return Optional.empty();
    }
    String directory = String.join("/", Arrays.asList(names).subList(0, depth));
    return Optional.of(
        depth == 3
            ? new Repository(cachedName(names[0]), names[2], directory)
            : new Repository(directory, "", directory));
  }

  /**
   * The repository that has the file at a path; empty for a file outside of all, and for one that
   * is left out.
   */
  static Optional<Repository> ofFile(String path) {
    String[] names = path.split("/", -1);
    int depth = depth(names);
    if (names.length <= depth
        || !holdsRepositories(names[0])
        || !isShown(names[depth - 1])
        || (names.length > depth + 1 && !isOfTheModel(names[depth]))) {
      return Optional.empty();
    }
    return containing(path);
  }

  /**
   * What stands for the directory at a path where its files are not known: the repository that it
   * is, or one of the name of the top-level directory whose repositories it holds.
   */
  static Optional<Repository> ofDirectory(String path) {
    String[] names = path.split("/", -1);
    int depth = depth(names);
    if (!holdsRepositories(names[0]) || names.length > depth) {
      return Optional.empty();
    }
    if (names.length == depth) {
      return isShown(names[depth - 1]) ? containing(path) : Optional.empty();
    }
    return names.length == 1 || names[1].equals(SNAPSHOTS)
        ? Optional.of(new Repository(names[0], "", names[0]))
        : Optional.empty();
  }

  /** The cache joins the organisation, if there is one, and the name by two dashes. */
  static String cachedName(String directory) {
    String joined = directory.substring(MODELS.length());
    int cut = joined.indexOf("--");
    if (cut > 0) {
      return joined.substring(0, cut) + "/" + joined.substring(cut + 2);
    }
    return joined.isEmpty() ? directory : joined;
  }

  /** How many names the directory of a repository has. */
  private static int depth(String[] names) {
    return names[0].startsWith(MODELS) ? 3 : 2;
  }
}
