package dev.weighmaster.jobs.weigh;

import dev.weighmaster.hub.LocalRepository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.io.Storages;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an address leads: a file or a folder of a storage, which whoever has the place closes.
 *
 * @param address as the user wrote it
 * @param path in the storage
 */
record ModelPlace(String address, Storage storage, String path) {
  /** A scheme and a store, and what it has there. */
  private static final Pattern REMOTE = Pattern.compile("(?s)(.+?://[^/]*)/*(.*?)/*");

  /**
   * Opens the storage that has an address.
   *
   * @throws IOException if there is nothing, or the storage can't be opened
   */
  static ModelPlace of(String address) throws IOException {
    try {
      return Storages.isLocal(address) ? local(address) : remote(address);
    } catch (IOException e) {
      throw new IOException(address + ": " + StorageFailure.reason(e), e);
    }
  }

  private static ModelPlace local(String address) throws IOException {
    Path path = path(address);
    if (!Files.exists(path)) {
      throw new IOException("no such file or folder");
    }
    Path absolute = path.toAbsolutePath();
    if (Files.isDirectory(absolute)) {
      return in(LocalRepository.of(absolute), address, "");
    }
    Path real = absolute.toRealPath();
    LocalRepository folder = LocalRepository.of(absolute.getParent());
    if (!real.startsWith(folder.root()) && suffix(real).equals(suffix(absolute))) {
      // The user's own link: what it leads to lies beside other files.
      absolute = real;
      folder = LocalRepository.of(real.getParent());
    }
    return in(folder, address, "/" + absolute.getFileName());
  }

  private static String suffix(Path file) {
    String name = file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /**
   * A place in a folder that a user has named. Its files may be links to a store of blobs: what
   * they lead to is read, wherever it lies. Links to folders may not lead out.
   */
  private static ModelPlace in(LocalRepository folder, String address, String within)
      throws IOException {
    Path directory = folder.root().resolve(folder.directory());
    Path root = folder.root();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (Files.isSymbolicLink(file) && Files.isRegularFile(file)) {
          Path real = file.toRealPath();
          while (!real.startsWith(root)) {
            root = root.getParent();
          }
        }
      }
    }
    StringJoiner path = new StringJoiner("/");
    root.relativize(directory).forEach(name -> path.add(name.toString()));
    return new ModelPlace(address, new LocalStorage(root), path + within);
  }

  private static Path path(String address) throws IOException {
    try {
      return address.regionMatches(true, 0, "file:", 0, "file:".length())
          ? Path.of(URI.create(address))
          : Path.of(address);
    } catch (IllegalArgumentException e) {
      throw new IOException("it is not a path", e);
    }
  }

  private static ModelPlace remote(String address) throws IOException {
    Matcher parts = REMOTE.matcher(address);
    if (!parts.matches()) {
      throw new IOException("it has no store, like s3a://bucket/folder");
    }
    String within = parts.group(2);
    int folder = within.lastIndexOf('/') + 1;
    return new ModelPlace(
        address,
        Storages.open(parts.group(1) + "/" + within.substring(0, folder)),
        within.substring(folder));
  }

  /** A path of its storage, as whoever wrote the address would write it. */
  String shown(String other) {
    if (other.equals(path)) {
      return address;
    }
    String folder = path + "/";
    if (other.startsWith(folder)) {
      return (address.endsWith("/") ? address : address + "/") + other.substring(folder.length());
    }
    String beside = StoragePaths.folder(path);
    return other.startsWith(beside)
        ? StoragePaths.folder(address) + other.substring(beside.length())
        : other;
  }

  /**
   * What is there.
   *
   * @throws IOException if nothing is, or it can't be looked at
   */
  Storage.Entry entry() throws IOException {
    try {
      return storage.stat(path);
    } catch (IOException e) {
      throw new IOException(address + ": " + StorageFailure.reason(e), e);
    }
  }
}
