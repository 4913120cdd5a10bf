package dev.weighmaster.chain;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.chain.SpeakingStatements.Content;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.signature.CheckedStatement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Which statements of a repository cover which of its quantized files.
 *
 * <p>A statement covers a file if it names the digest, or names the file from the repository's root
 * or from the sidecar's own folder, or lies beside it under its name. A bare name also stands for a
 * file in another folder, if that is the only file of this name and the statement's digest is no
 * other file's. One that is stored elsewhere covers digests only. An unreadable sidecar covers the
 * files that it is named after, or else all.
 */
final class StatementIndex {
  private static final int MAX_UNREADABLE = 16;

  /** The repository's own first: what others keep elsewhere must not crowd them out. */
  static final Comparator<CheckedStatement> BY_PLACE =
      Comparator.comparing(CheckedStatement::isKeptElsewhere)
          .thenComparing(s -> s.isKeptElsewhere() && !s.signature().holds())
          .thenComparing(CheckedStatement::name)
          .thenComparing(CheckedStatement::line);

  private final Map<String, SpeakingStatements> byFile = new HashMap<>();
  private final List<CheckedStatement> unreadable = new ArrayList<>();
  private final Predicate<CheckedStatement> counts;

  private StatementIndex(Predicate<CheckedStatement> counts) {
    this.counts = counts;
  }

  /**
   * @param statements in their order
   * @param quantized names of the quantizations' files
   * @param counts whether a statement counts under the policy, or is revoked
   */
  static StatementIndex of(
      List<CheckedStatement> statements,
      Set<String> quantized,
      RepositoryFiles repository,
      Predicate<CheckedStatement> counts) {
    Map<String, List<String>> byLastName = new HashMap<>();
    Map<String, List<String>> byDigest = new HashMap<>();
    for (String file : quantized) {
      byLastName.computeIfAbsent(StoragePaths.lastName(file), any -> new ArrayList<>()).add(file);
      repository
          .sha256(file)
          .ifPresent(
              sha256 -> byDigest.computeIfAbsent(sha256, any -> new ArrayList<>()).add(file));
    }
    StatementIndex index = new StatementIndex(counts);
    for (CheckedStatement statement : statements) {
      WorkStopped.check();
      Set<String> files = namesakes(statement.name(), quantized);
      if (statement.predicateType().isEmpty() && files.isEmpty()) {
        if (statement.name().equals(ChainJudge.MODEL_SIGNATURE)) {
          // One that can't be read is a contradiction by itself: others must not crowd it out.
          index.unreadable.add(0, statement);
        } else if (index.unreadable.size() < MAX_UNREADABLE) {
          index.unreadable.add(statement);
        }
        continue;
      }
      Set<String> digests = new HashSet<>();
      for (Subject subject : statement.subjects()) {
        subject.sha256().filter(digests::add).map(byDigest::get).ifPresent(files::addAll);
        if (statement.isKeptElsewhere()) {
          continue;
        }
        Optional<String> named =
            repository
                .at(statement, subject)
                .or(() -> onlyNamesake(subject, byLastName, repository));
        named.ifPresent(files::add);
      }
      if (!files.isEmpty()) {
        Content content = Content.of(statement, repository);
        files.forEach(file -> index.add(file, statement, content));
      }
    }
    return index;
  }

  /** The only file of a bare name, in whatever folder, if the subject's bytes are nowhere else. */
  private static Optional<String> onlyNamesake(
      Subject subject, Map<String, List<String>> byLastName, RepositoryFiles repository) {
    List<String> sameName =
        byLastName.getOrDefault(StoragePaths.lastName(subject.name()), List.of());
    return sameName.size() == 1
            && RepositoryFiles.isName(subject.name(), sameName.get(0))
            && subject.sha256().map(repository::withDigest).orElse(List.of()).isEmpty()
        ? Optional.of(sameName.get(0))
        : Optional.empty();
  }

  private void add(String file, CheckedStatement statement, Content content) {
    byFile.computeIfAbsent(file, any -> new SpeakingStatements()).add(statement, content, counts);
  }

  /** The statements that cover one of the files, in their order. */
  List<CheckedStatement> speakingOf(Collection<String> files) {
    // By place, which tells them apart, and not by the hash of all that each of them says.
    Set<CheckedStatement> speaking = new TreeSet<>(BY_PLACE);
    speaking.addAll(unreadable);
    for (String file : files) {
      SpeakingStatements ofFile = byFile.get(file);
      if (ofFile != null) {
        speaking.addAll(ofFile.all());
      }
    }
    return List.copyOf(speaking);
  }

  /** Whether there are more statements that count of one of the files than are looked at. */
  boolean isCrowded(Collection<String> files) {
    return files.stream()
        .anyMatch(file -> byFile.containsKey(file) && byFile.get(file).isCrowded());
  }

  /** The sidecars that can't be read and are named after no file. */
  List<CheckedStatement> unreadable() {
    return List.copyOf(unreadable);
  }

  /** The files that a sidecar is named after: {@code file.anything}. */
  private static Set<String> namesakes(String sidecar, Set<String> files) {
    Set<String> found = new LinkedHashSet<>();
    for (int end = sidecar.indexOf('.'); end >= 0; end = sidecar.indexOf('.', end + 1)) {
      if (files.contains(sidecar.substring(0, end))) {
        found.add(sidecar.substring(0, end));
      }
    }
    return found;
  }
}
