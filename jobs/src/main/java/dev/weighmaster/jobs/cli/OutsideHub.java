package dev.weighmaster.jobs.cli;

import dev.weighmaster.io.Storages;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Keeps what a command writes out of the hub, whose files it would be the next night. */
final class OutsideHub {
  /** The schemes by which one and the same bucket goes. */
  private static final Set<String> S3 = Set.of("s3", "s3a", "s3n");

  private OutsideHub() {}

  /**
   * Ends the command where it would write into the hub.
   *
   * @param hub URI or path of the hub's root
   * @param option that says where to write
   * @param output URI or path that it says
   */
  static void check(String hub, String option, String output) throws IOException {
    if (lies(output, hub)) {
      throw CommandFailure.usage(
          option
              + " "
              + output
              + " lies inside the hub "
              + hub
              + ", and would be part of it; name a folder outside");
    }
  }

  private static boolean lies(String output, String hub) throws IOException {
    Optional<Path> localHub = local(hub);
    Optional<Path> localOutput = local(output);
    if (localHub.isPresent() && localOutput.isPresent()) {
      return real(localOutput.get()).startsWith(real(localHub.get()));
    }
    Optional<Place> remoteHub = remote(hub);
    return remoteHub.isPresent()
        && remote(output).filter(place -> place.liesIn(remoteHub.get())).isPresent();
  }

  /**
   * A folder that is not local, as Hadoop's file systems take its address.
   *
   * @param store the scheme and the host or bucket; letters' case makes no difference to them
   * @param path with a slash at its end, and without steps that go back
   */
  private record Place(String store, String path) {
    boolean liesIn(Place other) {
      return store.equals(other.store) && path.startsWith(other.path);
    }
  }

  private static Optional<Place> remote(String uri) {
    if (Storages.isLocal(uri)) {
      return Optional.empty();
    }
    try {
      URI address = new org.apache.hadoop.fs.Path(uri).toUri();
      String scheme = address.getScheme().toLowerCase(Locale.ROOT);
      String host = Optional.ofNullable(address.getAuthority()).orElse("").toLowerCase(Locale.ROOT);
      return Optional.of(
          new Place(
              (S3.contains(scheme) ? "s3" : scheme) + "://" + host, withSlash(address.getPath())));
    } catch (IllegalArgumentException e) {
      // Whoever opens it says what is wrong with it.
      return Optional.empty();
    }
  }

  private static Optional<Path> local(String uri) {
    if (!Storages.isLocal(uri)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          uri.regionMatches(true, 0, "file:", 0, 5) ? Path.of(URI.create(uri)) : Path.of(uri));
    } catch (IllegalArgumentException e) {
      // Whoever opens it says what is wrong with it.
      return Optional.empty();
    }
  }

  /** With the links on its way followed as far as there is something. */
  private static Path real(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    for (Path there = absolute; there != null; there = there.getParent()) {
      if (Files.exists(there)) {
        return there.toRealPath().resolve(there.relativize(absolute)).normalize();
      }
    }
    return absolute.normalize();
  }

  private static String withSlash(String uri) {
    return uri.endsWith("/") ? uri : uri + "/";
  }
}
