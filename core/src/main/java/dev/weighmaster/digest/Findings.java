package dev.weighmaster.digest;

import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.safetensors.ShardIndex;
import dev.weighmaster.hub.LfsPointer;
import dev.weighmaster.hub.LoaderConfig;
import dev.weighmaster.hub.ModelCard;
import dev.weighmaster.hub.QuantizationConfig;
import dev.weighmaster.verdict.Problem;
import java.util.List;
import java.util.Optional;

/**
 * What the bytes of a file say beside their SHA-256, all from the pass that hashed them: the same
 * bytes give the same findings, so those of an earlier pass stand for them.
 *
 * @param version {@link #VERSION} of those that made them
 * @param series what the file hashes to by the series that were asked for
 * @param weights the header, for weights that could be parsed; of what begins as GGUF does but
 *     could not be, its format alone
 * @param loaderConfig what a configuration has a loader take besides
 * @param pointer set where the file is a pointer of Git LFS or git-xet, and the weights are not
 *     here
 * @param problem what is malformed, or of a form that is not understood
 */
public record Findings(
    int version,
    List<SeriesDigest> series,
    Optional<WeightsSummary> weights,
    Optional<ModelCard> card,
    Optional<QuantizationConfig> quantizationConfig,
    Optional<ShardIndex> index,
    Optional<LoaderConfig> loaderConfig,
    Optional<LfsPointer> pointer,
    Optional<Problem> problem) {
  /** Goes up whenever the same bytes would give other findings than before. */
  public static final int VERSION = 5;

  /** Of a file that was not read to its end. */
  public static final Findings NONE =
      new Findings(
          VERSION,
          List.of(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  public Findings {
    series = List.copyOf(series);
  }

  /** The same, but for what the problem is called. */
  Findings with(Optional<Problem> other) {
    return new Findings(
        version, series, weights, card, quantizationConfig, index, loaderConfig, pointer, other);
  }

  /** The same, with other digests by series. */
  Findings with(List<SeriesDigest> digests) {
    return new Findings(
        version, digests, weights, card, quantizationConfig, index, loaderConfig, pointer, problem);
  }
}
