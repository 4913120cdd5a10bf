package dev.weighmaster.chain;

import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.SignatureCheck;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The statements about one thing, each once however often it was copied, up to {@link #MAX} of the
 * repository's own and as many that are kept elsewhere: the first must not crowd out what may
 * contradict them. Not thread-safe.
 */
final class SpeakingStatements {
  /** Far more than any honest file has. */
  static final int MAX = 256;

  private final List<CheckedStatement> own = new ArrayList<>();
  private final List<CheckedStatement> elsewhere = new ArrayList<>();
  private final Set<Content> known = new HashSet<>();
  private boolean crowded;

  /**
   * What a statement says, and what was found of who says it; the folder decides what its subjects'
   * names mean.
   */
  private record Content(
      boolean keptElsewhere, String folder, String statementSha256, SignatureCheck signature) {
    static Optional<Content> of(CheckedStatement statement) {
      boolean elsewhere = statement.isKeptElsewhere();
      String folder = elsewhere ? "" : StoragePaths.folder(statement.name());
      // An unreadable one speaks of what it is named after.
      return statement
          .statementSha256()
          .filter(any -> statement.predicateType().isPresent())
          .map(sha256 -> new Content(elsewhere, folder, sha256, statement.signature()));
    }
  }

  /**
   * @param counts whether a statement counts under the policy, or is revoked: no other changes what
   *     these come to
   */
  void add(CheckedStatement statement, Predicate<CheckedStatement> counts) {
    if (!Content.of(statement).map(known::add).orElse(true)) {
      return;
    }
    List<CheckedStatement> alike = statement.isKeptElsewhere() ? elsewhere : own;
    if (alike.size() < MAX) {
      alike.add(statement);
      return;
    }
    Content.of(statement).ifPresent(known::remove);
    crowded |= counts.test(statement);
  }

  List<CheckedStatement> all() {
    List<CheckedStatement> all = new ArrayList<>(own);
    all.addAll(elsewhere);
    return all;
  }

  /** Whether one that counts found no place. */
  boolean isCrowded() {
    return crowded;
  }

  /** Why nobody can say what statements come to of which not all were looked at. */
  static Problem crowded(String file) {
    return new Problem(
        Reason.UNSUPPORTED,
        "more statements by signers who count cover "
            + Quoted.line(file)
            + " than are looked at, and those left out may contradict the others");
  }
}
