package dev.weighmaster.hub;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.hub.LoaderExtra.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Finds what a loader takes together with the weights of a quantization, though nobody vouches for
 * it. Thread-safe.
 *
 * <p>A loader opens a folder: the one that the weights' configuration or index is in, here called
 * home. Adapters and code are also looked for in the folders above, up to the repository's root.
 * For all formats but GGUF, these count:
 *
 * <ul>
 *   <li>the adapter of an {@code adapter_config.json}
 *   <li>{@code custom_generate/generate.py}, {@code handler.py} and, where a configuration names
 *       classes in Python files or can't be read, all Python files
 *   <li>classes that a configuration names in other repositories
 *   <li>other weights at home, in files that {@code transformers_weights} names, and in the folders
 *       of {@code modules.json}
 * </ul>
 *
 * <p>A GGUF file is opened by its name. Transformers applies an adapter to it all the same, and
 * llama.cpp takes a multimodal projector along when it fetches a repository; nothing else counts
 * for it. Configurations, tokenizers and chat templates are part of every model, and no extras.
 */
public final class LoaderExtras {
  /** Of one quantization: more say nothing new. */
  public static final int MAX = 16;

  private static final String ADAPTER_CONFIG = "adapter_config.json";
  private static final List<String> ADAPTER_WEIGHTS =
      List.of("adapter_model.safetensors", "adapter_model.bin");
  private static final List<String> CODE_BY_NAME =
      List.of("custom_generate/generate.py", "handler.py");
  private static final String PYTHON = ".py";
  private static final Set<String> PICKLES = Set.of("bin", "pt", "pth", "ckpt");
  private static final Folder NOTHING = new Folder();

  private final Predicate<String> vouched;
  private final Map<String, ScannedFile> byName = new HashMap<>();
  private final Map<String, Folder> folders = new HashMap<>();

  /** What lies in one folder; of weights and code, what nobody vouches for. */
  private static final class Folder {
    private final List<LoaderExtra> code = new ArrayList<>();
    private final List<LoaderExtra> weights = new ArrayList<>();
    private final List<LoaderExtra> projectors = new ArrayList<>();
    private final List<ScannedFile> configs = new ArrayList<>();
    private boolean home;
  }

  /**
   * @param files all files of one repository at one revision, in the order of their names
   * @param vouched whether somebody who counts vouches for the file of a name
   */
  public LoaderExtras(List<ScannedFile> files, Predicate<String> vouched) {
    this.vouched = vouched;
    files.stream().filter(file -> !file.file().unlisted()).forEach(this::add);
  }

