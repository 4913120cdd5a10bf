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
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.packing.PackingConfig;
import dev.weighmaster.packing.PackingConfigReader;
import dev.weighmaster.quantization.SplitName;
import dev.weighmaster.tensor.WeightsSet;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The models in a folder: of safetensors in itself, and GGUFs also in the folders below it, by the
 * headers of all of their files: one that can't be read could be the one that is meant, so it ends
 * the search.
 */
final class FolderModels {
  private static final int MOST_NAMED = 5;

  private static final List<String> USUAL =
      List.of("model.safetensors", "model.safetensors.index.json");

  private static final Pattern PICKLED =
      Pattern.compile("(?:pytorch_model|consolidated)[^/]*\\.(?:bin|pth|pt)");

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

  /**
   * The path of the only quantization of a folder: a GGUF, or one of safetensors in the folder
   * itself. Weights in full precision may lie beside a GGUF.
   */
  static String quantization(ModelPlace folder) throws IOException {
    List<HubFile> files = files(folder);
    List<Found> ggufs = models(folder, files).stream().filter(Found::quantized).toList();
    Optional<String> safetensors = safetensors(files);
    if (safetensors.isEmpty()) {
      if (ggufs.isEmpty()) {
        throw new IOException(folder.address() + " holds no quantization of GGUF or safetensors");
      }
      return only(folder, ggufs, "GGUF quantization");
    }
    if (ggufs.isEmpty()) {
      return safetensors.get();
    }
    PackingConfig config =
        PackingConfigReader.beside(
            folder.storage(), folder.path().isEmpty() ? "" : folder.path() + "/");
    if (config.equals(PackingConfig.NONE)) {
      return only(folder, ggufs, "GGUF quantization");
    }
    throw new IOException(
        "%s holds a quantization of safetensors and one of GGUF; name one of %s and %s"
            .formatted(
                folder.address(),
                Quoted.line(StoragePaths.lastName(safetensors.get())),
                Quoted.line(ggufs.get(0).name())));
  }

  /**
   * The path of the only model of a folder that can be a source: one of safetensors in the folder
   * itself, or a GGUF that is not quantized.
   */
  static String source(ModelPlace folder) throws IOException {
    List<HubFile> files = files(folder);
    List<Found> ggufs = models(folder, files).stream().filter(model -> !model.quantized()).toList();
    Optional<String> safetensors = safetensors(files);
    if (safetensors.isEmpty()) {
      if (ggufs.isEmpty() && files.stream().anyMatch(FolderModels::isPickled)) {
        throw new IOException(
            folder.address()
                + " holds weights of PyTorch, which can run code and are not read; convert them to"
                + " safetensors first");
      }
      if (ggufs.isEmpty()) {
        throw new IOException(
            folder.address() + " holds no GGUF in full precision, and no model of safetensors");
      }
      return only(folder, ggufs, "GGUF in full precision");
    }
    if (!ggufs.isEmpty()) {
      throw new IOException(
          "%s holds a model of safetensors and a GGUF in full precision; name one of %s and %s"
              .formatted(
                  folder.address(),
                  Quoted.line(StoragePaths.lastName(safetensors.get())),
                  Quoted.line(ggufs.get(0).name())));
    }
    return safetensors.get();
  }

  /**
   * The file that loaders ask for first: a single file goes before the index of a set. Where
   * neither has its usual name, the only file or set.
   */
  private static Optional<String> safetensors(List<HubFile> files) {
    List<HubFile> here =
        files.stream()
            .filter(file -> !file.name().contains("/"))
            .filter(
                file -> file.kind() == FileKind.SAFETENSORS || file.kind() == FileKind.SHARD_INDEX)
            .toList();
    for (String usual : USUAL) {
      Optional<HubFile> found = here.stream().filter(file -> file.name().equals(usual)).findFirst();
      if (found.isPresent()) {
        return found.map(HubFile::path);
      }
    }
    return WeightsSet.only(
            here.stream()
                .filter(file -> file.kind() == FileKind.SAFETENSORS)
                .map(HubFile::entry)
                .toList())
        .map(set -> set.get(0).path());
  }

  private static boolean isPickled(HubFile file) {
    return PICKLED.matcher(file.name()).matches();
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

  private static List<HubFile> files(ModelPlace folder) throws IOException {
    return Inventory.files(folder.storage(), new Repository("", "", folder.path()));
  }

  private static List<Found> models(ModelPlace folder, List<HubFile> files) throws IOException {
    Map<String, Found> sets = new TreeMap<>();
    for (HubFile file : files) {
      if (file.kind() == FileKind.GGUF) {
        sets.merge(SplitName.ofGguf(file.name()).set(), found(folder, file), Found::with);
      } else if (file.unlisted()) {
        throw new IOException(
            "%s: %s"
                .formatted(
                    Quoted.line(folder.shown(file.path())), file.problem().orElse("not listed")));
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
              .formatted(Quoted.line(folder.shown(file.path())), StorageFailure.reason(e)),
          e);
    }
  }
}
