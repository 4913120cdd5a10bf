package dev.weighmaster.hub;

import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A walk through the folders of one repository. A link to a folder that the walk is in is not
 * followed. For one use.
 */
final class RepositoryWalk {
  private final Storage storage;
  private final Repository repository;
  private final List<HubFile> files = new ArrayList<>();
  private final boolean linksAreBlobs;
  private final String home;
  private final Set<String> ancestors = new HashSet<>();
  private int entries;

  RepositoryWalk(Storage storage, Repository repository) throws IOException {
    this.storage = storage;
    this.repository = repository;
    this.linksAreBlobs = Layout.linksAreBlobs(repository);
    this.home = Inventory.home(storage, repository);
  }

  /** Lists the files below a folder, sorted by name. */
  List<HubFile> files(String folder) throws IOException {
    enter(storage.stat(folder), 0, false);
    files.sort(Comparator.comparing(HubFile::name));
    return files;
  }

  private void enter(Entry directory, int depth, boolean linked) throws IOException {
    if (depth > Inventory.MAX_DEPTH) {
      throw new IOException("it is deeper than " + Inventory.MAX_DEPTH + " folders");
    }
    Optional<String> identity = directory.etag();
    if (identity.isPresent() && !ancestors.add(identity.get())) {
      return;
    }
    for (Entry entry : storage.list(directory.path())) {
      if (++entries > Inventory.MAX_ENTRIES) {
        throw new IOException("it holds more than " + Inventory.MAX_ENTRIES + " entries");
      }
      boolean throughLink = linked || (!linksAreBlobs && storage.isLink(entry.path()));
      if (entry.type() != Storage.Type.DIRECTORY) {
        files.add(Inventory.file(repository, entry, entry.name(), entry.problem(), throughLink));
      } else if (depth > 0 || Layout.isOfTheModel(entry.name())) {
        enterBelow(entry, depth + 1, throughLink);
      }
    }
    identity.ifPresent(ancestors::remove);
  }

  /** A folder that can't be listed costs its own files, and stands for them. */
  private void enterBelow(Entry directory, int depth, boolean linked) throws IOException {
    try {
      if (Inventory.leadsAway(storage, directory.path(), home)) {
        throw new IOException(Inventory.LEADS_AWAY);
      }
      enter(directory, depth, linked);
    } catch (IOException e) {
      if (entries > Inventory.MAX_ENTRIES) {
        throw e;
      }
      files.add(
          Inventory.file(
              repository,
              directory,
              directory.name() + "/",
              Optional.of("the folder can't be listed: " + e.getMessage()),
              linked));
    }
  }
}
