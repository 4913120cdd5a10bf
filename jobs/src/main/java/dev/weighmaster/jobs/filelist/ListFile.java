package dev.weighmaster.jobs.filelist;

import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/**
 * Where a file list lies.
 *
 * @param root of the storage that it is read from
 * @param path relative to that
 */
public record ListFile(String root, String path) {
  private static final Pattern REMOTE =
      Pattern.compile("(?!(?i:file):)[A-Za-z][A-Za-z0-9+.-]*:/.*");

  /**
   * The file or folder at a URI, or at a path of the local file system, in the folder that holds
   * it.
   *
   * @throws IOException if it is no URI
   */
  public static ListFile at(String uri) throws IOException {
    return below(uri, 1);
  }

  /**
   * The same in the folder above that one, where there is one.
   *
   * @throws IOException if it is no URI
   */
  public static ListFile inFolder(String uri) throws IOException {
    return below(uri, 2);
  }

  private static ListFile below(String uri, int levels) throws IOException {
    try {
      return REMOTE.matcher(uri).matches()
          ? below(new Path(uri), levels)
          : below(localPath(uri), levels);
    } catch (IllegalArgumentException e) {
      throw new IOException("it is not a URI", e);
    }
  }

  private static ListFile below(Path file, int levels) throws IOException {
    if (file.getParent() == null) {
      throw new IOException("it is the root of a file system");
    }
    Path folder = file.getParent();
    return levels > 1 && folder.getParent() != null
        ? new ListFile(folder.getParent().toString(), folder.getName() + "/" + file.getName())
        : new ListFile(folder.toString(), file.getName());
  }

  private static ListFile below(java.nio.file.Path file, int levels) throws IOException {
    java.nio.file.Path folder = file.getParent();
    if (folder == null) {
      throw new IOException("it is the root of a file system");
    }
    return levels > 1 && folder.getParent() != null
        ? new ListFile(
            folder.getParent().toString(), folder.getFileName() + "/" + file.getFileName())
        : new ListFile(folder.toString(), file.getFileName().toString());
  }

  private static java.nio.file.Path localPath(String uri) {
    java.nio.file.Path path =
        uri.regionMatches(true, 0, "file:", 0, 5)
            ? java.nio.file.Path.of(URI.create(uri))
            : java.nio.file.Path.of(uri);
    return path.toAbsolutePath().normalize();
  }

  /** The root of the bucket that a URI lies in, if it has that name. */
  static Optional<String> rootOfBucket(String uri, String bucket) {
    if (!REMOTE.matcher(uri).matches()) {
      return Optional.empty();
    }
    URI parsed = new Path(uri).toUri();
    return bucket.equals(parsed.getAuthority())
        ? Optional.of(new Path(parsed.getScheme(), parsed.getAuthority(), "/").toString())
        : Optional.empty();
  }

  /** The address as Hadoop's file systems take it. */
  public String address() {
    String joined = root + (root.endsWith("/") ? "" : "/") + path;
    return REMOTE.matcher(joined).matches() ? joined : "file://" + joined;
  }

  @Override
  public String toString() {
    return root + (root.endsWith("/") ? "" : "/") + path;
  }
}
