package dev.weighmaster.jobs.weigh;

import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.gguf.GgufReader;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.quantization.SplitName;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The GGUF models in a folder and in those below it, by the headers of all of their files: one that
 * can't be read could be the one that is meant, so it ends the search.
 */
final class FolderModels {
  private static final int MOST_NAMED = 5;

  /**
   * A file or a split set.
   *
   * @param path of its first file, in the storage
   * @param name the same, relative to the folder
   */
  private record Found(String path, String name, boolean model, boolean quantized) {
    Found with(Found part) {
      return new Found(path, name, model || part.model, quantized || part.quantized);
    }
  }

  private FolderModels() {}

  /** The path of the only quantization of a folder. */
  static String quantization(ModelPlace folder) throws IOException {
    return only(
        folder, models(folder).stream().filter(Found::quantized).toList(), "GGUF quantization");
  }

  /** The path of the only GGUF of a folder that is not quantized. */
  static String source(ModelPlace folder) throws IOException {
    return only(
        folder,
        models(folder).stream().filter(model -> !model.quantized()).toList(),
        "GGUF in full precision");
  }

  private static String only(ModelPlace folder, List<Found> found, String what) throws IOException {
    if (found.size() == 1) {
      return found.get(0).path();
    }
    if (found.isEmpty()) {
      throw new IOException(folder.address() + " holds no " + what);
    }
    throw new IOException(
        "%s holds more than one %s; name one of %s%s"
            .formatted(
                folder.address(),
                what,
                found.stream()
                    .limit(MOST_NAMED)
                    .map(each -> Quoted.line(each.name()))
                    .collect(Collectors.joining(", ")),
                found.size() > MOST_NAMED
                    ? " and %d more".formatted(found.size() - MOST_NAMED)
                    : ""));
  }

  private static List<Found> models(ModelPlace folder) throws IOException {
    Map<String, Found> sets = new TreeMap<>();
    for (HubFile file : Inventory.files(folder.storage(), new Repository("", "", folder.path()))) {
      if (file.kind() == FileKind.GGUF) {
        sets.merge(SplitName.ofGguf(file.name()).set(), found(folder, file), Found::with);
      } else if (file.unlisted()) {
        throw new IOException(
            "%s: %s".formatted(Quoted.line(file.path()), file.problem().orElse("not listed")));
      }
    }
    return sets.values().stream().filter(Found::model).toList();
  }

  private static Found found(ModelPlace folder, HubFile file) throws IOException {
    try {
      if (file.problem().isPresent()) {
        throw new IOException(file.problem().get());
      }
      Storage.Entry entry = folder.storage().stat(file.path());
      try (ByteSource bytes = folder.storage().open(entry)) {
        WeightsSummary header = GgufReader.read(bytes).summary();
        boolean model = header.role() == Role.MODEL;
        return new Found(file.path(), file.name(), model, model && header.quantized());
      }
    } catch (IOException e) {
      throw new IOException(
          "%s may be the model that is meant, but its header can't be read (%s); name a file"
              .formatted(Quoted.line(file.path()), StorageFailure.reason(e)),
          e);
    }
  }
}
