package dev.weighmaster.jobs.verify;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.audit.BoundsReport;
import dev.weighmaster.audit.HubBounds;
import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.chain.HeldStatement;
import dev.weighmaster.chain.Judgement;
import dev.weighmaster.chain.ModelSignature;
import dev.weighmaster.chain.QuantizationCase;
import dev.weighmaster.chain.RepositoryEvidence;
import dev.weighmaster.chain.Source;
import dev.weighmaster.chain.SourceKey;
import dev.weighmaster.chain.SourceLookup;
import dev.weighmaster.chain.WeightsCheck;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The result of {@code verify} for a repository.
 *
 * @param quantizations those that were asked for
 * @param signatures the repository's model signatures, each with what does not hold of it
 * @param verdict the worst of the quantizations'; where there are none, what the signatures come to
 */
public record RepositoryVerdict(
    Repository repository,
    List<JudgedQuantization> quantizations,
    List<JudgedSignature> signatures,
    Verdict verdict) {
  public RepositoryVerdict {
    quantizations = List.copyOf(quantizations);
    signatures = List.copyOf(signatures);
  }

  private static final List<Verdict> WORST_FIRST =
      List.of(Verdict.BROKEN, Verdict.ERROR, Verdict.UNVERIFIED, Verdict.VERIFIED);

  /** A stranger's signature beside the publisher's takes nothing from it. */
  private static final List<Verdict> DECISIVE_FIRST =
      List.of(Verdict.BROKEN, Verdict.VERIFIED, Verdict.ERROR, Verdict.UNVERIFIED);

  /**
   * A quantization and what was found of it.
   *
   * @param bounds what became of the error bounds that the deciding attestation claims; empty where
   *     it claims none, or nobody measures
   */
  public record JudgedQuantization(
      QuantizationCase evidence, Judgement judgement, Optional<BoundsReport> bounds) {}

  /**
   * A model signature, and what does not hold of it.
   *
   * @param onlyFile the one file that it is of; empty where it is of the repository
   */
  public record JudgedSignature(
      CheckedStatement statement, Optional<String> onlyFile, Optional<Problem> problem) {
    public Reason reason() {
      return problem.map(Problem::reason).orElse(Reason.OK);
    }

    /** What holds of the files, or does not. */
    public String detail() {
      return problem
          .map(Problem::detail)
          .orElseGet(
              () ->
                  onlyFile
                      .map(file -> file + " is as it was signed; the signature is of no other file")
                      .orElse("every file that the signature covers is as it was signed"));
    }
  }

  /**
   * Judges what a repository holds.
   *
   * @param bounds hold what attestations claim against the weights
   * @param file judge only the quantization that this file is part of, if it is part of one
   */
  static RepositoryVerdict of(
      Repository repository,
      RepositoryEvidence evidence,
      ChainJudge judge,
      SourceLookup hub,
      Optional<HubBounds> bounds,
      Optional<String> file) {
    WeightsCheck weights = bounds.<WeightsCheck>map(each -> each).orElse(WeightsCheck.NONE);
    List<JudgedQuantization> quantizations = new ArrayList<>();
    for (QuantizationCase found : evidence.cases()) {
      if (file.isEmpty() || found.quantization().files().contains(file.get())) {
        Judgement judgement = judge.judge(found, hub, weights);
        quantizations.add(
            new JudgedQuantization(
                found, judgement, bounds.flatMap(each -> each.report(judgement, found))));
      }
    }
    Optional<Problem> revoked =
        evidence.sources().stream()
            .filter(source -> source.name().equals(file.orElse("")))
            .flatMap(source -> judge.revoked(source).stream())
            .findFirst();
    List<JudgedSignature> signatures = new ArrayList<>();
    for (ModelSignature signature : signaturesOf(evidence, file)) {
      // Whoever asks for a file does not ask for the others.
      Optional<Problem> problem =
          judge
              .problemOf(signature, repository.name())
              .or(() -> file.isPresent() ? Optional.empty() : signature.beside());
      signatures.add(
          new JudgedSignature(
              signature.statement(), signature.onlyFile(), revoked.or(() -> problem)));
    }
    Verdict verdict =
        quantizations.stream()
            .map(quantization -> quantization.judgement().verdict())
            .min(Comparator.comparingInt(WORST_FIRST::indexOf))
            .or(
                () ->
                    signatures.stream()
                        .map(signature -> signature.reason().verdict())
                        .min(Comparator.comparingInt(DECISIVE_FIRST::indexOf)))
            .orElse(Verdict.UNVERIFIED);
    return new RepositoryVerdict(repository, quantizations, signatures, verdict);
  }

  /** The signatures that cover a file, or all weights of the repository. */
  private static List<ModelSignature> signaturesOf(
      RepositoryEvidence evidence, Optional<String> file) {
    boolean hasWeights = evidence.sources().stream().anyMatch(source -> !source.name().isEmpty());
    if (file.isEmpty() && !hasWeights) {
      return Stream.concat(evidence.signatures().stream(), unreadable(evidence)).toList();
    }
    return evidence.sources().stream()
        .filter(source -> source.name().equals(file.orElse("")))
        .flatMap(
            source ->
                source.signatures().stream()
                    .filter(signature -> file.isPresent() || isOfModel(source, signature)))
        .filter(signature -> !saysNothingOfTheRest(signature))
        .distinct()
        .toList();
  }

  /** Sidecars of which nobody can say what they are: they may be the signature. */
  private static Stream<ModelSignature> unreadable(RepositoryEvidence evidence) {
    return evidence.statements().stream()
        .map(HeldStatement::statement)
        .filter(statement -> statement.predicateType().isEmpty())
        .map(ModelSignature::unreadable);
  }

  /** Held against another model, such as all files together, it leaves out what it ignores. */
  private static boolean isOfModel(Source source, ModelSignature signature) {
    return signature
        .statement()
        .manifest()
        .map(manifest -> source.key().equals(new SourceKey.OfDigest(manifest.rootDigest())))
        .orElse(true);
  }

  private static boolean saysNothingOfTheRest(ModelSignature signature) {
    return signature.onlyFile().isPresent()
        && signature.mismatch().map(Problem::reason).equals(Optional.of(Reason.UNSIGNED_FILES));
  }

  /** The same as a JSON object. */
  public ObjectNode toTree() {
    return RecordJson.tree(ShownVerdict.of(this));
  }
}
