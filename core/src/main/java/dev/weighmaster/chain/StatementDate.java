package dev.weighmaster.chain;

import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.signature.CheckedStatement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** When a statement was made, for the sentence that says that the files have changed since. */
final class StatementDate {
  private StatementDate() {}

  /** {@code ; it was attested on 2026-11-22}, or an empty string where nobody says when. */
  static String attested(CheckedStatement statement) {
    return sentence("attested", statement.signature().signedAt())
        .or(
            () ->
                statement
                    .claim()
                    .flatMap(QuantizationClaim::producedAt)
                    .flatMap(StatementDate::parsed)
                    .flatMap(time -> sentence("attested", Optional.of(time)))
                    .map(sentence -> sentence + " (by its own word)"))
        .orElse("");
  }

  /** {@code ; it was signed on 2026-11-22}, or an empty string if no time is proven. */
  static String signed(CheckedStatement statement) {
    return sentence("signed", statement.signature().signedAt()).orElse("");
  }

  private static Optional<String> sentence(String done, Optional<Instant> time) {
    return time.map(at -> "; it was " + done + " on " + LocalDate.ofInstant(at, ZoneOffset.UTC));
  }

  private static Optional<Instant> parsed(String time) {
    try {
      return Optional.of(OffsetDateTime.parse(time).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
