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
