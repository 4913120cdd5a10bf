package dev.weighmaster.audit;

import dev.weighmaster.chain.JudgedCase;
import dev.weighmaster.chain.Judgement;
import dev.weighmaster.chain.QuantizationCase;
import dev.weighmaster.hub.ModelCard;
import dev.weighmaster.quantization.Quantization;
import java.io.Serializable;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;

/**
 * What all rows of one run share.
 *
 * @param id unlike any other run's, made of letters, digits and hyphens
 * @param date that the run is filed under
 * @param hub its root as the user wrote it
 */
public record Run(String id, LocalDate date, Instant startedAt, String hub)
    implements Serializable {

  /** The row of a quantization. */
  public AuditRow row(JudgedCase judged) {
    QuantizationCase evidence = judged.evidence();
    Judgement judgement = judged.judgement();
    Quantization quantization = evidence.quantization();
    Optional<String> declared =
        evidence
            .card()
            .map(ModelCard::baseModels)
            .filter(models -> !models.isEmpty())
            .map(models -> String.join(", ", models));
    return new AuditRow(
        id,
        date,
        judged.at(),
        hub,
        quantization.repository(),
        quantization.revision(),
        quantization.name(),
        quantization.format(),
        quantization.method(),
        quantization.bitsPerWeight(),
        quantization.files().size(),
        quantization.bytes(),
        evidence.digest(),
        declared,
        judgement.verdict(),
        judgement.reason(),
        judgement.detail(),
        badge(judgement),
        judgement.sourceModel(),
        judgement.sourcePublisher(),
        judgement.tool(),
        judgement.toolVersion(),
        judgement.depth(),
        judgement.links().stream().map(LinkRow::of).toList(),
        Optional.of(evidence.alsoLoaded()));
  }

  /** What a consumer reads beside the quantization. */
  public static String badge(Judgement judgement) {
    return switch (judgement.verdict()) {
      case VERIFIED -> "Quantized from " + judgement.sourceModel().orElseThrow() + ", verified";
      case UNVERIFIED -> "Unverified quantization";
      case BROKEN -> "Broken chain";
      case ERROR -> "Could not be audited";
    };
  }
}
