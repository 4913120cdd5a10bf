package dev.weighmaster.quantization;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.gguf.GgufFormat;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.LoaderConfig;
import dev.weighmaster.hub.LoaderConfigReader;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.quantization.LoaderExtra.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Finds what a loader reads together with the weights of a quantization, though no named signer
 * covers it. Thread-safe.
 *
 * <p>A loader opens a folder: that of the weights or, by an index or a path in a configuration, one
 * above. Which one is not known, so all of them up to the repository's root count, and the folders
 * that {@code modules.json}, {@code router_config.json} or {@code model_index.json} in them name.
 * For all formats but GGUF, these count there:
 *
 * <ul>
 *   <li>the adapter of an {@code adapter_config.json}
 *   <li>{@code custom_generate/generate.py}, {@code handler.py} and, where a configuration names
 *       classes in Python files or can't be read, all Python files
 *   <li>classes that a configuration names in other repositories
 *   <li>other weights, and those that an index or {@code transformers_weights} names
 *   <li>a configuration or index that can't be read, or names too much: it may name anything
 * </ul>
 *
 * <p>What a configuration or index names where the inventory does not look, such as {@code
 * ../payload.bin} or {@code .cache/payload.bin}, counts as it is named.
 *
 * <p>A GGUF file is opened by its name. Transformers applies an adapter to it all the same, and
 * llama.cpp takes a multimodal projector along when it fetches a repository; nothing else counts
 * for it. Configurations, tokenizers and chat templates that can be read are part of every model,
 * and no extras.
 *
 * <p>Names go before content where a loader goes by names: safetensors that are named as a model's
 * own ({@code model*}, {@code pytorch_model*}, {@code consolidated*}) are weights, whatever their
 * tensors are called, and a GGUF file with {@code mmproj} in its name is a projector.
 *
 * <p>What a folder adds is computed once, however many quantizations lie below it.
 */
public final class LoaderExtras {
  /** Of one quantization: more say nothing new. */
  public static final int MAX = 16;

  /** Folders that one quantization's modules may lie in. */
  private static final int MAX_MODULES = 256;

  private static final String ADAPTER_CONFIG = "adapter_config.json";
  private static final List<String> ADAPTER_WEIGHTS =
      List.of("adapter_model.safetensors", "adapter_model.bin");
  private static final List<String> CODE_BY_NAME =
      List.of("custom_generate/generate.py", "handler.py");
  static final String PYTHON = ".py";

  /** What llama.cpp knows the projectors of a repository by, wherever in a name it is. */
  private static final String PROJECTOR = "mmproj";

  private static final Folder NOTHING = new Folder();

  private final ListedFiles listed;
  private final Map<String, Folder> folders = new HashMap<>();
  private final Map<String, Opened> opened = new ConcurrentHashMap<>();

  /** What lies in one folder; of weights and code, only what no named signer covers. */
  private static final class Folder {
    private final List<LoaderExtra> code = new ArrayList<>();
    private final List<LoaderExtra> weights = new ArrayList<>();
    private final List<LoaderExtra> projectors = new ArrayList<>();
    private final List<ScannedFile> configs = new ArrayList<>();
    private final List<ScannedFile> indexes = new ArrayList<>();
  }

  /**
   * What a loader takes that opens one folder; each list has a file once.
   *
   * @param named weights that its configurations and indexes name
   * @param code that is run because of its name
   * @param imported folders of the Python files that its configurations name
   * @param elsewhere classes of other repositories
   * @param unknown configurations and indexes that may name anything
   * @param modules folders that are opened too
   * @param namesCode whether its configurations name Python files, or may
   */
  private record Opened(
      Folder folder,
      List<LoaderExtra> adapters,
      List<LoaderExtra> named,
      List<LoaderExtra> code,
      List<Folder> imported,
      List<LoaderExtra> elsewhere,
      List<LoaderExtra> unknown,
      List<String> modules,
      boolean namesCode) {}

  /**
   * @param files all files of one repository at one revision, in the order of their names
   * @param vouched whether a signer who counts covers the file of a name
   */
  public LoaderExtras(List<ScannedFile> files, Predicate<String> vouched) {
    this.listed = new ListedFiles(files, vouched);
    for (ScannedFile file : files) {
      WorkStopped.check();
      if (!file.file().unlisted()) {
        add(file);
      }
    }
  }

  private void add(ScannedFile file) {
    String name = file.file().name();
    Folder folder = folders.computeIfAbsent(StoragePaths.folder(name), any -> new Folder());
    if (LoaderConfigReader.reads(name)) {
      folder.configs.add(file);
    }
    if (FileKind.isIndex(name)) {
      folder.indexes.add(file);
    }
    if (listed.isVouched(name)) {
      return;
    }
    if (name.endsWith(PYTHON)) {
      folder.code.add(new LoaderExtra(name, Kind.CODE));
    }
    FileKind kind = file.file().kind();
    if (kind == FileKind.GGUF) {
      if (is(Role.PROJECTOR, file) || isNamedAsProjector(name)) {
        folder.projectors.add(new LoaderExtra(name, Kind.PROJECTOR));
      }
    } else if (kind == FileKind.SAFETENSORS) {
      if (!FoundFiles.isAdapter(file)) {
        folder.weights.add(LoaderExtra.weights(name));
      }
    } else if (kind.isWeights()
        && !GgufFile.is(file)
        && !ADAPTER_WEIGHTS.contains(StoragePaths.lastName(name))) {
      folder.weights.add(LoaderExtra.weights(name));
    }
  }

