package dev.weighmaster.hub;

import java.time.Instant;
import java.util.Optional;

/**
 * One model at one revision.
 *
 * @param name {@code org/name}
 * @param revision the snapshot's revision, empty where the layout has none
 * @param directory relative to the hub's root
 */
public record Repository(String name, String revision, String directory) {

  /**
   * The repository that has the file at a path, by the path's form alone.
   *
   * @param path relative to the hub's root
   */
  public static Optional<Repository> ofFile(String path) {
    return Layout.ofFile(path);
  }

  /** What stands for the files of the repository where they could not be listed. */
  public HubFile unlisted(String problem) {
    return new HubFile(
        name,
        revision,
        directory,
        HubFile.REPOSITORY_FOLDER,
        0,
        FileKind.OTHER,
        Optional.empty(),
        Instant.EPOCH,
        Optional.of(problem),
        false);
  }
}
