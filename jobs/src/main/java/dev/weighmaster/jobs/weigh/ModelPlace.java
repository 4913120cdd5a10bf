package dev.weighmaster.jobs.weigh;

import dev.weighmaster.hub.LocalRepository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.io.Storages;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
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
      LocalRepository folder = LocalRepository.of(absolute);
      return new ModelPlace(address, new LocalStorage(folder.root()), folder.directory());
    }
    LocalRepository folder = LocalRepository.of(absolute.getParent());
    if (!absolute.toRealPath().startsWith(folder.root())) {
      // The user's own link: what it leads to lies beside other files.
      absolute = absolute.toRealPath();
      folder = LocalRepository.of(absolute.getParent());
    }
    return new ModelPlace(
        address,
        new LocalStorage(folder.root()),
        folder.directory() + "/" + absolute.getFileName());
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