  /**
   * What a loader takes with the quantization's weights.
   *
   * @return at most {@link #MAX}
   */
  public List<LoaderExtra> of(Quantization quantization) {
    if (quantization.files().isEmpty()) {
      return List.of();
    }
    List<Opened> upwards =
        upwards(StoragePaths.folder(quantization.files().get(0))).map(this::opened).toList();
    Stream<LoaderExtra> found =
        quantization.format().equals(GgufFormat.GGUF.name())
            ? besideGguf(upwards)
            : beside(upwards);
    Set<String> seen = new HashSet<>(quantization.files());
    return found.filter(extra -> seen.add(extra.file())).limit(MAX).toList();
  }

  private static Stream<LoaderExtra> besideGguf(List<Opened> upwards) {
    return Stream.concat(
        all(upwards, Opened::adapters), all(upwards, each -> each.folder.projectors));
  }

  private Stream<LoaderExtra> beside(List<Opened> upwards) {
    List<Opened> each = new ArrayList<>(upwards);
    Optional<LoaderExtra> beyond = addModules(each);
    return Stream.of(
            beyond.stream(),
            all(each, Opened::unknown),
            all(each, Opened::adapters),
            all(each, Opened::named),
            all(each, one -> one.folder.weights),
            all(each, Opened::code),
            each.stream().anyMatch(Opened::namesCode) ? imported(each) : Stream.<LoaderExtra>of(),
            all(each, Opened::elsewhere))
        .flatMap(extras -> extras);
  }

  /**
   * Adds what the folders name as modules, and what these name: a router is a module that has some.
   *
   * @return what stands for those that are too many
   */
  private Optional<LoaderExtra> addModules(List<Opened> each) {
    Set<String> known = new HashSet<>();
    List<String> next = each.stream().flatMap(one -> one.modules.stream()).toList();
    while (!next.isEmpty()) {
      List<String> below = new ArrayList<>();
      for (String directory : next) {
        WorkStopped.check();
        if (known.size() == MAX_MODULES) {
          return Optional.of(new LoaderExtra(directory, Kind.CONFIGURATION));
        }
        if (known.add(directory)) {
          Opened module = opened(directory);
          each.add(module);
          below.addAll(module.modules);
        }
      }
      next = below;
    }
    return Optional.empty();
  }

  private static Stream<LoaderExtra> all(
      List<Opened> opened, Function<Opened, List<LoaderExtra>> extras) {
    return opened.stream().flatMap(each -> extras.apply(each).stream());
  }

  /** A module imports any other that lies beside it. */
  private static Stream<LoaderExtra> imported(List<Opened> opened) {
    return Stream.concat(
            opened.stream().map(Opened::folder),
            opened.stream().flatMap(each -> each.imported.stream()))
        .flatMap(folder -> folder.code.stream());
  }

  private Opened opened(String directory) {
    return opened.computeIfAbsent(directory, this::open);
  }

  private Opened open(String directory) {
    Folder folder = folder(directory);
    NamedExtras named = new NamedExtras(directory, listed);
    for (ScannedFile file : folder.configs) {
      WorkStopped.check();
      config(file).ifPresent(config -> named.add(file, config));
    }
    for (ScannedFile index : folder.indexes) {
      WorkStopped.check();
      named.add(index);
    }
    return new Opened(
        folder,
        adapters(directory),
        named.weights(),
        Stream.concat(
                CODE_BY_NAME.stream()
                    .map(name -> directory + name)
                    .filter(listed::isUnvouched)
                    .map(name -> new LoaderExtra(name, Kind.CODE)),
                named.code().stream())
            .toList(),
        named.imported().stream().map(this::folder).toList(),
        named.elsewhere(),
        named.unknown(),
        named.modules(),
        named.anyCode());
  }

  private List<LoaderExtra> adapters(String directory) {
    return listed.has(directory + ADAPTER_CONFIG)
        ? Stream.concat(ADAPTER_WEIGHTS.stream(), Stream.of(ADAPTER_CONFIG))
            .map(name -> directory + name)
            .filter(listed::isUnvouched)
            .map(name -> new LoaderExtra(name, Kind.ADAPTER))
            .toList()
        : List.of();
  }

  /** One whose content is not known may say anything. */
  private static Optional<LoaderConfig> config(ScannedFile file) {
    return file.sha256().isEmpty() || file.pointer().isPresent()
        ? Optional.of(LoaderConfig.UNREADABLE)
        : file.loaderConfig();
  }

  private Folder folder(String directory) {
    return folders.getOrDefault(directory, NOTHING);
  }

  /** The folder and those above it, each with its slash; the repository's root is empty. */
  private static Stream<String> upwards(String directory) {
    return Stream.iterate(Optional.of(directory), Optional::isPresent, LoaderExtras::above)
        .map(Optional::orElseThrow);
  }

  private static Optional<String> above(Optional<String> directory) {
    return directory
        .filter(name -> !name.isEmpty())
        .map(name -> StoragePaths.folder(name.substring(0, name.length() - 1)));
  }

  static boolean isNamedAsProjector(String name) {
    return StoragePaths.lastName(name).toLowerCase(Locale.ROOT).contains(PROJECTOR);
  }

  private static boolean is(Role role, ScannedFile file) {
    return file.weights().filter(weights -> weights.role() == role).isPresent();
  }
}
