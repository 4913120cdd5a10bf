package dev.weighmaster.jobs.evidence;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.FileRow;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.jobs.spark.RepositoryKey;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.table.QuantizationKey;
import dev.weighmaster.jobs.table.RowStream;
import dev.weighmaster.verdict.Verdict;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The quantizations of one run with their files, of a run that is as it was written.
 *
 * <p>The rows of {@code audit} are sorted by repository and those of {@code files} by path: both
 * have a repository's rows together, and the repositories in almost the same order. Both are read
 * once, side by side. Memory holds the rows of one repository, and those of {@code audit} that are
 * sorted before it although its files come first.
 */
public final class AuditedQuantizations {
  private final AuditedRun run;
  private Optional<String> repository = Optional.empty();
  private Optional<Verdict> verdict = Optional.empty();

  /** Sets up the reading of a run. */
  public AuditedQuantizations(AuditedRun run) {
    this.run = run;
  }

  /** Only those of one repository, {@code org/name}. */
  public AuditedQuantizations of(Optional<String> name) {
    repository = name;
    return this;
  }

  /** Only those of one verdict. */
  public AuditedQuantizations that(Verdict is) {
    verdict = Optional.of(is);
    return this;
  }

  /** Takes a quantization. */
  @FunctionalInterface
  public interface Receiver {
    void quantization(AuditedQuantization audited) throws IOException;
  }

  /**
   * Hands over each quantization, a repository at a time. It does not check the run, see {@link
   * RunSigning#whole}.
   *
   * @throws IOException if the rows can't be read
   */
  public void forEach(Receiver receiver) throws IOException {
    try (Audited audited = new Audited();
        RowStream<FileRow> rows = run.files(FileRow.class, FileRow::path)) {
      Optional<RepositoryKey> key = Optional.empty();
      List<FileRow> files = new ArrayList<>();
      for (Optional<FileRow> row = rows.next(); row.isPresent(); row = rows.next()) {
        FileRow file = row.get();
        if (!isWanted(file.repository()) || Repository.ofFile(file.path()).isEmpty()) {
          continue;
        }
        RepositoryKey of = new RepositoryKey(file.repository(), file.revision());
        if (!key.equals(Optional.of(of))) {
          if (key.isPresent()) {
            handOver(audited.take(key.get()), files, receiver);
          }
          key = Optional.of(of);
          files = new ArrayList<>();
        }
        files.add(file);
      }
      if (key.isPresent()) {
        handOver(audited.take(key.get()), files, receiver);
      }
      for (List<AuditRow> without : audited.rest()) {
        handOver(without, List.of(), receiver);
      }
    }
  }

  private boolean isWanted(String name) {
    return repository.isEmpty() || repository.get().equals(name);
  }

  private static void handOver(List<AuditRow> rows, List<FileRow> files, Receiver receiver)
      throws IOException {
    for (AuditedQuantization each : AuditedQuantization.of(rows, files)) {
      receiver.quantization(each);
    }
  }

  /** The rows of {@code audit}, to be taken by their repositories. */
  private final class Audited implements Closeable {
    private final RowStream<AuditRow> rows = run.quantizations(AuditRow.class, QuantizationKey::of);
    private final Map<RepositoryKey, List<AuditRow>> waiting = new LinkedHashMap<>();
    private Optional<AuditRow> next;

    Audited() throws IOException {
      next = rows.next();
    }

    /** The rows of a repository; none where it has none, or they were taken. */
    List<AuditRow> take(RepositoryKey of) throws IOException {
      while (next.isPresent() && !isAfter(next.get(), of)) {
        add(next.get());
        next = rows.next();
      }
      return Optional.ofNullable(waiting.remove(of)).orElse(List.of());
    }

    private void add(AuditRow row) {
      if (isWanted(row.repository()) && (verdict.isEmpty() || verdict.get() == row.verdict())) {
        waiting
            .computeIfAbsent(
                new RepositoryKey(row.repository(), row.revision()), key -> new ArrayList<>())
            .add(row);
      }
    }

    private boolean isAfter(AuditRow row, RepositoryKey of) {
      int order = row.repository().compareTo(of.repository());
      return order > 0 || (order == 0 && row.revision().compareTo(of.revision()) > 0);
    }

    /** What nobody has taken, by its repositories. */
    Collection<List<AuditRow>> rest() throws IOException {
      while (next.isPresent()) {
        add(next.get());
        next = rows.next();
      }
      return waiting.values();
    }

    @Override
    public void close() throws IOException {
      rows.close();
    }
  }
}
