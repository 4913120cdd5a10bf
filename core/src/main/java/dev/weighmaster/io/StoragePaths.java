package dev.weighmaster.io;

import java.nio.file.FileSystemException;
import java.util.List;

/** The form of the paths that a {@link Storage} takes. */
final class StoragePaths {
  private static final List<String> FORBIDDEN = List.of("", ".", "..");

  private StoragePaths() {}

  /** The path itself, if it can't lead out of the hub. */
  static String checked(String path) throws FileSystemException {
    if (!path.isEmpty()) {
      for (String name : path.split("/", -1)) {
        if (FORBIDDEN.contains(name)) {
          throw new FileSystemException(path, null, "is not a path inside a hub");
        }
      }
    }
    return path;
  }
}
