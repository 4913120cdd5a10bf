package dev.weighmaster.hub;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * A local folder to be read as one repository, in a hub or not.
 *
 * @param root real path of the folder that links in the repository may lead to, but not out of
 * @param directory of the repository, relative to the root
 * @param cached whether it is a snapshot of a Hugging Face cache, whose files are links
 */
public record LocalRepository(Path root, String directory, boolean cached) {

  /**
   * Finds the root: of a snapshot, the cache's folder {@code models--org--name}.
   *
   * @throws IOException if there is no such folder, or if it is the root of the file system
   */
  public static LocalRepository of(Path folder) throws IOException {
    Path real = folder.toRealPath();
    Path parent = real.getParent();
    if (parent == null) {
      throw new FileSystemException(folder.toString(), null, "is not a model's folder");
    }
    boolean cached =
        parent.endsWith("snapshots")
            && parent.getNameCount() > 1
            && parent.getParent().getFileName().toString().startsWith("models--");
    Path root = cached ? parent.getParent() : parent;
    String name = real.getFileName().toString();
    return new LocalRepository(root, cached ? "snapshots/" + name : name, cached);
  }
}
