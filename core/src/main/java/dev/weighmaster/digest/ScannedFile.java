package dev.weighmaster.digest;

import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.safetensors.ShardIndex;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.LfsPointer;
import dev.weighmaster.hub.LoaderConfig;
import dev.weighmaster.hub.ModelCard;
import dev.weighmaster.hub.QuantizationConfig;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.List;
import java.util.Optional;

/**
 * What one pass over a file has shown, in this run or in an earlier one.
 *
 * @param sha256 of all the file's bytes, lower-case hexadecimal; empty exactly where the file could
 *     not be read from its first byte to its last
 * @param reading what this run has read of it
 * @param findings {@link Findings#NONE} where there is no digest
 * @param origin of the digest, where an audit computed it
 * @param storeSha256 what the storage says that the whole file hashes to, never taken for computed
 * @param earlier what the same version of the file hashed to before, where that is something else,
 *     or where it could not be read now
 * @param failure why there is no digest, or why it is not to be relied on: {@code IO_ERROR}, {@code
 *     CHANGED_DURING_READ} or {@code DIGEST_MISMATCH}
 */
public record ScannedFile(
    HubFile file,
    Optional<String> sha256,
    Reading reading,
    Findings findings,
    Optional<DigestOrigin> origin,
    Optional<String> storeSha256,
    Optional<EarlierDigest> earlier,
    Optional<Problem> failure) {

  /** A file that was read to its end just now. */
  public static ScannedFile read(HubFile file, String sha256, Reading reading, Findings findings) {
    return new ScannedFile(
        file,
        Optional.of(sha256),
        reading,
        findings,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** A file that could not be read to its end. */
  public static ScannedFile unread(HubFile file, Reading reading, Problem failure) {
    return new ScannedFile(
        file,
        Optional.empty(),
        reading,
        Findings.NONE,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(failure));
  }

  /** The same, computed by this run at this time. */
  public ScannedFile from(DigestOrigin computed) {
    return new ScannedFile(
        file,
        sha256,
        reading,
        findings,
        sha256.map(any -> computed),
        storeSha256,
        earlier,
        failure);
  }

  /**
   * What the pass says of another path that leads to the same file, see {@link SharedContent}. This
   * one's reading is counted, and the other's is none.
   */
  public ScannedFile sharedBy(HubFile other) {
    return new ScannedFile(
        other.readAs(file),
        sha256,
        Reading.NONE,
        findings.with(findings.problem().map(problem -> named(problem, other))),
        origin,
        storeSha256,
        Optional.empty(),
        failure.map(problem -> named(problem, other)));
  }

  private Problem named(Problem problem, HubFile other) {
    String detail = problem.detail();
    if (detail.startsWith(file.path())) {
      detail = other.path() + detail.substring(file.path().length());
    } else if (detail.startsWith(file.name())) {
      detail = other.name() + detail.substring(file.name().length());
    }
    return new Problem(problem.reason(), detail);
  }

  /** The same, held against what the storage says that the whole file hashes to. */
  ScannedFile heldAgainst(Optional<String> ofStore) {
    boolean differs = ofStore.isPresent() && !ofStore.equals(sha256);
    return new ScannedFile(
        file,
        sha256,
        reading,
        findings,
        origin,
        ofStore,
        earlier,
        differs
            ? Optional.of(
                new Problem(
                    Reason.DIGEST_MISMATCH,
                    Quoted.of(file.path())
                        + " hashes to sha256:"
                        + sha256.orElseThrow()
                        + ", but its storage says that the whole of it has sha256:"
                        + ofStore.get()))
            : failure);
  }

  /** What the file hashes to by the series that were asked for. */
  public List<SeriesDigest> series() {
    return findings.series();
  }

  /** The header, for weights that could be parsed. */
  public Optional<WeightsSummary> weights() {
    return findings.weights();
  }

  public Optional<ModelCard> card() {
    return findings.card();
  }

  public Optional<QuantizationConfig> quantizationConfig() {
    return findings.quantizationConfig();
  }

  public Optional<ShardIndex> index() {
    return findings.index();
  }

  /** What a configuration has a loader take besides; empty where it has it take nothing. */
  public Optional<LoaderConfig> loaderConfig() {
    return findings.loaderConfig();
  }

  /** Set where the file is a Git LFS pointer and the weights are not here. */
  public Optional<LfsPointer> pointer() {
    return findings.pointer();
  }

  /**
   * Why there is no digest, why it is not to be relied on, or what is malformed: {@code IO_ERROR},
   * {@code CHANGED_DURING_READ}, {@code DIGEST_MISMATCH}, {@code UNSUPPORTED} or {@code
   * MALFORMED_WEIGHTS}.
   */
  public Optional<Problem> problem() {
    return failure.or(findings::problem);
  }

  /** Whether it is weights, by its name or by what was found in it. */
  public boolean isWeights() {
    return weights().isPresent() || file.kind().isWeights();
  }
}
