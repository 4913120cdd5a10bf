package dev.weighmaster.jobs.cli;

import dev.weighmaster.hub.Repository;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

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

  static HubPath of(Path path) {
    Path file = path.toAbsolutePath().normalize();
    // In a Hugging Face cache the hub holds models--org--name.
    for (Path folder = file; folder.getParent() != null; folder = folder.getParent()) {
      if (folder.getFileName().toString().startsWith("models--")) {
        return at(folder.getParent(), file);
      }
    }
    Path repository = Files.isDirectory(file) ? file : file.getParent();
    int depth = repository.getNameCount();
    if (depth < 2) {
      throw CommandFailure.error(
          path + " is not in a folder like hub/org/name; name the hub with --hub");
    }
    return at(repository.getParent().getParent(), file);
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
