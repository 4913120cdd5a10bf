package dev.weighmaster.jobs.cli;

import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a path is in a hub.
 *
 * @param within the path relative to the hub's root, with {@code /} between names
 */
record HubPath(Path hub, String within) {

  static HubPath in(Path root, Path path) {
    Path hub = root.toAbsolutePath().normalize();
    Path file = path.toAbsolutePath().normalize();
    if (!file.startsWith(hub) || file.equals(hub)) {
      throw CommandFailure.error(path + " does not lie in the hub " + root);
    }
    return at(hub, file);
  }

  /**
   * Takes the folder above the repository's organisation for the hub.
   *
   * @throws CommandFailure if the path may as well be of another hub, which whoever asks must tell
   */
  static HubPath of(Path path) throws IOException {
    Path file = path.toAbsolutePath().normalize();
    HubPath place = assumed(path, file);
    int models = cachedModels(file).size();
    if (models > 1) {
      throw mayBeOf(path, cachedModels(file).get(models - 1).getParent(), "", place);
    }
    Path organisation = Path.of(place.within()).getName(0);
    for (Path hub : new LinkedHashSet<>(List.of(place.hub(), place.hub().toRealPath()))) {
      Optional<OuterHub> outer = OuterHub.above(hub, organisation.toString());
      if (outer.isPresent()) {
        throw mayBeOf(path, outer.get().hub(), outer.get().repository(), place);
      }
    }
    return place;
  }

  private static HubPath assumed(Path path, Path file) {
    List<Path> cached = cachedModels(file);
    if (!cached.isEmpty()) {
      return at(cached.get(0).getParent(), file);
    }
    Path repository = Files.isDirectory(file) ? file : file.getParent();
    int depth = repository.getNameCount();
    if (depth < 2) {
      throw CommandFailure.error(
          path + " is not in a folder like hub/org/name; name the hub with --hub");
    }
    return at(repository.getParent().getParent(), file);
  }

  /** The folders above a file that a Hugging Face cache would have a model in, innermost first. */
  private static List<Path> cachedModels(Path file) {
    return Stream.iterate(file, folder -> folder.getParent() != null, Path::getParent)
        .filter(folder -> Inventory.isCached(folder.getFileName().toString()))
        .toList();
  }

  private static CommandFailure mayBeOf(Path path, Path outer, String repository, HubPath assumed) {
    return CommandFailure.usage(
        "%s may be of the hub %s%s, or of the hub %s, as %s; name the right one with --hub"
            .formatted(
                path,
                outer,
                repository.isEmpty() ? "" : ", in its repository " + repository,
                assumed.hub(),
                assumed.within()));
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
