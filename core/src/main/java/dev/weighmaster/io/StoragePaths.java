package dev.weighmaster.io;

import java.nio.file.FileSystemException;
import java.util.List;

/** The form of the paths that a {@link Storage} takes: names with slashes between them. */
public final class StoragePaths {
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

  /** The last name of a path: {@code model.gguf} of {@code q4/model.gguf}. */
  public static String lastName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** The folder of a path, with its slash: {@code q4/} of {@code q4/model.gguf}; empty for none. */
  public static String folder(String path) {
    return path.substring(0, path.lastIndexOf('/') + 1);
  }
}
