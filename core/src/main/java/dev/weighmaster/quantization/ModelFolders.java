package dev.weighmaster.quantization;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.gguf.GgufFormat;
import dev.weighmaster.format.safetensors.SafetensorsFormat;
import dev.weighmaster.format.safetensors.ShardIndex;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.LoaderConfig;
import dev.weighmaster.hub.QuantizationConfig;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The weights of a repository other than GGUF, folder by folder, as loaders take them.
 *
 * <p>Time is linear in the files and in the names that indexes hold.
 */
final class ModelFolders {
  private final ListedFiles listed;
  private final Map<String, ScannedFile> files = new HashMap<>();
  private final NavigableMap<String, ModelFolder> folders = new TreeMap<>();
  private final TreeSet<String> weights = new TreeSet<>();
  private final Set<String> taken = new HashSet<>();
  private final List<Quantization> found = new ArrayList<>();
  private boolean anyGguf;

  private ModelFolders(List<ScannedFile> inOrder) {
    listed = new ListedFiles(inOrder, any -> false);
    for (ScannedFile file : inOrder) {
      WorkStopped.check();
      String name = FoundFiles.name(file);
      if (file.isWeights()) {
        weights.add(name);
      }
      if (GgufFile.is(file)) {
        anyGguf |= file.weights().filter(header -> header.role() != Role.MODEL).isEmpty();
        continue;
      }
      files.put(name, file);
      folders.computeIfAbsent(StoragePaths.folder(name), ModelFolder::new).add(file);
    }
  }

  /**
   * The quantizations of a repository.
   *
   * @param inOrder all its files, sorted by name
   */
  static List<Quantization> quantizations(List<ScannedFile> inOrder) {
    ModelFolders model = new ModelFolders(inOrder);
    model.folders.values().forEach(ModelFolder::adoptQuantized);
    model.inherit();
    model.folders.values().stream().filter(ModelFolder::isConfigured).forEach(model::configured);
    model.folders.values().forEach(model::looksQuantized);
    return model.eachNameOnce();
  }

  /**
   * Two folders can come to one first file: the one that has it, and one above whose index names
   * it. Loaders take either, so that what is wrong with one of them is wrong with both.
   */
  private List<Quantization> eachNameOnce() {
    record Key(String name, String format) {}
    Map<Key, Quantization> once = new LinkedHashMap<>();
    found.forEach(each -> once.merge(new Key(each.name(), each.format()), each, this::together));
    return List.copyOf(once.values());
  }

  private Quantization together(Quantization one, Quantization other) {
    Quantization kept = one.problem().isEmpty() && other.problem().isPresent() ? other : one;
    Set<String> names = new TreeSet<>(one.files());
    names.addAll(other.files());
    List<ScannedFile> set = names.stream().map(files::get).toList();
    return new Quantization(
        kept.repository(),
        kept.revision(),
        kept.name(),
        kept.format(),
        kept.method(),
        kept.bitsPerWeight(),
        List.copyOf(names),
        FoundFiles.bytes(set),
        FoundFiles.named(set, WeightsSummary::sourceModels),
        FoundFiles.named(set, WeightsSummary::baseModels),
        kept.problem());
  }

  /** See {@link QuantizationFinder#attested}. */
  static Quantization attested(List<ScannedFile> set) {
    ScannedFile first = set.get(0);
    return quantization(
        FoundFiles.name(first),
        first,
        attestedFormat(first),
        Optional.empty(),
        Optional.of(QuantizationConfig.UNKNOWN),
        set,
        ModelFolder.problem(set).or(() -> IndexedWeights.NOTHING.missingPart(set)));
  }

  private static String attestedFormat(ScannedFile file) {
    if (GgufFile.is(file)) {
      return GgufFormat.GGUF.name();
    }
    return file.file().kind().isWeights()
        ? otherFormat(FoundFiles.name(file))
        : Quantization.UNKNOWN_FORMAT;
  }

  /** Gives what lies below a folder that can't be read, and has no configuration itself, to it. */
  private void inherit() {
    record Open(ModelFolder folder, Optional<ModelFolder> faulty) {}
    Deque<Open> open = new ArrayDeque<>();
    // In this order a folder comes before all that are in it, and they come one after the other.
    for (ModelFolder folder : folders.values()) {
      WorkStopped.check();
      while (!open.isEmpty() && !folder.name().startsWith(open.peek().folder.name())) {
        open.pop();
      }
      Optional<ModelFolder> above =
          open.isEmpty() || !folder.configs().isEmpty() ? Optional.empty() : open.peek().faulty;
      above.ifPresent(
          owner -> {
            owner.below().addAll(folder.safetensors());
            owner.below().addAll(folder.others());
          });
      open.push(new Open(folder, folder.isFaulty() ? Optional.of(folder) : above));
    }
  }

