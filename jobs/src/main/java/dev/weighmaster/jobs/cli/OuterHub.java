package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A hub in whose repository a path may lie, although the path by itself looks like one of a hub
 * further below. Whoever may upload to a repository can lay out a whole hub in it, with the names
 * of others.
 *
 * <p>A folder above counts as such a hub if another organisation in it has a model, or if the
 * folder where it has the repository is a model's by more than weights, which may lie beside a hub
 * in a folder that somebody works in. What only the path's own organisation says could be left out
 * by it.
 *
 * @param repository {@code org/name}
 */
record OuterHub(Path hub, String repository) {
  private static final int MOST_FOLDERS_ABOVE = 64;
  private static final int MOST_ENTRIES = 10_000;
  private static final int MOST_REPOSITORIES = 8;
  private static final int STICKY = 01000;
  private static final int WRITABLE_BY_ALL = 02;
  private static final String FRONT_MATTER = "---";
  private static final int FRONT_MATTER_WITHIN = 64;

  /**
   * Looks from the file system's root downwards, so that what a repository holds comes last.
   *
   * @param hub that is assumed
   * @param organisation in it, a folder's name
   */
  static Optional<OuterHub> above(Path hub, String organisation) throws IOException {
    Path path = hub.resolve(organisation);
    if (path.getNameCount() > MOST_FOLDERS_ABOVE) {
      throw CommandFailure.usage(
          hub + " is too deep for being taken for a hub; name the hub with --hub");
    }
    Path home = Path.of(System.getProperty("user.home", "/")).toAbsolutePath().normalize();
    // The root of the file system is no hub, and what holds people's homes is none either.
    for (int names = 1; names <= path.getNameCount() - 2; names++) {
      Path above = path.getRoot().resolve(path.subpath(0, names));
      boolean holdsHome = home.startsWith(above) && !home.equals(above);
      if (!holdsHome && !anybodyMayAddTo(above)) {
        String owner = path.getName(names).toString();
        String name = path.getName(names + 1).toString();
        if (isCachedDataSetOrSpace(owner)
            || (mayBeRepository(owner)
                && (isModel(above.resolve(owner).resolve(name), false)
                    || hasOtherOrganisation(above, owner)))) {
          return Optional.of(new OuterHub(above, owner + "/" + name));
        }
      }
    }
    return Optional.empty();
  }

  /** Anybody may upload these, too; a cache has them beside its models. */
  private static boolean isCachedDataSetOrSpace(String folder) {
    return folder.startsWith("datasets--") || folder.startsWith("spaces--");
  }

  private static boolean mayBeRepository(String organisation) {
    return !Inventory.isCached(organisation)
        && Repository.ofFile(organisation + "/name/file").isPresent();
  }

  /** Whether a folder is like {@code /tmp}: what lies in it side by side says nothing. */
  private static boolean anybodyMayAddTo(Path folder) {
    try {
      int mode = (int) Files.getAttribute(folder, "unix:mode");
      return (mode & STICKY) != 0 && (mode & WRITABLE_BY_ALL) != 0;
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean hasOtherOrganisation(Path hub, String own) {
    return list(hub).stream()
        .filter(Files::isDirectory)
        .filter(folder -> !name(folder).equals(own) && isShown(folder))
        .anyMatch(OuterHub::isOrganisation);
  }

  /** Whether a folder has repositories; other projects have weights beside files of their own. */
  private static boolean isOrganisation(Path folder) {
    if (Inventory.isCached(name(folder))) {
      return Files.isDirectory(folder.resolve("snapshots"));
    }
    List<Path> entries = list(folder);
    boolean foldersAlone =
        entries.stream().noneMatch(entry -> isShown(entry) && Files.isRegularFile(entry));
    return entries.stream()
        .filter(entry -> isShown(entry) && Files.isDirectory(entry))
        .limit(MOST_REPOSITORIES)
        .anyMatch(entry -> isModel(entry, foldersAlone));
  }

  /**
   * @param byWeights whether weights alone make a model
   */
  private static boolean isModel(Path folder, boolean byWeights) {
    List<Path> files = list(folder).stream().filter(Files::isRegularFile).toList();
    boolean weights = has(files, name -> FileKind.of(name).isWeights());
    return has(files, name -> name.equals("model.sig"))
        || has(files, name -> FileKind.of(name) == FileKind.SHARD_INDEX)
        || (weights && has(files, name -> name.equals("config.json")))
        || (byWeights && has(files, name -> FileKind.of(name).format().isPresent()))
        || files.stream()
            .anyMatch(
                file ->
                    FileKind.of(name(file)) == FileKind.MODEL_CARD && beginsWithFrontMatter(file));
  }

  /** Beside weights or without them, other projects have no front matter in their README. */
  private static boolean beginsWithFrontMatter(Path card) {
    try (InputStream content = Files.newInputStream(card)) {
      String start = new String(content.readNBytes(FRONT_MATTER_WITHIN), ISO_8859_1);
      return start.replaceFirst("^\u00EF\u00BB\u00BF", "").strip().startsWith(FRONT_MATTER);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean has(List<Path> files, Predicate<String> named) {
    return files.stream().anyMatch(file -> named.test(name(file)));
  }

  private static boolean isShown(Path entry) {
    return !name(entry).startsWith(".");
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  /** What a folder has, up to a limit; what can't be listed shows nothing. */
  private static List<Path> list(Path folder) {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      for (Path entry : stream) {
        if (entries.size() == MOST_ENTRIES) {
          break;
        }
        entries.add(entry);
      }
    } catch (IOException | DirectoryIteratorException e) {
      return entries;
    }
    return entries;
  }
}
