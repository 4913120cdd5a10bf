package dev.weighmaster.quantization;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Layout;
import dev.weighmaster.io.StoragePaths;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** The files of a repository as listed in an inventory, and which of them a signer covers. */
final class ListedFiles {
  private final Map<String, ScannedFile> byName = new HashMap<>();
  private final Set<String> folders = new HashSet<>();
  private final Set<String> unlisted = new HashSet<>();
  private final Predicate<String> vouched;

  /**
   * @param files all of one repository at one revision
   * @param vouched whether a signer who counts covers the file of a name
   */
  ListedFiles(List<ScannedFile> files, Predicate<String> vouched) {
    this.vouched = vouched;
    for (ScannedFile file : files) {
      String name = file.file().name();
      if (file.file().unlisted()) {
        unlisted.add(name);
      } else {
        byName.put(name, file);
        folders.add(StoragePaths.folder(name));
      }
    }
  }

  boolean has(String name) {
    return byName.containsKey(name);
  }

  Optional<ScannedFile> get(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** Whether a file lies directly in a folder, which is named with its slash. */
  boolean hasFolder(String folder) {
    return folders.contains(folder);
  }

  boolean isVouched(String name) {
    return vouched.test(name);
  }

  /** Whether the file is here, and no signer covers it. */
  boolean isUnvouched(String name) {
    return has(name) && !isVouched(name);
  }

  /**
   * The name that a path means which a configuration or index names; empty where it leads to what
   * the inventory does not show: out of the repository, or into a folder that is not listed. Where
   * {@code ..} leads is not told by the text alone.
   */
  Optional<String> shown(String directory, String path) {
    List<String> names =
        Arrays.stream(path.split("/"))
            .filter(name -> !name.isEmpty() && !name.equals("."))
            .toList();
    String name = directory + String.join("/", names);
    boolean leadsAway = path.startsWith("/") || path.contains("\\") || names.contains("..");
    return leadsAway || !Layout.isOfTheModel(firstName(name)) || isUnlisted(name + "/")
        ? Optional.empty()
        : Optional.of(name);
  }

  /** Whether a folder is one that could not be listed, or lies in one; see {@link Inventory}. */
  private boolean isUnlisted(String folder) {
    int slash = folder.indexOf('/');
    for (int depth = 0; slash >= 0 && depth <= Inventory.MAX_DEPTH; depth++) {
      if (unlisted.contains(folder.substring(0, slash + 1))) {
        return true;
      }
      slash = folder.indexOf('/', slash + 1);
    }
    return false;
  }

  private static String firstName(String name) {
    int slash = name.indexOf('/');
    return slash < 0 ? name : name.substring(0, slash);
  }
}
