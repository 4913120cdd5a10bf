package dev.weighmaster.jobs.table;

import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.Closeable;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BinaryOperator;

/**
 * The verdicts of an earlier run on the quantizations of a later one, asked for in the order of the
 * table. Memory holds one repository of the earlier run. Not thread-safe.
 */
public final class EarlierStandings implements Closeable {
  private final RowStream<Known> rows;
  private final Gone gone;
  private Optional<Known> next;
  private Optional<String> repository = Optional.empty();
  private final Map<QuantizationKey, Standing> same = new HashMap<>();
  private final Map<String, Standing> named = new TreeMap<>();
  private final Set<String> found = new HashSet<>();

  private EarlierStandings(RowStream<Known> rows, Gone gone) throws IOException {
    this.rows = rows;
    this.gone = gone;
    this.next = rows.next();
  }

  /** A verdict and why. */
  public record Standing(Verdict verdict, Reason reason) {
    private static final Comparator<Standing> BEST_FIRST =
        Comparator.comparing((Standing standing) -> rank(standing.verdict()))
            .thenComparing(standing -> standing.reason().name());

    private static int rank(Verdict verdict) {
      return switch (verdict) {
        case VERIFIED -> 0;
        case UNVERIFIED -> 1;
        case ERROR -> 2;
        case BROKEN -> 3;
      };
    }
  }

  /** Receives quantizations that the later run does not have in any revision. */
  @FunctionalInterface
  public interface Gone {
    void quantization(String repository, String quantization, Standing before);
  }

  private record Known(
      String repository, String revision, String quantization, Verdict verdict, Reason reason) {
    QuantizationKey key() {
      return new QuantizationKey(repository, revision, quantization);
    }
  }

  /**
   * Reads the standings of a run.
   *
   * @param gone is told by repository and name, of all only if {@link #end} is called
   */
  public static EarlierStandings of(AuditedRun earlier, Gone gone) throws IOException {
    RowStream<Known> rows = earlier.quantizations(Known.class, Known::key);
    try {
      return new EarlierStandings(rows, gone);
    } catch (IOException | RuntimeException e) {
      rows.close();
      throw e;
    }
  }

  /**
   * What the run said of this quantization, or else of one of that name in another revision: a new
   * revision replaces the old.
   *
   * @param key not before those that were asked for already
   */
  public Optional<Standing> before(QuantizationKey key) throws IOException {
    Optional<Standing> ofName = ofAnyRevision(key);
    return Optional.ofNullable(same.get(key)).or(() -> ofName);
  }

  /**
   * The best of what the run said of a quantization of this name, in whatever revision. Rather is a
   * chain called newly broken that was broken in one of them, than the reverse.
   *
   * @param key not before those that were asked for already
   */
  public Optional<Standing> ofAnyRevision(QuantizationKey key) throws IOException {
    if (!repository.equals(Optional.of(key.repository()))) {
      advance(key.repository());
    }
    found.add(key.quantization());
    return Optional.ofNullable(named.get(key.quantization()));
  }

  /** Says that nothing else is asked for. */
  public void end() throws IOException {
    tellGone();
    while (next.isPresent()) {
      load(next.get().repository());
      tellGone();
    }
  }

  private void advance(String to) throws IOException {
    tellGone();
    while (next.isPresent() && next.get().repository().compareTo(to) < 0) {
      load(next.get().repository());
      tellGone();
    }
    load(to);
  }

  private void load(String of) throws IOException {
    repository = Optional.of(of);
    while (next.isPresent() && next.get().repository().equals(of)) {
      Known row = next.get();
      Standing standing = new Standing(row.verdict(), row.reason());
      same.merge(row.key(), standing, BinaryOperator.minBy(Standing.BEST_FIRST));
      named.merge(row.quantization(), standing, BinaryOperator.minBy(Standing.BEST_FIRST));
      next = rows.next();
    }
  }

  private void tellGone() {
    named.forEach(
        (quantization, standing) -> {
          if (!found.contains(quantization)) {
            gone.quantization(repository.orElseThrow(), quantization, standing);
          }
        });
    same.clear();
    named.clear();
    found.clear();
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }
}
