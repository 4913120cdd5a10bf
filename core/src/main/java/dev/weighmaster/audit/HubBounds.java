package dev.weighmaster.audit;

import dev.weighmaster.attest.ErrorBound;
import dev.weighmaster.audit.RepositoryAudit.ReadFile;
import dev.weighmaster.chain.Judgement;
import dev.weighmaster.chain.QuantizationCase;
import dev.weighmaster.chain.Source;
import dev.weighmaster.chain.WeightsCheck;
import dev.weighmaster.conversion.SafetensorsSource;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.io.Storage;
import dev.weighmaster.quantization.Quantization;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.tensor.WeightsSet;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.weigh.BoundsCheck;
import dev.weighmaster.weigh.ErrorMeasurement;
import dev.weighmaster.weigh.MeasuredTensor;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Holds the error bounds that attestations claim against the weights of a hub, where the chain has
 * found the source's. Not thread-safe.
 *
 * <p>Statements do not carry their bounds along, which can be as many as tensors: they are read
 * again from the sidecar, and weights are read as the versions whose digests were computed.
 */
public final class HubBounds implements WeightsCheck {
  private final Storage storage;
  private final HubSources sources;
  private final AttestationStore elsewhere;
  private final Map<Said, BoundsReport> reports = new HashMap<>();
  private final Map<Pair, Map<String, MeasuredTensor>> measured = new HashMap<>();

  /** A statement, and one of the quantizations that it is about. */
  private record Said(Optional<String> statementSha256, Quantization quantization) {}

  /** The files of a quantization and of its source, as they were read. */
  private record Pair(List<Storage.Entry> quantization, List<Storage.Entry> source) {}

  /**
   * @param sources through which the repositories of the hub are read
   * @param elsewhere statements that are kept away from the weights
   */
  public HubBounds(Storage storage, HubSources sources, AttestationStore elsewhere) {
    this.storage = storage;
    this.sources = sources;
    this.elsewhere = elsewhere;
  }

  @Override
  public Optional<Problem> problem(
      CheckedStatement attestation, QuantizationCase quantization, Optional<Source> source) {
    try {
      List<ErrorBound> claims = claims(attestation);
      return claims.isEmpty()
          ? Optional.empty()
          : problem(claims, said(attestation, quantization), source);
    } catch (IOException e) {
      return Optional.of(UnreadableModelException.of(attestation.name(), e).problem());
    }
  }

  private Optional<Problem> problem(List<ErrorBound> claims, Said said, Optional<Source> source)
      throws IOException {
    Optional<String> unusable = unusable(said.quantization(), source);
    if (unusable.isPresent()) {
      reports.put(said, BoundsReport.unchecked(claims.size(), unusable.get()));
      return Optional.empty();
    }
    try {
      Pair pair =
          new Pair(weights(said.quantization()), weights(source.orElseThrow()).orElseThrow());
      BoundsCheck check = BoundsCheck.of(claims, measured(claims, pair).values());
      reports.put(said, BoundsReport.of(check));
      return check.problem();
    } catch (UnreadableModelException e) {
      Problem problem = e.problem();
      reports.put(said, BoundsReport.unchecked(claims.size(), problem.detail()));
      // What another version would have to read contradicts nothing.
      return problem.reason() == Reason.IO_ERROR || problem.reason() == Reason.CHANGED_DURING_READ
          ? Optional.of(problem)
          : Optional.empty();
    }
  }

  /** What became of the bounds that the statement claims which decided; empty if it claims none. */
  public Optional<BoundsReport> report(Judgement judgement, QuantizationCase quantization) {
    if (judgement.depth() == 0) {
      return Optional.empty();
    }
    CheckedStatement decisive = judgement.links().get(0).statement();
    Optional<BoundsReport> known = Optional.ofNullable(reports.get(said(decisive, quantization)));
    if (known.isPresent()) {
      return known;
    }
    try {
      int claimed = claims(decisive).size();
      return claimed == 0
          ? Optional.empty()
          : Optional.of(BoundsReport.unchecked(claimed, "the chain to the source does not hold"));
    } catch (IOException e) {
      // The verdict says what does not hold, and does not rest on what was claimed.
      return Optional.empty();
    }
  }

  private static Said said(CheckedStatement attestation, QuantizationCase quantization) {
    return new Said(attestation.statementSha256(), quantization.quantization());
  }

  /** Why bounds can't be held against weights, before any of these is read. */
  private Optional<String> unusable(Quantization quantization, Optional<Source> source) {
    if (source.isEmpty()) {
      return Optional.of("the source's weights are not in the hub");
    }
    if (quantization.problem().isPresent()) {
      return Optional.of("the weights can't be judged");
    }
    return weights(source.get()).isEmpty()
        ? Optional.of(
            "the source %s does not hold one GGUF or safetensors model"
                .formatted(Quoted.line(source.get().repository())))
        : Optional.empty();
  }

  private List<Storage.Entry> weights(Quantization quantization) {
    List<ReadFile> files = sources.files(quantization.repository(), quantization.revision());
    return quantization.files().stream()
        .flatMap(name -> files.stream().filter(file -> file.name().equals(name)))
        .map(read -> read.file().entry())
        .toList();
  }

  /**
   * The set that the attested file is a part of, or the one that the attested model is. Of a model,
   * other weights may lie beside those that its signature covers.
   */
  private Optional<List<Storage.Entry>> weights(Source source) {
    List<ReadFile> weights =
        sources.files(source.repository(), source.revision()).stream()
            .filter(read -> read.file().kind() != FileKind.SIDECAR)
            .toList();
    if (source.name().isEmpty()) {
      return WeightsSet.only(
          weights.stream()
              .filter(read -> source.digests().contains(read.sha256()))
              .map(read -> read.file().entry())
              .toList());
    }
    List<Storage.Entry> entries = weights.stream().map(read -> read.file().entry()).toList();
    return weights.stream()
        .filter(read -> read.name().equals(source.name()))
        .findFirst()
        .map(read -> WeightsSet.with(read.file().path(), entries));
  }

  private List<ErrorBound> claims(CheckedStatement attestation) throws IOException {
    return AttestedBounds.claims(attestation, sidecar(attestation));
  }

  private Optional<byte[]> sidecar(CheckedStatement attestation) {
    if (attestation.isKeptElsewhere()) {
      return elsewhere.sidecar(attestation);
    }
    return sources.files(attestation.repository(), attestation.revision()).stream()
        .filter(read -> read.name().equals(attestation.name()))
        .findFirst()
        .flatMap(read -> FileScanner.scanCapturing(storage, read.file(), Progress.NONE).content());
  }

  private Map<String, MeasuredTensor> measured(List<ErrorBound> claims, Pair pair)
      throws UnreadableModelException {
    Map<String, MeasuredTensor> known = measured.computeIfAbsent(pair, any -> new HashMap<>());
    List<String> wanted =
        claims.stream().map(ErrorBound::tensor).filter(name -> !known.containsKey(name)).toList();
    if (!wanted.isEmpty()) {
      ModelTensors quantization = ModelTensors.openListed(storage, pair.quantization());
      ModelTensors source = ModelTensors.openListed(storage, pair.source());
      new ErrorMeasurement(quantization, SafetensorsSource.of(storage, source, quantization))
          .measure(wanted.stream().flatMap(name -> quantization.find(name).stream()).toList())
          .forEach(tensor -> known.put(tensor.name(), tensor));
    }
    return known;
  }
}
