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
   * What a statement says, and what was found of who says it.
   *
   * @param folder of the sidecar, where that decides which files the subjects' names mean
   * @param statementSha256 empty for an unreadable one, which speaks of what it is named after
   */
  record Content(
      boolean keptElsewhere,
      String folder,
      Optional<String> statementSha256,
      SignatureCheck signature) {
    static Content of(CheckedStatement statement, RepositoryFiles repository) {
      return new Content(
          statement.isKeptElsewhere(),
          folder(statement, repository),
          statement.statementSha256().filter(any -> statement.predicateType().isPresent()),
          statement.signature());
    }

    private static String folder(CheckedStatement statement, RepositoryFiles repository) {
      String folder = StoragePaths.folder(statement.name());
      boolean decides =
          !statement.isKeptElsewhere()
              && statement.subjects().stream()
                  .anyMatch(subject -> repository.names().contains(folder + subject.name()));
      return decides ? folder : "";
    }
  }

  /**
   * @param content of the statement
   * @param counts whether a statement counts under the policy, or is revoked: no other changes what
   *     these come to
   */
  void add(CheckedStatement statement, Content content, Predicate<CheckedStatement> counts) {
    boolean copyable = content.statementSha256().isPresent();
    if (copyable && known.contains(content)) {
      return;
    }
    List<CheckedStatement> alike = statement.isKeptElsewhere() ? elsewhere : own;
    if (alike.size() == MAX) {
      crowded |= counts.test(statement);
      return;
    }
    alike.add(statement);
    if (copyable) {
      known.add(content);
    }
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
