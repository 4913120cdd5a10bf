package dev.weighmaster.jobs.evidence;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.FileRow;
import dev.weighmaster.chain.FileDigest;
import dev.weighmaster.chain.QuantizationCase;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.quantization.Quantization;
import dev.weighmaster.quantization.QuantizationFinder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A row of {@code audit} with what the same run's {@code files} say of its files.
 *
 * @param files those that {@code files} has a digest of, in the set's order
 * @param architecture as a header has it
 * @param problem where the two do not say the same: the row can't be relied on; a sentence
 */
public record AuditedQuantization(
    AuditRow row, List<FileDigest> files, Optional<String> architecture, Optional<String> problem) {
  public AuditedQuantization {
    files = List.copyOf(files);
  }

  /**
   * Brings the rows of one repository at one revision together. Which files make up a quantization
   * is found out again, as the audit did.
   */
  static List<AuditedQuantization> of(List<AuditRow> rows, List<FileRow> files) {
    List<ScannedFile> scanned = files.stream().flatMap(file -> file.scanned().stream()).toList();
    List<Quantization> found = QuantizationFinder.find(scanned);
    List<AuditedQuantization> audited = new ArrayList<>();
    for (AuditRow row : rows) {
      boolean twice =
          rows.stream().filter(other -> other.quantization().equals(row.quantization())).count()
              > 1;
      audited.add(
          twice
              ? new AuditedQuantization(
                  row, List.of(), Optional.empty(), Optional.of("audit has it more than once"))
              : of(row, found, scanned));
    }
    return audited;
  }

  private static AuditedQuantization of(
      AuditRow row, List<Quantization> found, List<ScannedFile> scanned) {
    List<Quantization> same =
        found.stream()
            .filter(each -> each.name().equals(row.quantization()))
            .filter(each -> each.format().equals(row.format()))
            .toList();
    if (same.size() != 1) {
      return new AuditedQuantization(
          row, List.of(), Optional.empty(), Optional.of("files does not have its weights"));
    }
    Quantization quantization = same.get(0);
    var byName =
        scanned.stream()
            .collect(
                Collectors.toMap(file -> file.file().name(), Function.identity(), (a, b) -> a));
    List<FileDigest> digests =
        quantization.files().stream()
            .flatMap(name -> Optional.ofNullable(byName.get(name)).stream())
            .flatMap(
                file ->
                    file.sha256().filter(any -> file.failure().isEmpty()).stream()
                        .map(digest -> new FileDigest(file.file().name(), digest)))
            .toList();
    Optional<String> architecture =
        quantization.files().stream()
            .flatMap(name -> Optional.ofNullable(byName.get(name)).stream())
            .flatMap(file -> file.weights().stream())
            .flatMap(weights -> weights.architecture().stream())
            .findFirst();
    return new AuditedQuantization(
        row, digests, architecture, difference(row, quantization, digests));
  }

  private static Optional<String> difference(
      AuditRow row, Quantization quantization, List<FileDigest> digests) {
    if (quantization.files().size() != row.fileCount() || quantization.bytes() != row.bytes()) {
      return Optional.of(
          "audit has %d files of %d bytes, and files %d of %d bytes"
              .formatted(
                  row.fileCount(), row.bytes(), quantization.files().size(), quantization.bytes()));
    }
    if (digests.size() != quantization.files().size()) {
      return Optional.of("files has no digest of one of its weights");
    }
    String digest = QuantizationCase.digestOf(digests);
    return row.digest().equals(Optional.of(digest))
        ? Optional.empty()
        : Optional.of(
            "audit has the digest %s, and by files it is %s"
                .formatted(row.digest().orElse("(none)"), digest));
  }
}
