package dev.weighmaster.chain;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.quantization.SplitName;
import dev.weighmaster.signature.CheckedStatement;
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

  private final Map<String, List<Subject>> byPath = new HashMap<>();
  private final Map<String, List<Subject>> byName = new HashMap<>();
  private final Map<String, List<Subject>> byDigest = new HashMap<>();
  private final Map<String, Set<Subject>> bySet = new HashMap<>();
  private final Map<String, List<Subject>> byFolder = new HashMap<>();
  private final Map<String, List<Subject>> absent = new HashMap<>();
  private final Map<String, List<Subject>> movedOthers = new HashMap<>();
  private final Map<String, Optional<Changed>> changedBeside = new HashMap<>();
  private final RepositoryFiles files;
  private final Optional<Changed> changed;
  private final Optional<Subject> revoked;

  /**
   * A file that is not weights, and not as the subject of its name attests it, or is unreadable.
   */
  record Changed(String file, Subject subject) {}

  StatementSubjects(CheckedStatement statement, RepositoryFiles files, TrustPolicy policy) {
    this.files = files;
    Set<String> others = new LinkedHashSet<>();
    for (Subject subject : statement.subjects()) {
      boolean isOther = !isWeights(subject);
      Optional<String> at = files.at(statement, subject);
      if (at.isPresent()) {
        add(byPath, at.get(), subject);
        if (isOther) {
          others.add(at.get());
        }
      } else {
        add(byName, subject.name(), subject);
        if (isOther) {
          for (String spelled : files.spelled(statement, subject)) {
            add(byPath, spelled, subject);
            others.add(spelled);
          }
          movedOthers
              .computeIfAbsent(StoragePaths.folder(subject.name()), any -> new ArrayList<>())
              .add(subject);
        }
      }
      subject.sha256().ifPresent(sha256 -> add(byDigest, sha256, subject));
      bySet.computeIfAbsent(set(subject), any -> new LinkedHashSet<>()).add(subject);
      if (isPartOfItsFolder(subject)) {
        byFolder
            .computeIfAbsent(StoragePaths.folder(subject.name()), any -> new ArrayList<>())
            .add(subject);
      }
    }
    this.changed =
        others.stream().flatMap(path -> changed(path, byPath.get(path)).stream()).findFirst();
    this.revoked =
        statement.subjects().stream()
            .filter(subject -> subject.sha256().filter(policy::revokedDigest).isPresent())
            .findFirst();
  }

  private static void add(Map<String, List<Subject>> subjects, String key, Subject subject) {
    List<Subject> same = subjects.computeIfAbsent(key, any -> new ArrayList<>());
    if (same.size() < MAX_OF_A_KEY) {
      same.add(subject);
    }
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

  /** The weights in the folder that a subject names, GGUF aside. */
  List<Subject> besides(Subject subject) {
    return byFolder.getOrDefault(StoragePaths.folder(subject.name()), List.of());
  }

  /**
   * Those of the {@link #besides} which are not in a folder of the repository.
   *
   * @param isBeside whether one is there
   */
  List<Subject> absentBesides(Subject subject, String folder, Predicate<Subject> isBeside) {
    return absent.computeIfAbsent(
        StoragePaths.folder(subject.name()) + "//" + folder,
        any -> besides(subject).stream().filter(isBeside.negate()).toList());
  }

  /** The first file other than weights that is where a subject says, but not as it says. */
  Optional<Changed> firstChanged() {
    return changed;
  }

  /**
   * The same where the files of a subject's folder were moved to another.
   *
   * @param weights a subject in the folder that the files were in
   * @param folder where they are now
   */
  Optional<Changed> firstChangedBeside(Subject weights, String folder) {
    String attested = StoragePaths.folder(weights.name());
    return changedBeside.computeIfAbsent(
        attested + "//" + folder,
        any ->
            movedOthers.getOrDefault(attested, List.of()).stream()
                .flatMap(
                    subject ->
                        files.spelled(folder + StoragePaths.lastName(subject.name())).stream()
                            .flatMap(
                                path ->
                                    changed(
                                        path, byPath.getOrDefault(path, byName.get(subject.name())))
                                        .stream()))
                .findFirst());
  }

  private Optional<Changed> changed(String path, List<Subject> named) {
    Optional<String> here = files.sha256(path);
    return files.names().contains(path)
            && named.stream()
                .noneMatch(subject -> subject.sha256().isEmpty() || subject.sha256().equals(here))
        ? Optional.of(new Changed(path, named.get(0)))
        : Optional.empty();
  }

  /** The first subject that the policy revokes. */
  Optional<Subject> firstRevoked() {
    return revoked;
  }

  static boolean isWeights(Subject subject) {
    return FileKind.of(subject.name()).isWeights();
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
   * other parts of a numbered set, the weights in the same folder if these are weights that are
   * loaded together, and what is in the folder besides weights.
   */
  static List<Subject> withTheirSets(List<Subject> subjects, Predicate<Subject> askedFor) {
    Set<String> sets = new HashSet<>();
    Set<String> folders = new HashSet<>();
    Set<String> places = new HashSet<>();
    for (Subject subject : subjects) {
      if (askedFor.test(subject)) {
        sets.add(set(subject));
        places.add(StoragePaths.folder(subject.name()));
        if (isPartOfItsFolder(subject)) {
          folders.add(StoragePaths.folder(subject.name()));
        }
      }
    }
    return subjects.stream()
        .filter(
            subject ->
                sets.contains(set(subject))
                    || (!isWeights(subject) && places.contains(StoragePaths.folder(subject.name())))
                    || (isPartOfItsFolder(subject)
                        && folders.contains(StoragePaths.folder(subject.name()))))
        .toList();
  }
}
