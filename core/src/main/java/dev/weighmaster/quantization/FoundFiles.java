package dev.weighmaster.quantization;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.WeightsSummary.TypeCount;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The combined findings from the files of one quantization. */
final class FoundFiles {
  /** Loaders ask for a model's own weights by these names; MLX takes all that begin so. */
  private static final Pattern OF_A_MODEL =
      Pattern.compile(
          "(?s)(?:model.*|(?:diffusion_)?pytorch_model(?:[-.].*)?|consolidated.*)"
              + "\\.(?:safetensors|sft)");

  private FoundFiles() {}

  static String name(ScannedFile file) {
    return file.file().name();
  }

  /** Why a file can't be judged, be it only because its bytes are elsewhere. */
  static Optional<Problem> problem(ScannedFile file) {
    return file.problem()
        .or(
            () ->
                file.pointer()
                    .map(
                        pointer ->
                            notHere(
                                name(file)
                                    + ": only a pointer file to "
                                    + pointer.target()
                                    + " is here")));
  }

  /** Absence contradicts nothing: a download may be under way. */
  static Problem notHere(String detail) {
    return new Problem(Reason.IO_ERROR, detail);
  }

  /** By its tensors, unless loaders take it for a model because of its name. */
  static boolean isAdapter(ScannedFile file) {
    String last = StoragePaths.lastName(name(file)).toLowerCase(Locale.ROOT);
    return file.weights().filter(weights -> weights.role() == Role.ADAPTER).isPresent()
        && !OF_A_MODEL.matcher(last).matches();
  }

  static long bytes(Collection<ScannedFile> files) {
    return files.stream().mapToLong(file -> file.file().size()).sum();
  }

  static List<String> named(
      Collection<ScannedFile> files, Function<WeightsSummary, List<String>> models) {
    return files.stream()
        .flatMap(file -> file.weights().stream())
        .flatMap(weights -> models.apply(weights).stream())
        .distinct()
        .toList();
  }

  static Stream<TypeCount> types(Collection<ScannedFile> files) {
    return files.stream()
        .flatMap(file -> file.weights().stream())
        .flatMap(weights -> weights.types().stream());
  }

  static Optional<Double> bitsPerWeight(Collection<ScannedFile> files) {
    double elements = types(files).mapToDouble(TypeCount::elements).sum();
    double bytes = types(files).mapToDouble(TypeCount::bytes).sum();
    return elements > 0 ? Optional.of(bytes * 8 / elements) : Optional.empty();
  }

  /** Integers hold several weights each, as many as only their quantizer knows. */
  static Optional<Double> unpackedBitsPerWeight(Collection<ScannedFile> files) {
    return types(files).allMatch(count -> count.type().matches("B?F\\d.*"))
        ? bitsPerWeight(files)
        : Optional.empty();
  }
}
