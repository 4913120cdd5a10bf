package dev.weighmaster.jobs.badge;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.LinkRow;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.table.RowStream;
import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;

/**
 * Where the statements of a run lie, by their digests: those of sources are kept, those of a row's
 * own repository are read along with the rows, in the order of the table. Not thread-safe.
 */
final class StatementPlaces implements Closeable {
  private final Map<String, Map<String, String>> ofSources;
  private final RowStream<Placed> rows;
  private Optional<Placed> next;
  private Optional<String> repository = Optional.empty();
  private Map<String, String> own = Map.of();

  private StatementPlaces(Map<String, Map<String, String>> ofSources, RowStream<Placed> rows)
      throws IOException {
    this.ofSources = ofSources;
    this.rows = rows;
    this.next = rows.next();
  }

  private record Placed(
      String repository, String revision, String sidecar, Optional<String> statementDigest) {

    /** Of several places the first. */
    void addTo(Map<String, String> places) {
      statementDigest.ifPresent(
          digest ->
              places.merge(
                  digest,
                  repository + (revision.isEmpty() ? "" : " @ " + revision) + "/" + sidecar,
                  BinaryOperator.minBy(String::compareTo)));
    }
  }

  /**
   * Reads the places of a run.
   *
   * @param sources the repositories that rows name beside their own
   */
  static StatementPlaces of(AuditedRun run, Set<String> sources) throws IOException {
    Map<String, Map<String, String>> ofSources = new HashMap<>();
    try (RowStream<Placed> rows = run.attestations(Placed.class, Placed::repository)) {
      for (Optional<Placed> row = rows.next(); row.isPresent(); row = rows.next()) {
        Placed placed = row.get();
        if (sources.contains(placed.repository())) {
          placed.addTo(ofSources.computeIfAbsent(placed.repository(), key -> new HashMap<>()));
        }
      }
    }
    RowStream<Placed> rows = run.attestations(Placed.class, Placed::repository);
    try {
      return new StatementPlaces(ofSources, rows);
    } catch (IOException | RuntimeException e) {
      rows.close();
      throw e;
    }
  }

  /**
   * Where the statements of a row's chain lie, of those that are in its own repository or in one
   * that it names.
   *
   * @param row not before those that were asked for already
   * @return by the statements' digests
   */
  Map<String, String> evidence(AuditRow row) throws IOException {
    advance(row.repository());
    Set<String> named = new HashSet<>();
    row.sourceModel().ifPresent(named::add);
    row.chain().forEach(link -> link.sourceModel().ifPresent(named::add));
    Map<String, String> evidence = new HashMap<>();
    for (LinkRow link : row.chain()) {
      if (link.statementDigest().isPresent()) {
        String digest = link.statementDigest().get();
        put(own, digest, evidence);
        named.forEach(name -> put(ofSources.getOrDefault(name, Map.of()), digest, evidence));
      }
    }
    return evidence;
  }

  private static void put(Map<String, String> from, String digest, Map<String, String> evidence) {
    String place = from.get(digest);
    if (place != null) {
      evidence.merge(digest, place, BinaryOperator.minBy(String::compareTo));
    }
  }

  private void advance(String to) throws IOException {
    if (repository.equals(Optional.of(to))) {
      return;
    }
    repository = Optional.of(to);
    own = new HashMap<>();
    while (next.isPresent() && next.get().repository().compareTo(to) <= 0) {
      if (next.get().repository().equals(to)) {
        next.get().addTo(own);
      }
      next = rows.next();
    }
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }
}