  private void add(ScannedFile file) {
    String name = file.file().name();
    FileKind kind = file.file().kind();
    byName.put(name, file);
    Folder folder = folders.computeIfAbsent(directory(name), any -> new Folder());
    folder.home |= kind == FileKind.CONFIG || kind == FileKind.SHARD_INDEX;
    if (LoaderConfigReader.reads(name)) {
      folder.configs.add(file);
    }
    if (vouched.test(name)) {
      return;
    }
    if (name.endsWith(PYTHON)) {
      folder.code.add(new LoaderExtra(name, Kind.CODE));
    }
    switch (kind) {
      case SAFETENSORS -> {
        if (!is(Role.ADAPTER, file)) {
          folder.weights.add(weights(name));
        }
      }
      case OTHER_WEIGHTS -> {
        if (file.weights().isEmpty() && !ADAPTER_WEIGHTS.contains(lastName(name))) {
          folder.weights.add(weights(name));
        }
      }
      case GGUF -> {
        if (is(Role.PROJECTOR, file)) {
          folder.projectors.add(new LoaderExtra(name, Kind.PROJECTOR));
        }
      }
      case SIDECAR, SHARD_INDEX, CONFIG, MODEL_CARD, OTHER -> {}
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
    Set<String> seen = new HashSet<>(quantization.files());
    String directory = directory(quantization.files().get(0));
    Stream<LoaderExtra> found =
        quantization.format().equals("gguf")
            ? Stream.concat(adapters(directory), projectors(directory))
            : Stream.of(
                    adapters(directory),
                    otherWeights(directory),
                    code(directory),
                    codeElsewhere(directory))
                .flatMap(extras -> extras);
    return found.filter(extra -> seen.add(extra.file())).limit(MAX).toList();
  }

  private Stream<LoaderExtra> adapters(String directory) {
    return upwards(directory)
        .filter(folder -> byName.containsKey(folder + ADAPTER_CONFIG))
        .flatMap(
            folder ->
                Stream.concat(ADAPTER_WEIGHTS.stream(), Stream.of(ADAPTER_CONFIG))
                    .map(name -> folder + name))
        .filter(this::isUnvouched)
        .map(name -> new LoaderExtra(name, Kind.ADAPTER));
  }

  private Stream<LoaderExtra> projectors(String directory) {
    return upwards(directory).flatMap(name -> folder(name).projectors.stream());
  }

  private Stream<LoaderExtra> otherWeights(String directory) {
    String home =
        upwards(directory).filter(name -> folder(name).home).findFirst().orElse(directory);
    Stream<String> named =
        configs(home)
            .flatMap(config -> config.weights().stream())
            .flatMap(path -> within(home, path).stream())
            .flatMap(this::filesOf)
            .filter(this::isUnvouched);
    Stream<String> modules =
        configs(home)
            .flatMap(config -> config.folders().stream())
            .flatMap(path -> within(home, path).stream())
            .map(folder -> folder + "/");
    return Stream.concat(
        named.map(LoaderExtras::weights),
        Stream.concat(Stream.of(home, directory), modules)
            .flatMap(name -> folder(name).weights.stream()));
  }

  /** An index stands for the files that it lists. */
  private Stream<String> filesOf(String name) {
    return Optional.ofNullable(byName.get(name))
        .flatMap(ScannedFile::index)
        .map(index -> index.files().stream().map(file -> directory(name) + file))
        .orElseGet(() -> Stream.of(name));
  }

  private Stream<LoaderExtra> code(String directory) {
    Stream<String> byItsName =
        upwards(directory)
            .flatMap(folder -> CODE_BY_NAME.stream().map(name -> folder + name))
            .filter(this::isUnvouched);
    boolean named = upwards(directory).flatMap(this::configs).anyMatch(LoaderConfig::namesCode);
    Stream<String> modules =
        upwards(directory)
            .flatMap(
                folder ->
                    configs(folder)
                        .flatMap(config -> config.modules().stream())
                        .flatMap(path -> within(folder, path).stream()))
            .filter(byName::containsKey)
            .map(LoaderExtras::directory);
    // A module imports any other that lies beside it.
    return Stream.concat(
        byItsName.map(name -> new LoaderExtra(name, Kind.CODE)),
        named
            ? Stream.concat(upwards(directory), modules).flatMap(name -> folder(name).code.stream())
            : Stream.of());
  }

  private Stream<LoaderExtra> codeElsewhere(String directory) {
    return upwards(directory)
        .flatMap(name -> folder(name).configs.stream())
        .filter(file -> !vouched.test(file.file().name()))
        .flatMap(file -> config(file).stream())
        .flatMap(config -> config.elsewhere().stream())
        .map(named -> new LoaderExtra(named, Kind.CODE_ELSEWHERE));
  }

  private Stream<LoaderConfig> configs(String directory) {
    return folder(directory).configs.stream().flatMap(file -> config(file).stream());
  }

  /** One whose content is not known may say anything. */
  private static Optional<LoaderConfig> config(ScannedFile file) {
    return file.sha256().isEmpty() || file.pointer().isPresent()
        ? Optional.of(LoaderConfig.UNREADABLE)
        : file.loaderConfig();
  }

  private boolean isUnvouched(String name) {
    return byName.containsKey(name) && !vouched.test(name);
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
        .map(name -> directory(name.substring(0, name.length() - 1)));
  }

  /** A path that a configuration names; empty where it leads out of the folder. */
  private static Optional<String> within(String directory, String path) {
    List<String> names =
        Arrays.stream(path.split("/"))
            .filter(name -> !name.isEmpty() && !name.equals("."))
            .toList();
    return names.isEmpty() || names.contains("..")
        ? Optional.empty()
        : Optional.of(directory + String.join("/", names));
  }

  private static LoaderExtra weights(String name) {
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return new LoaderExtra(name, PICKLES.contains(extension) ? Kind.PICKLE : Kind.WEIGHTS);
  }

  private static boolean is(Role role, ScannedFile file) {
    return file.weights().filter(weights -> weights.role() == role).isPresent();
  }

  private static String directory(String name) {
    return name.substring(0, name.lastIndexOf('/') + 1);
  }

  private static String lastName(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }
}
