package dev.weighmaster.jobs.report;

import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.jobs.report.Report.Excerpt;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.table.RowStream;
import java.io.Closeable;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which repositories have files in one of two runs only. Both runs' files are read side by side, in
 * the order of their paths; memory holds the names of the repositories that are not at the same
 * place in both.
 */
record RepositoryChanges(Excerpt<String> appeared, Excerpt<String> disappeared) {
  private static final String CACHED = "models--";

  /**
   * Compares two runs.
   *
   * @param limit how many are listed of each
   */
  static RepositoryChanges between(AuditedRun now, AuditedRun then, int limit) throws IOException {
    Set<String> appeared = new HashSet<>();
    Set<String> disappeared = new HashSet<>();
    try (Places ofNow = new Places(now);
        Places ofThen = new Places(then)) {
      while (ofNow.current.isPresent() || ofThen.current.isPresent()) {
        int order = compare(ofNow.current, ofThen.current);
        if (order < 0) {
          appeared.add(ofNow.current.get().repository());
        } else if (order > 0) {
          disappeared.add(ofThen.current.get().repository());
        }
        if (order <= 0) {
          ofNow.advance();
        }
        if (order >= 0) {
          ofThen.advance();
        }
      }
    }
    return new RepositoryChanges(without(appeared, then, limit), without(disappeared, now, limit));
  }

  /** Those that the other run does not have at any place: one may have moved. */
  private static Excerpt<String> without(Set<String> names, AuditedRun other, int limit)
      throws IOException {
    if (!names.isEmpty()) {
      try (RowStream<Located> rows = other.files(Located.class, Located::path)) {
        for (Optional<Located> row = rows.next(); row.isPresent(); row = rows.next()) {
          names.remove(row.get().repository());
        }
      }
    }
    return new Excerpt<>(
        names.size(), names.stream().sorted(CanonicalPath.CODE_POINT_ORDER).limit(limit).toList());
  }

  private static int compare(Optional<Place> now, Optional<Place> then) {
    if (now.isEmpty() || then.isEmpty()) {
      return now.isPresent() ? -1 : 1;
    }
    int order = now.get().folder().compareTo(then.get().folder());
    return order == 0 ? now.get().repository().compareTo(then.get().repository()) : order;
  }

  private record Located(String repository, String path) {}

  /** A repository, and the folder of it or of its model in the cache, with a slash at the end. */
  private record Place(String folder, String repository) {
    static Place of(Located file) {
      int end = file.path().indexOf('/');
      if (end >= 0 && !file.path().startsWith(CACHED)) {
        end = file.path().indexOf('/', end + 1);
      }
      return new Place(
          (end < 0 ? file.path() : file.path().substring(0, end)) + "/", file.repository());
    }
  }

  private static final class Places implements Closeable {
    private final RowStream<Located> rows;
    private Optional<Place> current = Optional.empty();

    Places(AuditedRun run) throws IOException {
      rows = run.files(Located.class, Located::path);
      advance();
    }

    void advance() throws IOException {
      Optional<Place> last = current;
      do {
        current = rows.next().map(Place::of);
      } while (current.isPresent() && current.equals(last));
    }

    @Override
    public void close() throws IOException {
      rows.close();
    }
  }
}
