package dev.weighmaster.chain;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.sign.CheckedStatement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which statements of a repository speak of which of its quantized files.
 *
 * <p>A statement speaks of a file if it names the digest, or names the file from the repository's
 * root or from the sidecar's own folder, or lies beside it under its name. A bare name also stands
 * for a file in another folder, if that is the only file of this name and the statement's digest is
 * no other file's. One that is kept elsewhere speaks of digests alone. A sidecar that can't be read
 * speaks of the files that it is named after, or else of all.
 */
final class StatementIndex {
  /** Beyond these nothing is gained: a repository could hold any number. */
  static final int MAX_OF_A_FILE = 256;

  private static final int MAX_UNREADABLE = 16;

  private final Map<String, List<CheckedStatement>> byFile = new HashMap<>();
  private final List<CheckedStatement> unreadable = new ArrayList<>();

  private StatementIndex() {}

  /**
   * @param statements in their order
   * @param quantized names of the quantizations' files
   * @param digests of all files of the repository, by their names
   */
  static StatementIndex of(
      List<CheckedStatement> statements, Set<String> quantized, Map<String, String> digests) {
    Map<String, List<String>> byDigest = new HashMap<>();
    Map<String, List<String>> byLastName = new HashMap<>();
    for (String file : quantized) {
      byLastName.computeIfAbsent(lastName(file), any -> new ArrayList<>()).add(file);
      if (digests.containsKey(file)) {
        byDigest.computeIfAbsent(digests.get(file), any -> new ArrayList<>()).add(file);
      }
    }
    Set<String> everyDigest = Set.copyOf(digests.values());
    StatementIndex index = new StatementIndex();
    for (CheckedStatement statement : statements) {
      WorkStopped.check();
      Set<String> files = namesakes(statement.name(), quantized);
      if (statement.predicateType().isEmpty() && files.isEmpty()) {
        if (index.unreadable.size() < MAX_UNREADABLE) {
          index.unreadable.add(statement);
        }
        continue;
      }
      String folder = statement.name().substring(0, statement.name().lastIndexOf('/') + 1);
      for (Subject subject : statement.subjects()) {
        subject.sha256().map(byDigest::get).ifPresent(files::addAll);
        if (statement.isKeptElsewhere()) {
          continue;
        }
        List<String> sameName = byLastName.getOrDefault(lastName(subject.name()), List.of());
        if (digests.containsKey(folder + subject.name())) {
          files.add(folder + subject.name());
        } else if (digests.containsKey(subject.name())) {
          files.add(subject.name());
        } else if (sameName.size() == 1
            && isName(subject.name(), sameName.get(0))
            && subject.sha256().filter(everyDigest::contains).isEmpty()) {
          files.add(sameName.get(0));
        }
      }
      files.forEach(file -> index.add(file, statement));
    }
    return index;
  }

  private void add(String file, CheckedStatement statement) {
    List<CheckedStatement> speaking = byFile.computeIfAbsent(file, any -> new ArrayList<>());
    if (speaking.size() < MAX_OF_A_FILE) {
      speaking.add(statement);
    }
  }

  /** The statements that speak of one of the files, in their order. */
  List<CheckedStatement> speakingOf(Collection<String> files) {
    // By place, which tells them apart, and not by the hash of all that each of them says.
    Set<CheckedStatement> speaking = new TreeSet<>(RepositoryEvidence.BY_PLACE);
    speaking.addAll(unreadable);
    for (String file : files) {
      speaking.addAll(byFile.getOrDefault(file, List.of()));
    }
    return List.copyOf(speaking);
  }

  /** The sidecars that can't be read and are named after no file. */
  List<CheckedStatement> unreadable() {
    return List.copyOf(unreadable);
  }

  /** Whether a subject's name is a file's, from the repository's root or by its last name alone. */
  static boolean isName(String subject, String file) {
    return file.equals(subject) || file.endsWith("/" + subject);
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

  private static String lastName(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }
}
