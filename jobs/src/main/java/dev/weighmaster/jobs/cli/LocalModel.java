package dev.weighmaster.jobs.cli;

import dev.weighmaster.io.Storage;
import java.nio.file.Path;
import java.util.List;

/**
 * The weights files of one model on this machine, as they were listed before they were hashed.
 *
 * @param root of the storage that the files' paths are relative to
 * @param files at least one, in the set's order
 */
record LocalModel(Path root, List<Storage.Entry> files) {
  LocalModel {
    files = List.copyOf(files);
  }
}