  private IndexedWeights indexed(ModelFolder folder) {
    return IndexedWeights.of(files, folder, folder.indexes(), folder.safetensors());
  }

  private void configured(ModelFolder folder) {
    IndexedWeights indexed = indexed(folder);
    // What an index names is loaded, whatever it is called; all others beside it could be.
    NavigableMap<String, ScannedFile> loaded = new TreeMap<>(indexed.present());
    folder.safetensors().forEach(file -> loaded.put(FoundFiles.name(file), file));
    Stream.of(folder.below())
        .flatMap(List::stream)
        .filter(file -> file.file().kind() == FileKind.SAFETENSORS)
        .forEach(file -> loaded.put(FoundFiles.name(file), file));
    if (loaded.isEmpty()) {
      configuredWeights(folder)
          .filter(file -> file.file().kind() == FileKind.SAFETENSORS)
          .forEach(file -> loaded.put(FoundFiles.name(file), file));
    }
    if (folder.config().isEmpty() && isFullPrecision(loaded.values())) {
      return;
    }
    if (!loaded.isEmpty()) {
      add(folder, SafetensorsFormat.SAFETENSORS.name(), List.copyOf(loaded.values()), indexed);
      return;
    }
    NavigableMap<String, NavigableMap<String, ScannedFile>> others = new TreeMap<>();
    Stream.of(folder.others(), folder.below())
        .flatMap(List::stream)
        .filter(file -> !taken.contains(FoundFiles.name(file)))
        .forEach(file -> put(others, otherFormat(FoundFiles.name(file)), file));
    addNamed(folder, others);
    if (others.isEmpty()) {
      configuredWeights(folder)
          .forEach(file -> put(others, otherFormat(FoundFiles.name(file)), file));
    }
    others.forEach(
        (format, set) ->
            add(folder, format, List.copyOf(set.values()), indexed(folder, indexed, set)));
    if (others.isEmpty()) {
      absent(folder, indexed).ifPresent(found::add);
    }
  }

  /**
   * Adds what the indexes of weights other than safetensors name. One that names nothing of what
   * the folder has in its format is that of another build, and its files are extras of this one.
   */
  private void addNamed(
      ModelFolder folder, NavigableMap<String, NavigableMap<String, ScannedFile>> others) {
    NavigableMap<String, NavigableMap<String, ScannedFile>> named = new TreeMap<>();
    for (ScannedFile index : folder.otherIndexes()) {
      NavigableMap<String, NavigableMap<String, ScannedFile>> ofIndex = new TreeMap<>();
      named(folder, index).forEach(file -> put(ofIndex, format(file, index), file));
      ofIndex.forEach(
          (format, set) -> {
            NavigableMap<String, ScannedFile> here = others.getOrDefault(format, new TreeMap<>());
            if (here.isEmpty() || set.keySet().stream().anyMatch(here::containsKey)) {
              named.computeIfAbsent(format, any -> new TreeMap<>()).putAll(set);
            }
          });
    }
    named.forEach(
        (format, set) -> others.computeIfAbsent(format, any -> new TreeMap<>()).putAll(set));
  }

  /** Files that {@code transformers_weights} names, as far as they are here and no index. */
  private Stream<ScannedFile> configuredWeights(ModelFolder folder) {
    return folder.configs().stream()
        .flatMap(config -> config.loaderConfig().map(LoaderConfig::weights).stream())
        .flatMap(List::stream)
        .flatMap(path -> listed.shown(folder.name(), path).stream())
        .map(files::get)
        .filter(file -> file != null && !FileKind.isIndex(FoundFiles.name(file)));
  }

  private static void put(
      Map<String, NavigableMap<String, ScannedFile>> others, String format, ScannedFile file) {
    others.computeIfAbsent(format, any -> new TreeMap<>()).put(FoundFiles.name(file), file);
  }

  /** Files that are here. */
  private Stream<ScannedFile> named(ModelFolder folder, ScannedFile index) {
    return index.index().map(ShardIndex::files).orElse(List.of()).stream()
        .map(name -> files.get(folder.name() + name))
        .filter(Objects::nonNull);
  }

  /** A file whose own name tells no format is loaded in that of its index. */
  private static String format(ScannedFile file, ScannedFile index) {
    String name = FoundFiles.name(file);
    return otherFormat(
        file.isWeights() ? name : FileKind.indexed(FoundFiles.name(index)).orElse(name));
  }

