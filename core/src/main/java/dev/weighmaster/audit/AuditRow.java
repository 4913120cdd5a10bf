package dev.weighmaster.audit;

import dev.weighmaster.quantization.LoaderExtra;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/** One quantization's row in {@code audit}, see {@code audit.avsc} for what each column holds. */
public record AuditRow(
    String runId,
    LocalDate auditDate,
    Instant auditedAt,
    String hub,
    String repository,
    String revision,
    String quantization,
    String format,
    Optional<String> method,
    Optional<Double> bitsPerWeight,
    int fileCount,
    long bytes,
    Optional<String> digest,
    Optional<String> declaredBaseModel,
    Verdict verdict,
    Reason reason,
    String detail,
    String badge,
    Optional<String> sourceModel,
    Optional<String> sourcePublisher,
    Optional<String> tool,
    Optional<String> toolVersion,
    int chainDepth,
    List<LinkRow> chain,
    Optional<List<LoaderExtra>> alsoLoaded) {
  public AuditRow {
    chain = List.copyOf(chain);
    alsoLoaded = alsoLoaded.map(List::copyOf);
  }
}
