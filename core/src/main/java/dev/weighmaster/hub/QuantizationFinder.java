package dev.weighmaster.hub;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.WeightsSummary.TypeCount;
import dev.weighmaster.format.gguf.LlamaFileType;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds what gets a verdict among the files of a repository.
 *
 * <p>What may be a quantization but can't be judged, because it is malformed, unreadable or not all
 * there, is one with a problem: nothing leaves the audit by being broken.
 */
public final class QuantizationFinder {
  private QuantizationFinder() {}

  /**
   * The quantizations of one repository, sorted by name.
   *
   * @param files all files of one repository at one revision, in any order
   */
  public static List<Quantization> find(List<ScannedFile> files) {
    List<Quantization> found = new ArrayList<>();
    ggufSets(files).forEach(set -> set.quantization().ifPresent(found::add));
    Map<String, List<ScannedFile>> directories =
        files.stream()
            .collect(
                Collectors.groupingBy(
                    file -> directory(name(file)), TreeMap::new, Collectors.toList()));
    directories.forEach((directory, inside) -> found.addAll(configured(directory, inside, files)));
    found.sort(Comparator.comparing(Quantization::name).thenComparing(Quantization::format));
    return found;
  }

  private static Collection<GgufSet> ggufSets(List<ScannedFile> files) {
    Map<String, GgufSet> sets = new TreeMap<>();
    files.stream()
        .filter(QuantizationFinder::isGguf)
        .sorted(Comparator.comparing(QuantizationFinder::name))
        .forEach(
            file -> {
              SplitName split = SplitName.of(name(file));
              sets.computeIfAbsent(split.set(), set -> new GgufSet(split.count()))
                  .add(split.index(), file);
            });
    return sets.values();
  }

  /** By name or, where a header was looked for because of how the file begins, by content. */
  private static boolean isGguf(ScannedFile file) {
    return switch (file.file().kind()) {
      case GGUF -> true;
      case OTHER_WEIGHTS, OTHER ->
          file.weights().isPresent()
              || file.problem()
                  .filter(
                      problem ->
                          problem.reason() == Reason.MALFORMED_WEIGHTS
                              || problem.reason() == Reason.UNSUPPORTED)
                  .isPresent();
      case SAFETENSORS, SIDECAR, SHARD_INDEX, CONFIG, MODEL_CARD -> false;
    };
  }

  /** The weights of one directory, as far as its configuration says that they are quantized. */
  private static List<Quantization> configured(
      String directory, List<ScannedFile> inside, List<ScannedFile> repository) {
    List<ScannedFile> configs =
        inside.stream()
            .filter(file -> file.file().kind() == FileKind.CONFIG)
            .sorted(Comparator.comparing(QuantizationFinder::name))
            .toList();
    Optional<QuantizationConfig> config =
        configs.stream().flatMap(file -> file.quantizationConfig().stream()).findFirst();
    Optional<Problem> configProblem =
        configs.stream().flatMap(file -> problem(file).stream()).findFirst();
    if (config.isEmpty() && configProblem.isEmpty()) {
      return List.of();
    }

    Stream<Optional<Problem>> problems = Stream.of(configProblem);
    List<String> indexed = indexed(directory, inside);
    // What an index names is loaded, whatever it is called.
    List<ScannedFile> weights =
        repository.stream()
            .filter(file -> indexed.contains(name(file)) || isSafetensorsOf(directory, file))
            .sorted(Comparator.comparing(QuantizationFinder::name))
            .toList();
    if (!weights.isEmpty() || !indexed.isEmpty()) {
      Set<String> present =
          repository.stream().map(QuantizationFinder::name).collect(Collectors.toSet());
      Optional<Problem> missing =
          indexed.stream()
              .filter(name -> !present.contains(name))
              .findFirst()
              .map(name -> malformed(name + ", which the index of its set names, is missing"));
      Optional<Problem> indexProblem =
          inside.stream()
              .filter(file -> file.file().kind() == FileKind.SHARD_INDEX)
              .flatMap(file -> problem(file).stream())
              .findFirst();
      return List.of(
          quantization(
              weights.isEmpty() ? indexed.get(0) : name(weights.get(0)),
              inside.get(0),
              "safetensors",
              config,
              weights,
              Stream.concat(problems, Stream.of(indexProblem, missing))));
    }

    Map<String, List<ScannedFile>> others =
        inside.stream()
            .filter(file -> file.file().kind() == FileKind.OTHER_WEIGHTS && !isGguf(file))
            .sorted(Comparator.comparing(QuantizationFinder::name))
            .collect(
                Collectors.groupingBy(
                    file -> otherFormat(name(file)), TreeMap::new, Collectors.toList()));
    List<Quantization> found = new ArrayList<>();
    others.forEach(
        (format, set) ->
            found.add(
                quantization(
                    name(set.get(0)), set.get(0), format, config, set, Stream.of(configProblem))));
    return found;
  }

