package dev.weighmaster.jobs.filelist;

import dev.weighmaster.verdict.Quoted;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where in a bucket a hub's root is.
 *
 * @param prefix of the keys below it: empty, or with {@code /} at its end
 */
public record BucketFolder(String bucket, String prefix) implements Serializable {
  private static final Pattern URI_FORM =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://?([^/]*)(.*)");

  /**
   * Finds the hub's root in the bucket that a file list is of. The hub is in an object store's
   * bucket of that name; or on any other file system, where one of the folders on the way to its
   * root has the bucket's name, and what follows is the prefix, as where the bucket is mounted or
   * copied.
   *
   * @param hub as the user wrote it
   * @throws FileListException if it is neither
   */
  public static BucketFolder of(String hub, String bucket) throws FileListException {
    List<String> names = names(hub);
    int at = isInBucket(hub) ? names.indexOf(bucket) : names.lastIndexOf(bucket);
    if (at < 0 || (isInBucket(hub) && at > 0)) {
      throw new FileListException(
          "it is of the bucket "
              + Quoted.of(bucket)
              + ", in which the hub "
              + hub
              + " does not lie");
    }
    List<String> below = names.subList(at + 1, names.size());
    return new BucketFolder(bucket, below.isEmpty() ? "" : String.join("/", below) + "/");
  }

  /** The path relative to the hub's root of the object that has a key; empty for one elsewhere. */
  public Optional<String> within(String key) {
    return key.startsWith(prefix) && key.length() > prefix.length()
        ? Optional.of(key.substring(prefix.length()))
        : Optional.empty();
  }

  private static boolean isInBucket(String hub) {
    Matcher uri = URI_FORM.matcher(hub);
    return uri.matches() && uri.group(1).matches("s3[an]?");
  }

  private static List<String> names(String hub) throws FileListException {
    Matcher uri = URI_FORM.matcher(hub);
    List<String> names = new ArrayList<>();
    if (uri.matches() && !uri.group(1).equalsIgnoreCase("file")) {
      names.add(uri.group(2));
      names.addAll(List.of(uri.group(3).split("/+", -1)));
      names.removeIf(String::isEmpty);
      return names;
    }
    try {
      Path path = hub.startsWith("file:") ? Path.of(URI.create(hub)) : Path.of(hub);
      path.toAbsolutePath().normalize().forEach(name -> names.add(name.toString()));
      return names;
    } catch (IllegalArgumentException e) {
      throw new FileListException("the hub " + hub + " is not a path", e);
    }
  }
}
