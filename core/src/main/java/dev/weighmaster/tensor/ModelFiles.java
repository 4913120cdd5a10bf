package dev.weighmaster.tensor;

import dev.weighmaster.format.gguf.GgufFormat;
import dev.weighmaster.format.safetensors.SafetensorsFormat;
import dev.weighmaster.format.safetensors.ShardIndexReader;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.quantization.SplitName;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/** Finds the files of the model that one path names: an index, a part of a set or a whole file. */
final class ModelFiles {
  private static final String INDEX = ".index.json";

  private ModelFiles() {}

  /** The files in the set's order. That a GGUF set is complete is left to its headers. */
  static List<Storage.Entry> of(Storage storage, String path) throws IOException {
    if (path.toLowerCase(Locale.ROOT).endsWith(INDEX)) {
      return indexed(storage, path);
    }
    SplitName place = splitName(path);
    return place.count() > 1 ? parts(storage, path, place) : List.of(file(storage, path));
  }

  /** The place that a loader of the file's format takes its name for. */
  static SplitName splitName(String path) {
    return isGguf(path) ? SplitName.ofGguf(path) : SplitName.of(path);
  }

  static boolean isGguf(String path) {
    return GgufFormat.GGUF.hasName(StoragePaths.lastName(path).toLowerCase(Locale.ROOT));
  }

  static boolean isSafetensors(String path) {
    return SafetensorsFormat.SAFETENSORS.hasName(
        StoragePaths.lastName(path).toLowerCase(Locale.ROOT));
  }

  static Storage.Entry file(Storage storage, String path) throws IOException {
    Storage.Entry entry = storage.stat(path);
    return switch (entry.type()) {
      case FILE -> entry;
      case DIRECTORY -> throw new IOException("it is a folder");
      case UNREADABLE -> throw new IOException(entry.problem().orElse("it can't be read"));
    };
  }

  private static List<Storage.Entry> indexed(Storage storage, String path) throws IOException {
    List<String> names;
    try (ByteSource source = storage.open(file(storage, path))) {
      names = ShardIndexReader.read(source).files();
      while (source.next().hasRemaining()) {}
    }
    List<Storage.Entry> files = new ArrayList<>();
    for (String name : names) {
      String beside = StoragePaths.folder(path) + name;
      try {
        files.add(file(storage, beside));
      } catch (IOException e) {
        throw UnreadableModelException.of(beside, e);
      }
    }
    if (files.isEmpty()) {
      throw malformed(Quoted.line(path) + " names no file");
    }
    return files;
  }

  private static List<Storage.Entry> parts(Storage storage, String path, SplitName place)
      throws IOException {
    String folder = StoragePaths.folder(path);
    TreeMap<Integer, Storage.Entry> parts = new TreeMap<>();
    for (Storage.Entry entry :
        storage.list(folder.isEmpty() ? "" : folder.substring(0, folder.length() - 1))) {
      SplitName other = splitName(entry.path());
      if (other.set().equals(place.set()) && entry.type() == Storage.Type.FILE) {
        Storage.Entry same = parts.putIfAbsent(other.index(), entry);
        if (same != null) {
          throw malformed(
              "%s and %s are the same part of a set"
                  .formatted(Quoted.line(same.path()), Quoted.line(entry.path())));
        }
      }
    }
    if (parts.isEmpty()) {
      // It can be opened by its path alone, such as a link.
      parts.put(place.index(), file(storage, path));
    }
    if (!isGguf(path)) {
      Optional<Problem> absent =
          SplitName.absentPart(parts.values().stream().map(Storage.Entry::path).toList());
      if (absent.isPresent()) {
        throw new UnreadableModelException(absent.get());
      }
    }
    return List.copyOf(parts.values());
  }

  static UnreadableModelException malformed(String detail) {
    return new UnreadableModelException(new Problem(Reason.MALFORMED_WEIGHTS, detail));
  }
}