  private static Quantization quantization(
      String name,
      ScannedFile of,
      String format,
      Optional<QuantizationConfig> config,
      List<ScannedFile> weights,
      Stream<Optional<Problem>> problems) {
    return new Quantization(
        of.file().repository(),
        of.file().revision(),
        name,
        format,
        config.map(QuantizationConfig::method),
        config
            .flatMap(QuantizationConfig::bits)
            .map(Integer::doubleValue)
            .or(() -> unpackedBitsPerWeight(weights)),
        weights.stream().map(QuantizationFinder::name).toList(),
        bytes(weights),
        named(weights, WeightsSummary::sourceModels),
        named(weights, WeightsSummary::baseModels),
        Stream.concat(problems, weights.stream().map(QuantizationFinder::problem))
            .flatMap(Optional::stream)
            .findFirst());
  }

  private static List<String> indexed(String directory, List<ScannedFile> inside) {
    return inside.stream()
        .flatMap(file -> file.index().stream())
        .flatMap(index -> index.files().stream())
        .map(name -> directory + name)
        .sorted()
        .distinct()
        .toList();
  }

  private static boolean isSafetensorsOf(String directory, ScannedFile file) {
    return file.file().kind() == FileKind.SAFETENSORS
        && directory(name(file)).equals(directory)
        && !isAdapter(file);
  }

  private static boolean isAdapter(ScannedFile file) {
    return file.weights().filter(weights -> weights.role() == Role.ADAPTER).isPresent();
  }

  /** The name of a format whose headers are not read, by the file's extension. */
  private static String otherFormat(String name) {
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return switch (extension) {
      case "bin", "pt", "pth", "ckpt" -> "pytorch";
      case "h5", "keras" -> "keras";
      case "msgpack" -> "flax";
      case "npz" -> "numpy";
      default -> extension;
    };
  }

  /** Why a file can't be judged, be it only because its bytes are elsewhere. */
  private static Optional<Problem> problem(ScannedFile file) {
    return file.problem()
        .or(
            () ->
                file.pointer()
                    .map(
                        pointer ->
                            new Problem(
                                Reason.IO_ERROR,
                                name(file)
                                    + ": only a pointer file to "
                                    + pointer.target()
                                    + " is here")));
  }

  private static Problem malformed(String detail) {
    return new Problem(Reason.MALFORMED_WEIGHTS, detail);
  }

  private static String name(ScannedFile file) {
    return file.file().name();
  }

  /** With its slash; empty for the repository's root. */
  private static String directory(String name) {
    return name.substring(0, name.lastIndexOf('/') + 1);
  }

  private static long bytes(Collection<ScannedFile> files) {
    return files.stream().mapToLong(file -> file.file().size()).sum();
  }

  private static List<String> named(
      Collection<ScannedFile> files, Function<WeightsSummary, List<String>> models) {
    return files.stream()
        .flatMap(file -> file.weights().stream())
        .flatMap(weights -> models.apply(weights).stream())
        .distinct()
        .toList();
  }

  private static Stream<TypeCount> types(Collection<ScannedFile> files) {
    return files.stream()
        .flatMap(file -> file.weights().stream())
        .flatMap(weights -> weights.types().stream());
  }

  private static Optional<Double> bitsPerWeight(Collection<ScannedFile> files) {
    double elements = types(files).mapToDouble(TypeCount::elements).sum();
    double bytes = types(files).mapToDouble(TypeCount::bytes).sum();
    return elements > 0 ? Optional.of(bytes * 8 / elements) : Optional.empty();
  }

  /** Integers hold several weights each, as many as only their quantizer knows. */
  private static Optional<Double> unpackedBitsPerWeight(Collection<ScannedFile> files) {
    return types(files).allMatch(count -> count.type().matches("B?F\\d.*"))
        ? bitsPerWeight(files)
        : Optional.empty();
  }

