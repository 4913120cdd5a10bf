package dev.weighmaster.chain;

import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.format.gguf.GgufFormat;
import dev.weighmaster.hub.ModelCard;
import dev.weighmaster.hub.QuantizationConfig;
import dev.weighmaster.quantization.Quantization;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Compares an attestation with what the quantization and its repository declare. */
public final class ClaimCheck {
  /** How a model can come from its base other than by being quantized, as the Hub writes it. */
  private static final Set<String> OTHER_RELATIONS = Set.of("adapter", "finetune", "merge");

  private ClaimCheck() {}

  /** Whether the statement names one of the files, whatever the digest. */
  static boolean namesFile(CheckedStatement statement, QuantizationCase evidence) {
    return statement.subjects().stream()
        .anyMatch(
            subject ->
                evidence.files().stream()
                    .anyMatch(file -> RepositoryFiles.isName(subject.name(), file.name())));
  }

  /** The models that a card names as what the weights beside it were quantized from. */
  static List<String> declaredModels(Optional<ModelCard> card) {
    return card.filter(ClaimCheck::declaresQuantization)
        .map(ModelCard::baseModels)
        .orElse(List.of());
  }

  /** Why the source is not the one that the model card or the weights' header names. */
  static Optional<Problem> claimProblem(
      QuantizationClaim claim, QuantizationCase evidence, Trail trail, TrustPolicy policy) {
    if (evidence.cardProblem().isPresent()) {
      return evidence.cardProblem();
    }
    Quantization quantization = evidence.quantization();
    // What the attestation names is on the way, or is not what the way rests on.
    Set<String> onTheWay = trail.models();
    String attested =
        claim
            .sourceModel()
            .map(named -> "the attestation names " + Quoted.line(named))
            .orElseGet(
                () -> "the attestation leads to " + Quoted.line(trail.model().orElseThrow()));

    DeclaredModels declared = DeclaredModels.of(declaredModels(evidence.card()), policy);
    // Beside the model that they were made from, the card is that model's own, unless it says
    // itself that it is a quantization's.
    boolean ownModel =
        trail.model().equals(Optional.of(quantization.repository()))
            && evidence.card().flatMap(ModelCard::relation).isEmpty();
    if (!ownModel && declared.contradict(onTheWay)) {
      return Optional.of(mismatch("the model card declares", declared, attested));
    }
    DeclaredModels sources = DeclaredModels.of(quantization.sourceModels(), policy);
    if (sources.contradict(onTheWay)) {
      return Optional.of(mismatch("the weights' header names the source", sources, attested));
    }
    // A header's base model may be the base of the source: it was copied from the source's card.
    Set<String> bases = new LinkedHashSet<>(onTheWay);
    bases.addAll(DeclaredModels.of(trail.baseModels(), policy).names());
    DeclaredModels headerBases = DeclaredModels.of(quantization.baseModels(), policy);
    if (headerBases.contradict(bases)) {
      return Optional.of(
          mismatch("the weights' header names the base model", headerBases, attested));
    }
    return Optional.empty();
  }

  private static boolean declaresQuantization(ModelCard card) {
    return card.relation().map(relation -> !OTHER_RELATIONS.contains(relation)).orElse(true);
  }

  private static Problem mismatch(String one, DeclaredModels models, String attested) {
    return new Problem(
        Reason.CLAIM_MISMATCH,
        "%s %s, but %s".formatted(one, Quoted.line(String.join(", ", models.names())), attested));
  }

  /** Why the format or method is not that of the weights' header. */
  static Optional<Problem> methodProblem(QuantizationClaim claim, Quantization quantization) {
    Optional<String> anotherFormat =
        claim
            .format()
            .filter(format -> !quantization.format().equals(Quantization.UNKNOWN_FORMAT))
            .filter(format -> !format.equalsIgnoreCase(quantization.format()));
    if (anotherFormat.isPresent()) {
      return Optional.of(
          new Problem(
              Reason.METHOD_MISMATCH,
              "attested as "
                  + Quoted.line(anotherFormat.get())
                  + ", but it is "
                  + quantization.format()));
    }
    if (claim.method().isEmpty()
        || quantization.method().isEmpty()
        || sameMethod(claim.method().get(), quantization)) {
      return Optional.empty();
    }
    return Optional.of(
        new Problem(
            Reason.METHOD_MISMATCH,
            "attested as "
                + Quoted.line(claim.method().get())
                + ", but the weights say "
                + Quoted.line(quantization.method().get())));
  }

  /**
   * Whether a method that is attested is the weights'. {@code GPTQ-Int4} and {@code awq_4bit} say
   * the bits too, which must then be the weights'.
   *
   * @param quantization with a method; one that nobody names is any
   */
  public static boolean sameMethod(String attested, Quantization quantization) {
    String claimed = attested.strip().toUpperCase(Locale.ROOT);
    String method = quantization.method().orElseThrow().toUpperCase(Locale.ROOT);
    if (claimed.equals(method) || method.equals(QuantizationConfig.UNKNOWN)) {
      return true;
    }
    if (quantization.format().equals(GgufFormat.GGUF.name()) || !claimed.startsWith(method)) {
      return false;
    }
    String rest = claimed.substring(method.length()).replaceAll("INT|BITS?|[-_ ]", "");
    return quantization
        .bitsPerWeight()
        .filter(bits -> rest.equals(Long.toString(Math.round(bits))))
        .isPresent();
  }
}
