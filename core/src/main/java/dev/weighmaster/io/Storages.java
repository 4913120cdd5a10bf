package dev.weighmaster.io;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Opens the storage that a hub's address names. */
public final class Storages {
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:/.*");

  private Storages() {}

  /**
   * Opens a hub's storage: a plain path or a {@code file:} URI (percent-encoded, RFC 8089) through
   * {@link LocalStorage}, every other scheme through {@link HadoopStorage} with the configuration
   * on the class path and the system properties {@code spark.hadoop.*}.
   *
   * @throws java.nio.file.NoSuchFileException if there is nothing there
   * @throws IOException if it can't be opened, or its scheme needs Hadoop and that isn't there
   */
  public static Storage open(String uri) throws IOException {
    return open(uri, () -> new HadoopSettings());
  }

  /**
   * Opens a hub's storage as {@link #open(String)} does, and a Hadoop file system with settings of
   * the caller's.
   *
   * @param settings asked only for what is not local
   */
  public static Storage open(String uri, Supplier<HadoopSettings> settings) throws IOException {
    if (!SCHEME.matcher(uri).matches()) {
      return new LocalStorage(localPath(uri), uri);
    }
    if (uri.regionMatches(true, 0, "file:", 0, 5)) {
      return new LocalStorage(localPathOf(uri), uri);
    }
    try {
      return HadoopStorage.open(uri, settings.get());
    } catch (NoClassDefFoundError e) {
      throw new IOException(uri + " can be read only with Hadoop on the class path", e);
    }
  }

  /** Whether a hub's address names a folder of this machine. */
  public static boolean isLocal(String uri) {
    return !SCHEME.matcher(uri).matches() || uri.regionMatches(true, 0, "file:", 0, 5);
  }

  /**
   * The address by which a hub is known from one run to the next: a relative path made absolute, so
   * that it does not depend on where a command was typed; anything else as it is. A step {@code ..}
   * stays, since behind a symbolic link it leads elsewhere than its text says.
   */
  public static String absolute(String uri) throws IOException {
    if (SCHEME.matcher(uri).matches()) {
      return uri;
    }
    Path path = localPath(uri).toAbsolutePath();
    for (Path step : path) {
      if (step.toString().equals("..")) {
        return path.toString();
      }
    }
    return path.normalize().toString();
  }

  private static Path localPath(String path) throws IOException {
    try {
      return Path.of(path);
    } catch (IllegalArgumentException e) {
      throw new IOException("not a path: " + path, e);
    }
  }

  private static Path localPathOf(String uri) throws IOException {
    try {
      return Path.of(URI.create(uri));
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "not a file URI (spaces and the like must be percent-encoded): " + uri, e);
    }
  }
}