  /** The files of one GGUF model, by their place in it. */
  private static final class GgufSet {
    private final int count;
    private final TreeMap<Integer, ScannedFile> parts = new TreeMap<>();

    GgufSet(int count) {
      this.count = count;
    }

    void add(int index, ScannedFile part) {
      parts.put(index, part);
    }

    Optional<Quantization> quantization() {
      Optional<Problem> problem = unjudged();
      boolean quantized = headers().anyMatch(part -> part.role() == Role.MODEL && part.quantized());
      if (!quantized && problem.isEmpty()) {
        boolean known = headers().anyMatch(part -> !part.types().isEmpty());
        if (known || parts.size() == count) {
          return Optional.empty();
        }
      }
      HubFile first = parts.firstEntry().getValue().file();
      return Optional.of(
          new Quantization(
              first.repository(),
              first.revision(),
              first.name(),
              "gguf",
              method(),
              bitsPerWeight(parts.values()),
              parts.values().stream().map(QuantizationFinder::name).toList(),
              bytes(parts.values()),
              named(parts.values(), WeightsSummary::sourceModels),
              named(parts.values(), WeightsSummary::baseModels),
              problem.or(this::incomplete)));
    }

    private Stream<WeightsSummary> headers() {
      return parts.values().stream().flatMap(part -> part.weights().stream());
    }

    private Optional<Problem> unjudged() {
      return parts.values().stream().flatMap(part -> problem(part).stream()).findFirst();
    }

    /** Whether the parts' names and headers make one whole, as llama.cpp demands it. */
    private Optional<Problem> incomplete() {
      for (Map.Entry<Integer, ScannedFile> part : parts.entrySet()) {
        int index = part.getKey();
        String name = name(part.getValue());
        if (index < 0 || index >= count) {
          return Optional.of(malformed(name + " is no part of a set of " + count));
        }
        Optional<WeightsSummary.Split> split =
            part.getValue().weights().flatMap(WeightsSummary::split);
        if (split.isPresent()
            && (split.get().count() > 1 || count > 1)
            && (split.get().index() != index || split.get().count() != count)) {
          return Optional.of(
              malformed(
                  "%s says in its header that it is part %d of %d, by its name it is part %d of %d"
                      .formatted(
                          name, split.get().index() + 1L, split.get().count(), index + 1, count)));
        }
      }
      for (int index = 0; index < count; index++) {
        if (!parts.containsKey(index)) {
          String present = name(parts.firstEntry().getValue());
          return Optional.of(
              malformed(
                  "%s is part of a set of %d, of which part %d is missing"
                      .formatted(present, count, index + 1)));
        }
      }
      long tensors =
          headers().flatMap(part -> part.types().stream()).mapToLong(TypeCount::tensors).sum();
      return headers()
          .flatMap(part -> part.split().stream())
          .filter(split -> split.count() > 1)
          .flatMap(split -> split.tensors().stream())
          .filter(declared -> declared != tensors)
          .findFirst()
          .map(
              declared ->
                  malformed(
                      "%s belongs to a set of %d tensors, but the set holds %d"
                          .formatted(name(parts.firstEntry().getValue()), declared, tensors)));
    }

    /**
     * The method that a header claims for the set, if the set has tensors of the type that the
     * method is named after, which a single part can't tell; otherwise the type that takes the most
     * bytes.
     */
    private Optional<String> method() {
      List<String> claims = headers().flatMap(part -> part.method().stream()).toList();
      if (parts.size() == 1) {
        return claims.stream().findFirst();
      }
      Map<String, Long> bytes =
          types(parts.values())
              .filter(TypeCount::quantized)
              .collect(
                  Collectors.groupingBy(
                      TypeCount::type, TreeMap::new, Collectors.summingLong(TypeCount::bytes)));
      Optional<String> dominant =
          bytes.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey);
      return claims.stream()
          .filter(claim -> !bytes.containsKey(claim) && isBorneOut(claim, bytes.keySet()))
          .findFirst()
          .or(() -> dominant);
    }

    private static boolean isBorneOut(String claim, Set<String> types) {
      return Arrays.stream(LlamaFileType.values())
          .filter(type -> type.name().equals(claim))
          .anyMatch(type -> types.contains(type.mostly().name()));
    }
  }
}
