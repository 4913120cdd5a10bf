package dev.weighmaster.quantization;

import dev.weighmaster.verdict.Problem;
import java.util.List;
import java.util.Optional;

/**
 * What gets a verdict: one GGUF file or split set whose tensors are quantized, or the weights of a
 * directory whose configuration says that they are.
 *
 * @param repository {@code org/name}
 * @param revision of the repository, empty where the layout has none
 * @param name the first weights file's, relative to the repository's root
 * @param format {@code gguf}, {@code safetensors}, {@code pytorch}, …
 * @param method such as {@code Q4_K_M}, {@code GPTQ}; empty where the weights could not be read
 * @param files names of its weights files, relative to the repository's root, in the set's order
 * @param bytes of those files together
 * @param sourceModels model ids that the headers name as what the files were made from
 * @param baseModels model ids that the headers name as the base of that model
 * @param problem why the files can't be judged, such as malformed or unreadable weights
 */
public record Quantization(
    String repository,
    String revision,
    String name,
    String format,
    Optional<String> method,
    Optional<Double> bitsPerWeight,
    List<String> files,
    long bytes,
    List<String> sourceModels,
    List<String> baseModels,
    Optional<Problem> problem) {
  /** The format of what neither its bytes nor its name tells of. */
  public static final String UNKNOWN_FORMAT = "unknown";

  public Quantization {
    files = List.copyOf(files);
    sourceModels = List.copyOf(sourceModels);
    baseModels = List.copyOf(baseModels);
  }

  /** What stands for quantizations that could not be found, or not be judged. */
  public static Quantization unjudged(
      String repository, String revision, String name, Problem problem) {
    return new Quantization(
        repository,
        revision,
        name,
        UNKNOWN_FORMAT,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        0,
        List.of(),
        List.of(),
        Optional.of(problem));
  }

  /** The same, which can't be judged; what was found first stays. */
  public Quantization failing(Problem found) {
    return new Quantization(
        repository,
        revision,
        name,
        format,
        method,
        bitsPerWeight,
        files,
        bytes,
        sourceModels,
        baseModels,
        problem.or(() -> Optional.of(found)));
  }
}
