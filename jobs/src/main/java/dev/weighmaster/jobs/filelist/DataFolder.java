package dev.weighmaster.jobs.filelist;

import dev.weighmaster.io.Storage;
import dev.weighmaster.jobs.filelist.S3Manifest.DataFile;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the data files of an S3 Inventory are: at their keys in the bucket that S3 wrote them to,
 * or wherever a copy of the inventory has them.
 */
public final class DataFolder implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String root;
  private final ArrayList<String> folders;

  /**
   * @param root of their storage
   * @param folders in it that a file is looked for in by its last name, in this order, each with
   *     {@code /} at its end; with none, it is at its key
   */
  DataFolder(String root, List<String> folders) {
    this.root = root;
    this.folders = new ArrayList<>(folders);
  }

  /** The root of the storage that {@link #locate} asks. */
  public String root() {
    return root;
  }

  /**
   * Finds a file.
   *
   * @return its path in the storage
   * @throws FileListException if it is in none of the folders
   */
  public String locate(Storage storage, DataFile file) throws IOException {
    for (String folder : folders) {
      try {
        return storage.stat(folder + file.name()).path();
      } catch (NoSuchFileException e) {
        // It may be in the next.
      }
    }
    if (folders.isEmpty()) {
      return file.key();
    }
    throw new FileListException(
        "its data file "
            + file.name()
            + " is neither in the folder data beside the manifest's folder, nor beside the"
            + " manifest");
  }
}
