package dev.weighmaster.digest;

import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.safetensors.ShardIndex;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.LfsPointer;
import dev.weighmaster.hub.ModelCard;
import dev.weighmaster.hub.QuantizationConfig;
import dev.weighmaster.verdict.Problem;
import java.util.List;
import java.util.Optional;

/**
 * What one pass over a file has shown.
 *
 * @param sha256 of all the file's bytes, lower-case hexadecimal; empty exactly where the file could
 *     not be read from its first byte to its last
 * @param bytesRead from the storage, also where the read failed
 * @param series what the file hashes to by the series that were asked for
 * @param weights the header, for weights that could be parsed
 * @param pointer set where the file is a Git LFS pointer and the weights are not here
 * @param problem why there is no digest, or what is malformed: {@code IO_ERROR}, {@code
 *     CHANGED_DURING_READ}, {@code UNSUPPORTED} or {@code MALFORMED_WEIGHTS}
 */
public record ScannedFile(
    HubFile file,
    Optional<String> sha256,
    long bytesRead,
    ReadMethod readMethod,
    List<SeriesDigest> series,
    Optional<WeightsSummary> weights,
    Optional<ModelCard> card,
    Optional<QuantizationConfig> quantizationConfig,
    Optional<ShardIndex> index,
    Optional<LfsPointer> pointer,
    Optional<Problem> problem) {
  public ScannedFile {
    series = List.copyOf(series);
  }

  /** Whether it is weights, by its name or by what was found in it. */
  public boolean isWeights() {
    return weights.isPresent() || file.kind().isWeights();
  }

  /** How the bytes were read. */
  public enum ReadMethod {
    MAPPED,
    RANGED,
    /** Not at all. */
    NONE
  }
}
