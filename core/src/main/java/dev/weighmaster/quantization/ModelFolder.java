package dev.weighmaster.quantization;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.PieceName;
import dev.weighmaster.hub.QuantizationConfig;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.verdict.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The files of one folder, but GGUF.
 *
 * @param indexes of safetensors
 * @param otherIndexes of weights in other formats, and of variants
 * @param adapters safetensors that are no model by their tensors and names
 * @param below weights in folders below without a configuration, where this one's index or
 *     configuration can't be read and could be theirs
 */
record ModelFolder(
    String name,
    List<ScannedFile> configs,
    List<ScannedFile> indexes,
    List<ScannedFile> otherIndexes,
    List<ScannedFile> safetensors,
    List<ScannedFile> adapters,
    List<ScannedFile> others,
    List<ScannedFile> below) {
  /** PEFT asks for its weights by this name, and nothing asks for a model so. */
  private static final String ADAPTER = "adapter_model.";

  ModelFolder(String name) {
    this(
        name,
        new ArrayList<>(),
        new ArrayList<>(),
        new ArrayList<>(),
        new ArrayList<>(),
        new ArrayList<>(),
        new ArrayList<>(),
        new ArrayList<>());
  }

  /** Adds a file that is no GGUF. */
  void add(ScannedFile file) {
    FileKind kind = file.file().kind();
    if (kind == FileKind.CONFIG) {
      configs.add(file);
    } else if (kind == FileKind.SHARD_INDEX) {
      indexes.add(file);
    } else if (kind == FileKind.SAFETENSORS) {
      (FoundFiles.isAdapter(file) ? adapters : safetensors).add(file);
    } else if (kind.isWeights()) {
      if (PieceName.of(FoundFiles.name(file)).isEmpty() && !isPickledAdapter(file)) {
        others.add(file);
      }
    } else if (kind == FileKind.OTHER && FileKind.isIndex(FoundFiles.name(file))) {
      otherIndexes.add(file);
    }
  }

  /** Its tensors are not looked at: what loads it asks for it by this name, and no model so. */
  private static boolean isPickledAdapter(ScannedFile file) {
    String name = FoundFiles.name(file);
    return StoragePaths.lastName(name).equals("adapter_model.bin");
  }

  /**
   * Takes what looks like adapters for weights where they are quantized and the configuration says
   * so of the model: the names of tensors alone hide nothing.
   */
  void adoptQuantized() {
    if (isConfigured()) {
      adapters.stream()
          .filter(file -> file.weights().filter(WeightsSummary::quantized).isPresent())
          .filter(file -> !StoragePaths.lastName(FoundFiles.name(file)).startsWith(ADAPTER))
          .forEach(safetensors::add);
    }
  }

  /** Loaders ask for names in small letters, and for those of versions where another says so. */
  Optional<QuantizationConfig> config() {
    return configs.stream()
        .sorted(
            Comparator.comparing(ModelFolder::hasCapitals)
                .thenComparing(file -> FileKind.isVersionedConfig(FoundFiles.name(file))))
        .flatMap(file -> file.quantizationConfig().stream())
        .findFirst();
  }

  private static boolean hasCapitals(ScannedFile file) {
    String name = FoundFiles.name(file);
    String last = StoragePaths.lastName(name);
    return !last.equals(last.toLowerCase(Locale.ROOT));
  }

  Optional<Problem> configProblem() {
    return problem(configs);
  }

  Optional<Problem> indexProblem() {
    return problem(indexes);
  }

  static Optional<Problem> problem(List<ScannedFile> files) {
    return files.stream().flatMap(file -> FoundFiles.problem(file).stream()).findFirst();
  }

  boolean isConfigured() {
    return config().isPresent() || configProblem().isPresent();
  }

  boolean isFaulty() {
    return configProblem().isPresent() || (config().isPresent() && indexProblem().isPresent());
  }
}