  /**
   * What is to be held against weights other than safetensors: what their own indexes say, or where
   * none names any of them, what those of safetensors do.
   */
  private IndexedWeights indexed(
      ModelFolder folder, IndexedWeights ofSafetensors, NavigableMap<String, ScannedFile> set) {
    List<ScannedFile> own =
        folder.otherIndexes().stream()
            .filter(index -> named(folder, index).map(FoundFiles::name).anyMatch(set::containsKey))
            .toList();
    return own.isEmpty() ? ofSafetensors : IndexedWeights.of(files, folder, own, set.values());
  }

  /** Tensors that nothing has packed are no quantization, whatever a configuration fails to say. */
  private static boolean isFullPrecision(Collection<ScannedFile> set) {
    return !set.isEmpty()
        && set.stream()
            .allMatch(
                file ->
                    file.problem().isEmpty()
                        && file.weights()
                            .filter(header -> !header.types().isEmpty() && !header.quantized())
                            .isPresent());
  }

  private void add(
      ModelFolder folder, String format, List<ScannedFile> set, IndexedWeights indexed) {
    set.forEach(file -> taken.add(FoundFiles.name(file)));
    found.add(
        quantization(
            FoundFiles.name(set.get(0)),
            set.get(0),
            format,
            folder.config(),
            folder.config().map(QuantizationConfig::method),
            set,
            folder
                .configProblem()
                .or(folder::indexProblem)
                .or(() -> ModelFolder.problem(set))
                .or(indexed::problem)
                .or(() -> indexed.missingPart(set))));
  }

  /** Weights that are said to be quantized, but of which none are here. */
  private Optional<Quantization> absent(ModelFolder folder, IndexedWeights indexed) {
    Optional<Quantization> unseen =
        unreadable(folder).or(() -> indexedOutOfSight(folder)).or(() -> namedOutOfSight(folder));
    if (unseen.isPresent()) {
      return unseen;
    }
    // A repository of GGUF files carries its source's configuration and index along.
    if (anyGguf) {
      return Optional.empty();
    }
    IndexedWeights either =
        indexed.absent().isPresent()
            ? indexed
            : IndexedWeights.of(files, folder, folder.otherIndexes(), folder.others());
    if (either.absent().isPresent()) {
      IndexedWeights.OfIndex absent = either.absent().get();
      String weights = FileKind.indexed(FoundFiles.name(absent.index())).orElse(absent.name());
      return Optional.of(
          nothingHere(
              folder,
              absent.name(),
              otherFormat(weights),
              absent.index(),
              either.problem().orElseThrow()));
    }
    String next = weights.ceiling(folder.name());
    boolean weightsBelow = next != null && next.startsWith(folder.name());
    return folder.configs().stream()
        .filter(file -> file.quantizationConfig().isPresent() && !weightsBelow)
        .findFirst()
        .map(
            config ->
                nothingHere(
                    folder,
                    FoundFiles.name(config),
                    Quantization.UNKNOWN_FORMAT,
                    config,
                    FoundFiles.notHere(
                        "the weights that %s says are quantized are not here"
                            .formatted(Quoted.line(FoundFiles.name(config))))));
  }

  /** Weights whose names only a loader can read that reads more than the audit does. */
  private static Optional<Quantization> unreadable(ModelFolder folder) {
    return Stream.of(folder.indexes(), folder.otherIndexes())
        .flatMap(List::stream)
        .filter(index -> folder.config().isPresent())
        .filter(index -> index.index().isEmpty() && index.pointer().isEmpty())
        .findFirst()
        .map(
            index ->
                nothingHere(
                    folder,
                    FoundFiles.name(index),
                    Quantization.UNKNOWN_FORMAT,
                    index,
                    FoundFiles.problem(index)
                        .orElseGet(
                            () ->
                                new Problem(
                                    Reason.UNSUPPORTED,
                                    Quoted.line(FoundFiles.name(index))
                                        + " is not a readable index"))));
  }

  /** Weights that an index names where the inventory does not look, whatever lies beside it. */
  private Optional<Quantization> indexedOutOfSight(ModelFolder folder) {
    return Stream.of(folder.indexes(), folder.otherIndexes())
        .flatMap(List::stream)
        .flatMap(index -> indexedOutOfSight(folder, index).stream())
        .findFirst();
  }

  private Optional<Quantization> indexedOutOfSight(ModelFolder folder, ScannedFile index) {
    String weights = FileKind.indexed(FoundFiles.name(index)).orElse("");
    return index.index().map(ShardIndex::files).orElse(List.of()).stream()
        .filter(path -> listed.shown(folder.name(), path).isEmpty())
        .findFirst()
        .map(
            path ->
                nothingHere(
                    folder,
                    folder.name() + path,
                    otherFormat(weights),
                    index,
                    outOfSight(folder.name() + path, index)));
  }

