package dev.weighmaster.jobs.table;

import dev.weighmaster.audit.PublishedRun;
import dev.weighmaster.audit.RunHistory;
import dev.weighmaster.audit.RunRow;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One whole run of an audit table, for those who tell others what it has found. Its rows are
 * streams of records that have a component for each column that is wanted, such as {@link
 * dev.weighmaster.audit.AuditRow} for all of {@code audit}.
 */
public final class AuditedRun {
  private final AuditTable table;
  private final RunRow row;

  private AuditedRun(AuditTable table, RunRow row) {
    this.table = table;
    this.row = row;
  }

  /**
   * The newest run of a table, see {@link RunHistory}.
   *
   * @param date only runs of this date
   * @throws IOException if there is none, with a message for the person who asked
   */
  public static AuditedRun newest(AuditTable table, Optional<LocalDate> date) throws IOException {
    List<AuditedRun> newest =
        of(table, history -> date.map(history::on).orElse(history).newestFirst(), 1);
    if (newest.isEmpty()) {
      throw new IOException(
          "the audit table %s has no run%s; 'weighmaster sql --table %s \"SELECT audit_date, run_id FROM runs\"' lists them"
              .formatted(table.name(), date.map(day -> " of " + day).orElse(""), table.name()));
    }
    return newest.get(0);
  }

  private static List<AuditedRun> of(
      AuditTable table, Function<RunHistory, List<PublishedRun>> choice, int limit)
      throws IOException {
    TableListing listing = table.listRuns();
    List<AuditedRun> runs = new ArrayList<>();
    for (PublishedRun run : choice.apply(table.history(listing)).stream().limit(limit).toList()) {
      table.runs(listing.only(run.id()), RunRow.class).stream()
          .filter(row -> PublishedRun.of(row).equals(run))
          .findFirst()
          .ifPresent(row -> runs.add(new AuditedRun(table, row)));
    }
    return runs;
  }

  /** The table that it is a run of. */
  public AuditTable table() {
    return table;
  }

  /** The run's own row. */
  public RunRow row() {
    return row;
  }

  /**
   * The runs over the same hub before this one.
   *
   * @param limit how many at most
   * @return the newest first
   */
  public List<AuditedRun> before(int limit) throws IOException {
    return of(table, history -> history.before(PublishedRun.of(row)).newestFirst(), limit);
  }

  /**
   * The newest run over the same hub of a date, or of the last date before that has one.
   *
   * @return empty where there is none, or none before this one
   */
  public Optional<AuditedRun> lastUntil(LocalDate date) throws IOException {
    return of(table, history -> history.before(PublishedRun.of(row)).until(date).newestFirst(), 1)
        .stream()
        .findFirst();
  }

  /**
   * The run's rows in {@code audit}.
   *
   * @param columns a record with components for those that are wanted
   * @param key by which the rows are sorted
   */
  public <T extends Record> RowStream<T> quantizations(
      Class<T> columns, Function<T, QuantizationKey> key) throws IOException {
    return rows(AuditTable.AUDIT, columns, Comparator.comparing(key));
  }

  /**
   * The run's rows in {@code files}.
   *
   * @param columns a record with components for those that are wanted
   * @param path by which the rows are sorted
   */
  public <T extends Record> RowStream<T> files(Class<T> columns, Function<T, String> path)
      throws IOException {
    return rows(AuditTable.FILES, columns, Comparator.comparing(path));
  }

  /**
   * The run's rows in {@code attestations}.
   *
   * @param columns a record with components for those that are wanted
   * @param repository by which the rows are sorted first
   */
  public <T extends Record> RowStream<T> attestations(
      Class<T> columns, Function<T, String> repository) throws IOException {
    return rows(AuditTable.ATTESTATIONS, columns, Comparator.comparing(repository));
  }

  private <T extends Record> RowStream<T> rows(
      String dataSet, Class<T> columns, Comparator<T> order) throws IOException {
    return table.rows(dataSet, row.auditDate(), row.runId(), columns, order);
  }
}
