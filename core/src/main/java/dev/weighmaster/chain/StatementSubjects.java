package dev.weighmaster.chain;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.SplitName;
import dev.weighmaster.sign.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The subjects of one statement by what they are asked for, and the sets that they make up. Not
 * thread-safe.
 */
final class StatementSubjects {
  /** More of one name or digest say nothing new. */
  private static final int MAX_OF_A_KEY = 16;

  private final List<Subject> all;
  private final String folder;
  private final Set<String> files;
  private final Map<String, List<Subject>> byPath = new HashMap<>();
  private final Map<String, List<Subject>> byName = new HashMap<>();
  private final Map<String, List<Subject>> byDigest = new HashMap<>();
  private final Map<String, Set<Subject>> bySet = new HashMap<>();
  private final Map<String, Optional<Subject>> absentBeside = new HashMap<>();

  /**
   * @param files names of all files of the repository, relative to its root
   */
  StatementSubjects(CheckedStatement statement, Set<String> files) {
    this.all = statement.subjects();
    this.folder = SubjectCheck.folder(statement.name());
    this.files = files;
    for (Subject subject : all) {
      path(subject)
          .ifPresentOrElse(
              path -> add(byPath, path, subject), () -> add(byName, subject.name(), subject));
      subject.sha256().ifPresent(sha256 -> add(byDigest, sha256, subject));
      bySet.computeIfAbsent(set(subject), any -> new LinkedHashSet<>()).add(subject);
    }
  }

  private static void add(Map<String, List<Subject>> subjects, String key, Subject subject) {
    List<Subject> same = subjects.computeIfAbsent(key, any -> new ArrayList<>());
    if (same.size() < MAX_OF_A_KEY) {
      same.add(subject);
    }
  }

  /** The file that a subject names, from the sidecar's folder or else from the root. */
  Optional<String> path(Subject subject) {
    String beside = folder + subject.name();
    return files.contains(beside)
        ? Optional.of(beside)
        : Optional.of(subject.name()).filter(files::contains);
  }

  /**
   * The subjects that have a file's name: its path, or where no file is at the path that they give,
   * the longest end of its path that one gives.
   */
  List<Subject> named(String file) {
    List<Subject> exact = byPath.get(file);
    if (exact != null) {
      return exact;
    }
    for (int start = 0; start >= 0; start = after(file, start)) {
      List<Subject> same = byName.get(file.substring(start));
      if (same != null) {
        return same;
      }
    }
    return List.of();
  }

  /** Where the next shorter name of a file begins, or -1. */
  private static int after(String name, int start) {
    int slash = name.indexOf('/', start);
    return slash < 0 ? -1 : slash + 1;
  }

  List<Subject> withDigest(String sha256) {
    return byDigest.getOrDefault(sha256, List.of());
  }

  /** The subjects that have one of the files' names or digests. */
  List<Subject> among(List<FileDigest> asked) {
    Set<Subject> subjects = new LinkedHashSet<>();
    for (FileDigest file : asked) {
      subjects.addAll(withDigest(file.sha256()));
      subjects.addAll(named(file.name()));
    }
    return List.copyOf(subjects);
  }

  /** The parts of the numbered set that a subject is one of; itself where it is in none. */
  Set<Subject> partsWith(Subject subject) {
    return bySet.get(set(subject));
  }

  /**
   * The first of the weights that lie in a subject's folder, GGUF aside, that is not there.
   *
   * @param here whether a subject is there
   */
  Optional<Subject> firstAbsentBeside(Subject subject, Predicate<Subject> here) {
    if (absentBeside.isEmpty()) {
      for (Subject each : all) {
        if (isPartOfItsFolder(each)) {
          absentBeside.merge(
              SubjectCheck.folder(each.name()),
              Optional.of(each).filter(here.negate()),
              (one, other) -> one.or(() -> other));
        }
      }
    }
    return absentBeside.getOrDefault(SubjectCheck.folder(subject.name()), Optional.empty());
  }

  /** The first of the weights in the folders of some that is none of them, GGUF aside. */
  Optional<Subject> firstAbsentBeside(Set<Subject> some) {
    Set<String> folders = new HashSet<>();
    some.forEach(subject -> folders.add(SubjectCheck.folder(subject.name())));
    return all.stream()
        .filter(StatementSubjects::isPartOfItsFolder)
        .filter(each -> folders.contains(SubjectCheck.folder(each.name())))
        .filter(each -> !some.contains(each))
        .findFirst();
  }

  /** The first subject that the policy revokes. */
  Optional<Subject> firstRevoked(TrustPolicy policy) {
    return all.stream()
        .filter(subject -> subject.sha256().filter(policy::revokedDigest).isPresent())
        .findFirst();
  }

  /** Weights other than GGUF are loaded with those beside them; a GGUF file is a set of its own. */
  private static boolean isPartOfItsFolder(Subject subject) {
    FileKind kind = FileKind.of(subject.name());
    return kind.isWeights() && kind != FileKind.GGUF;
  }

  private static String set(Subject subject) {
    return SplitName.of(subject.name()).set();
  }

  /**
   * Of a statement's subjects those that are asked for, and what it attests together with them: the
   * other parts of a numbered set, and the weights in the same folder.
   */
  static List<Subject> withTheirSets(List<Subject> subjects, Predicate<Subject> askedFor) {
    Set<String> sets = new HashSet<>();
    Set<String> folders = new HashSet<>();
    for (Subject subject : subjects) {
      if (askedFor.test(subject)) {
        sets.add(set(subject));
        if (isPartOfItsFolder(subject)) {
          folders.add(SubjectCheck.folder(subject.name()));
        }
      }
    }
    return subjects.stream()
        .filter(
            subject ->
                sets.contains(set(subject))
                    || (isPartOfItsFolder(subject)
                        && folders.contains(SubjectCheck.folder(subject.name()))))
        .toList();
  }
}
