package dev.weighmaster.audit;

import dev.weighmaster.trust.TrustRootFile;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;

/** One run's row in {@code runs}, see {@code runs.avsc} for what each column holds. */
public record RunRow(
    String runId,
    LocalDate auditDate,
    String hub,
    Instant startedAt,
    Instant finishedAt,
    String version,
    long repositories,
    long quantizations,
    long verified,
    long unverified,
    long broken,
    long errors,
    long signedModels,
    long signedModelsHolding,
    long files,
    long bytes,
    long bytesRead,
    String policyDigest,
    List<TrustRootFile> trustRoots) {
  public RunRow {
    trustRoots = List.copyOf(trustRoots);
  }
}
