package dev.weighmaster.hub;

import dev.weighmaster.io.FileVersion;
import dev.weighmaster.io.Storage;
import java.time.Instant;
import java.util.Optional;

/**
 * One file of a repository, as the hub's listing shows it.
 *
 * @param repository {@code org/name}
 * @param revision the snapshot's revision, empty where the layout has none
 * @param path relative to the hub's root
 * @param name relative to the repository's root, with {@code /} between names
 * @param size in bytes
 * @param etag what the storage itself knows the content by
 * @param problem why it can't be read, if the listing shows that already; a folder that could not
 *     be listed is a file of kind {@link FileKind#OTHER}, see {@link #unlisted}
 * @param linked whether a symbolic link within the repository leads to it; never in a Hugging Face
 *     cache, where every file is a link to its blob
 * @param changed the latest time at which the storage itself has noted a change, see {@link
 *     Storage.Entry}
 */
public record HubFile(
    String repository,
    String revision,
    String path,
    String name,
    long size,
    FileKind kind,
    Optional<String> etag,
    Instant modified,
    Optional<String> problem,
    boolean linked,
    Instant changed) {

  /** A file of a storage that keeps no other time than {@code modified}. */
  public HubFile(
      String repository,
      String revision,
      String path,
      String name,
      long size,
      FileKind kind,
      Optional<String> etag,
      Instant modified,
      Optional<String> problem,
      boolean linked) {
    this(repository, revision, path, name, size, kind, etag, modified, problem, linked, modified);
  }

  /** The name that stands for the repository's own folder where that could not be listed. */
  public static final String REPOSITORY_FOLDER = ".";

  /** A file of the hub that lies in no repository of it. */
  static HubFile stray(Storage.Entry entry) {
    return new HubFile(
        "",
        "",
        entry.path(),
        entry.path(),
        entry.size(),
        FileKind.of(entry.name()),
        entry.etag(),
        entry.modified(),
        entry.problem(),
        false,
        entry.changed());
  }

  /** The same file where no repository has it. */
  HubFile asStray() {
    return new HubFile("", "", path, path, size, kind, etag, modified, problem, linked, changed);
  }

  /** What tells this version of the file from others. */
  public FileVersion version() {
    return new FileVersion(size, etag, modified);
  }

  /** The file as its storage listed it, to be opened as this version alone. */
  public Storage.Entry entry() {
    return new Storage.Entry(
        path, Storage.Type.FILE, size, modified, etag, Optional.empty(), changed);
  }

  /** Whether it lies in no repository: at the hub's root, or beside the repositories. */
  public boolean isStray() {
    return repository.isEmpty();
  }

  /** Whether this stands for a folder whose files are not known, since it could not be listed. */
  public boolean unlisted() {
    return name.equals(REPOSITORY_FOLDER) || name.endsWith("/");
  }

  /** The same path, to the version of a file that was read through another one. */
  public HubFile readAs(HubFile read) {
    return new HubFile(
        repository,
        revision,
        path,
        name,
        read.size,
        kind,
        read.etag,
        read.modified,
        read.problem,
        linked,
        read.changed);
  }

  /** The same file as its storage tells of it now. */
  public HubFile as(Storage.Entry now) {
    return new HubFile(
        repository,
        revision,
        path,
        name,
        now.size(),
        kind,
        now.etag(),
        now.modified(),
        now.problem(),
        linked,
        now.changed());
  }
}
