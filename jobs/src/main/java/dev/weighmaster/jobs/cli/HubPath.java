package dev.weighmaster.jobs.cli;

import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where a path is in a hub.
 *
 * @param within the path relative to the hub's root, with {@code /} between names
 */
record HubPath(Path hub, String within) {

  static HubPath in(Path root, Path path) {
    Path hub = absolute(root);
    Path file = absolute(path);
    if (!isBelow(hub, file)) {
      throw CommandFailure.error(path + " does not lie in the hub " + root);
    }
    return at(hub, file);
  }

  /** The place of a path for which nobody names the hub. */
  static HubPath of(Path path) {
    return assumed(path, Path.of(""), System.getenv());
  }

  /**
   * Takes the user's own Hugging Face cache for the hub, or the working directory if it has the
   * path's repository directly. Nothing else that lies around the path is asked: whoever may upload
   * to a repository can lay out a whole hub in it, with the names of others. The cache goes first,
   * because one can work in a folder of a repository in it; such a folder is never the hub, also
   * where the cache is reached by a link, or is another's.
   *
   * @param environment variables that name the cache
   * @throws CommandFailure if the path lies in neither, so that whoever asks must name the hub
   */
  static HubPath assumed(Path path, Path working, Map<String, String> environment) {
    Path file = absolute(path);
    Path cache = HuggingFaceCache.folder(environment);
    if (isBelow(cache, file)) {
      return at(cache, file);
    }
    Path directory = absolute(working);
    if (isBelow(directory, file)
        && !isInCachedModel(directory)
        && isInRepository(directory.relativize(file), file)) {
      return at(directory, file);
    }
    throw CommandFailure.usage("name the hub of " + path + " with --hub" + example(file));
  }

  /**
   * Whether a path is a repository or a file in it, or is below a model of a cache. Of a path that
   * is longer nobody can say where its repository begins.
   */
  private static boolean isInRepository(Path within, Path file) {
    return Inventory.isCached(within.getName(0).toString())
        || within.getNameCount() == (Files.isDirectory(file) ? 2 : 3);
  }

  private static boolean isInCachedModel(Path folder) {
    return cacheAbove(folder).isPresent();
  }

  /** The folder above the first that is named as a cached model's. */
  private static Optional<Path> cacheAbove(Path path) {
    for (Path above = path, cache = null; ; above = above.getParent()) {
      if (above == null || above.getFileName() == null) {
        return Optional.ofNullable(cache);
      }
      if (Inventory.isCached(above.getFileName().toString())) {
        cache = above.getParent();
      }
    }
  }

  /** What the hub could be; whether it is, only the user knows. */
  private static String example(Path file) {
    Optional<Path> cache = cacheAbove(file);
    if (cache.isPresent()) {
      return ", which is %s if that is your cache".formatted(cache.get());
    }
    Path repository = Files.isDirectory(file) ? file : file.getParent();
    int names = repository.getNameCount();
    return names < 3
        ? ""
        : ", which is %s if its repository is %s"
            .formatted(repository.getParent().getParent(), repository.subpath(names - 2, names));
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static boolean isBelow(Path folder, Path file) {
    return file.startsWith(folder) && !file.equals(folder);
  }

  private static HubPath at(Path hub, Path file) {
    StringBuilder within = new StringBuilder();
    for (Path name : hub.relativize(file)) {
      within.append(within.length() == 0 ? "" : "/").append(name);
    }
    return new HubPath(hub, within.toString());
  }

  /** The file of a repository that the path names; empty where it names a folder. */
  Optional<String> fileOf(Repository repository) {
    return within.equals(repository.directory()) || Files.isDirectory(hub.resolve(within))
        ? Optional.empty()
        : Optional.of(within.substring(repository.directory().length() + 1));
  }
}
