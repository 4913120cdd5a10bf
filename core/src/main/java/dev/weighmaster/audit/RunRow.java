package dev.weighmaster.audit;

import dev.weighmaster.trust.TrustRootFile;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/** One run's row in {@code runs}, see {@code runs.avsc} for what each column holds. */
public record RunRow(
    String runId,
    LocalDate auditDate,
    String hub,
    Optional<String> inventory,
    String scope,
    Optional<String> earlierRun,
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
    long filesRead,
    long filesCarriedOver,
    long filesFailed,
    long filesRotten,
    long bytesRead,
    long weightsBytesRead,
    long digestMillis,
    long bytesPerSecond,
    double skew,
    long retries,
    List<SlowFile> slowestFiles,
    long repositoriesGone,
    List<String> gone,
    Optional<Long> filesOutside,
    Optional<List<String>> outside,
    String policyDigest,
    List<TrustRootFile> trustRoots,
    List<RunFile> contents) {
  public RunRow {
    slowestFiles = List.copyOf(slowestFiles);
    gone = List.copyOf(gone);
    outside = outside.map(List::copyOf);
    trustRoots = List.copyOf(trustRoots);
    contents = List.copyOf(contents);
  }
}
