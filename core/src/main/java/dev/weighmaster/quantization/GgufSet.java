package dev.weighmaster.quantization;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.TypeCount;
import dev.weighmaster.format.gguf.GgufFormat;
import dev.weighmaster.format.gguf.LlamaFileType;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.verdict.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files of one GGUF model, by their place in it. */
final class GgufSet {
  private final int count;
  private final TreeMap<Integer, GgufFile> parts = new TreeMap<>();

  private GgufSet(int count) {
    this.count = count;
  }

  /** The quantizations among a repository's GGUF files. */
  static List<Quantization> quantizations(List<ScannedFile> files) {
    Map<String, GgufSet> sets = new TreeMap<>();
    for (GgufFile file : GgufFile.among(files)) {
      SplitName split = SplitName.ofGguf(file.name());
      GgufSet set = sets.computeIfAbsent(split.set(), any -> new GgufSet(split.count()));
      if (set.parts.putIfAbsent(split.index(), file) != null) {
        // The same part once more, in pieces.
        GgufSet other = new GgufSet(split.count());
        other.parts.put(split.index(), file);
        sets.put("//" + FoundFiles.name(file.first()), other);
      }
    }
    return sets.values().stream().flatMap(set -> set.quantization().stream()).toList();
  }

  private Optional<Quantization> quantization() {
    Optional<Problem> problem =
        files().stream().flatMap(file -> FoundFiles.problem(file).stream()).findFirst();
    Optional<Problem> pieces =
        parts.values().stream().flatMap(file -> file.incomplete().stream()).findFirst();
    boolean quantized =
        parts.values().stream()
            .anyMatch(
                part -> part.header().filter(header -> isQuantized(part, header)).isPresent());
    if (!quantized && problem.isEmpty()) {
      boolean known = headers().anyMatch(part -> !part.types().isEmpty());
      if (known || (pieces.isEmpty() && parts.size() == count)) {
        return Optional.empty();
      }
    }
    List<ScannedFile> files = files();
    HubFile first = files.get(0).file();
    return Optional.of(
        new Quantization(
            first.repository(),
            first.revision(),
            first.name(),
            GgufFormat.GGUF.name(),
            method(),
            FoundFiles.bitsPerWeight(files),
            files.stream().map(FoundFiles::name).toList(),
            FoundFiles.bytes(files),
            FoundFiles.named(files, WeightsSummary::sourceModels),
            FoundFiles.named(files, WeightsSummary::baseModels),
            problem.or(() -> pieces).or(this::incomplete)));
  }

  /**
   * What calls itself an encoder, but not by its name, is one only as long as it is mostly of full
   * precision: {@code general.architecture} is a claim, and it must not keep a quantization from
   * having a row.
   */
  private static boolean isQuantized(GgufFile file, WeightsSummary header) {
    return switch (header.role()) {
      case MODEL -> header.quantized();
      case PROJECTOR -> isMostlyQuantized(header) && !LoaderExtras.isNamedAsProjector(file.name());
      case ADAPTER, IMATRIX, VOCABULARY -> false;
    };
  }

  private static boolean isMostlyQuantized(WeightsSummary header) {
    double quantized =
        header.types().stream().filter(TypeCount::quantized).mapToDouble(TypeCount::elements).sum();
    return quantized > header.types().stream().mapToDouble(TypeCount::elements).sum() / 2;
  }

  private List<ScannedFile> files() {
    return parts.values().stream().flatMap(file -> file.pieces().stream()).toList();
  }

  private Stream<WeightsSummary> headers() {
    return parts.values().stream().flatMap(part -> part.header().stream());
  }

  private Optional<Problem> incomplete() {
    TreeMap<Integer, SplitPart> headers = new TreeMap<>();
    parts.forEach((index, part) -> headers.put(index, header(part)));
    return SplitPart.incomplete(count, headers);
  }

  private static SplitPart header(GgufFile part) {
    Optional<WeightsSummary> header = part.header();
    return new SplitPart(
        FoundFiles.name(part.first()),
        header.flatMap(WeightsSummary::split),
        header.stream().flatMap(each -> each.types().stream()).mapToLong(TypeCount::tensors).sum());
  }

  /**
   * The method that a header claims for the set, if the set has tensors of the type that the method
   * is named after, which a single part can't tell; otherwise the type that takes the most bytes.
   */
  private Optional<String> method() {
    List<String> claims = headers().flatMap(part -> part.method().stream()).toList();
    if (parts.size() == 1) {
      return claims.stream().findFirst();
    }
    Map<String, Long> bytes =
        FoundFiles.types(files())
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
