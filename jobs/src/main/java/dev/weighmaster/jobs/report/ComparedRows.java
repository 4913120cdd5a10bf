package dev.weighmaster.jobs.report;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.jobs.report.Report.Standing;
import dev.weighmaster.jobs.report.ReportReader.ReportedRow;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.table.EarlierStandings;
import dev.weighmaster.jobs.table.QuantizationKey;
import dev.weighmaster.jobs.table.RowStream;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/**
 * The quantizations of a run, each with what it was in an earlier one: both runs are read side by
 * side. Not thread-safe.
 */
public final class ComparedRows implements Closeable {
  private final RowStream<AuditRow> rows;
  private final Optional<EarlierStandings> earlier;

  private ComparedRows(RowStream<AuditRow> rows, Optional<EarlierStandings> earlier) {
    this.rows = rows;
    this.earlier = earlier;
  }

  /** Receives quantizations that the run does not have in any revision. */
  @FunctionalInterface
  interface Gone {
    void quantization(String repository, String quantization, Standing before);
  }

  static ComparedRows of(AuditedRun run, Optional<AuditedRun> since, Gone gone) throws IOException {
    Optional<EarlierStandings> earlier = Optional.empty();
    if (since.isPresent()) {
      earlier =
          Optional.of(
              EarlierStandings.of(
                  since.get(),
                  (repository, quantization, before) ->
                      gone.quantization(repository, quantization, standing(before))));
    }
    try {
      return new ComparedRows(run.quantizations(AuditRow.class, QuantizationKey::of), earlier);
    } catch (IOException | RuntimeException e) {
      if (earlier.isPresent()) {
        earlier.get().close();
      }
      throw e;
    }
  }

  private static Standing standing(EarlierStandings.Standing found) {
    return new Standing(found.verdict(), found.reason());
  }

  /**
   * The next quantization.
   *
   * @return empty at the end
   * @throws IOException if the rows can't be read
   */
  public Optional<ReportedRow> next() throws IOException {
    Optional<AuditRow> row = rows.next();
    if (row.isEmpty()) {
      if (earlier.isPresent()) {
        earlier.get().end();
      }
      return Optional.empty();
    }
    Optional<Standing> before =
        earlier.isPresent()
            ? earlier.get().before(QuantizationKey.of(row.get())).map(ComparedRows::standing)
            : Optional.empty();
    return Optional.of(new ReportedRow(row.get(), before));
  }

  @Override
  public void close() throws IOException {
    try (rows) {
      if (earlier.isPresent()) {
        earlier.get().close();
      }
    }
  }
}