  /** The same for {@code transformers_weights}, and a configuration that may name any. */
  private Optional<Quantization> namedOutOfSight(ModelFolder folder) {
    return folder.config().isEmpty()
        ? Optional.empty()
        : folder.configs().stream()
            .flatMap(
                config ->
                    config
                        .loaderConfig()
                        .flatMap(names -> namedOutOfSight(folder, config, names))
                        .stream())
            .findFirst();
  }

  private Optional<Quantization> namedOutOfSight(
      ModelFolder folder, ScannedFile config, LoaderConfig names) {
    Optional<Problem> problem =
        names.readable()
            ? names.weights().stream()
                .filter(path -> listed.shown(folder.name(), path).isEmpty())
                .findFirst()
                .map(path -> outOfSight(path, config))
            : Optional.of(
                new Problem(
                    Reason.UNSUPPORTED,
                    Quoted.line(FoundFiles.name(config)) + " may name any weights"));
    return problem.map(
        each ->
            nothingHere(
                folder, FoundFiles.name(config), Quantization.UNKNOWN_FORMAT, config, each));
  }

  private static Problem outOfSight(String name, ScannedFile of) {
    return FoundFiles.notHere(
        "%s, which %s names, is outside of what is audited"
            .formatted(Quoted.line(name), Quoted.line(FoundFiles.name(of))));
  }

  private static Quantization nothingHere(
      ModelFolder folder, String name, String format, ScannedFile of, Problem absence) {
    return quantization(
        name,
        of,
        format,
        folder.config(),
        folder.config().map(QuantizationConfig::method),
        List.of(),
        folder.configProblem().or(folder::indexProblem).or(() -> Optional.of(absence)));
  }

  /** What nobody says is quantized, but has the tensors of a quantization. */
  private void looksQuantized(ModelFolder folder) {
    IndexedWeights indexed = indexed(folder);
    Map<String, List<ScannedFile>> sets = new LinkedHashMap<>();
    Map<String, ScannedFile> all = new TreeMap<>(indexed.present());
    folder.safetensors().forEach(file -> all.put(FoundFiles.name(file), file));
    all.forEach(
        (name, file) -> {
          if (!taken.contains(name)) {
            String set = indexed.present().containsKey(name) ? "//index" : SplitName.of(name).set();
            sets.computeIfAbsent(set, any -> new ArrayList<>()).add(file);
          }
        });
    sets.forEach(
        (key, set) -> {
          if (set.stream().anyMatch(ModelFolders::looksQuantized)) {
            set.forEach(file -> taken.add(FoundFiles.name(file)));
            boolean ofIndex = key.equals("//index");
            found.add(
                quantization(
                    FoundFiles.name(set.get(0)),
                    set.get(0),
                    SafetensorsFormat.SAFETENSORS.name(),
                    Optional.empty(),
                    Optional.of(QuantizationConfig.UNKNOWN),
                    set,
                    folder
                        .indexProblem()
                        .or(() -> ModelFolder.problem(set))
                        .or(() -> indexed.problem().filter(any -> ofIndex))
                        .or(() -> indexed.missingPart(set))));
          }
        });
  }

  /** A type of tensor that nobody knows yet is more likely a quantization's than not. */
  private static boolean looksQuantized(ScannedFile file) {
    return file.weights().filter(WeightsSummary::quantized).isPresent()
        || (file.file().kind() == FileKind.SAFETENSORS
            && file.problem().filter(p -> p.reason() == Reason.UNSUPPORTED).isPresent());
  }

  private static Quantization quantization(
      String name,
      ScannedFile of,
      String format,
      Optional<QuantizationConfig> config,
      Optional<String> method,
      List<ScannedFile> weights,
      Optional<Problem> problem) {
    return new Quantization(
        of.file().repository(),
        of.file().revision(),
        name,
        format,
        method,
        config
            .flatMap(QuantizationConfig::bits)
            .or(() -> FoundFiles.unpackedBitsPerWeight(weights)),
        weights.stream().map(FoundFiles::name).toList(),
        FoundFiles.bytes(weights),
        FoundFiles.named(weights, WeightsSummary::sourceModels),
        FoundFiles.named(weights, WeightsSummary::baseModels),
        problem);
  }

  /** The name of a format whose headers are not read, by the file's extension. */
  private static String otherFormat(String name) {
    if (FileKind.isOnnxData(name)) {
      return "onnx";
    }
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return switch (extension) {
      case "bin", "pt", "pth", "ckpt" -> "pytorch";
      case "h5", "keras" -> "keras";
      case "msgpack" -> "flax";
      case "npz" -> "numpy";
      case "sft" -> SafetensorsFormat.SAFETENSORS.name();
      default -> extension;
    };
  }
}
