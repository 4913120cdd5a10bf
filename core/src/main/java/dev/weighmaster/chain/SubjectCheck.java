package dev.weighmaster.chain;

import static dev.weighmaster.io.StoragePaths.folder;
import static dev.weighmaster.io.StoragePaths.lastName;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.quantization.SplitName;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Holds the files of a repository against the subjects of its statements, subject by subject: a
 * file is attested if a subject has both its name and its digest, and a set is attested if all of
 * its files are.
 *
 * <p>Files may have been renamed, as a whole set and where that is unambiguous: a single file under
 * any name, a numbered set under another name with the same numbers, and any files in another
 * folder. What a statement lists as one set must be there as a whole: all parts of a split GGUF
 * file, and all weights that it has in the same folder where these are not GGUF. What it lists
 * besides weights may be gone, but not changed.
 *
 * <p>A statement about thousands of files is looked through once, not once a file. Not thread-safe.
 */
final class SubjectCheck {
  private final RepositoryFiles repository;
  private final TrustPolicy policy;
  private final IdentityHashMap<CheckedStatement, StatementSubjects> known =
      new IdentityHashMap<>();

  SubjectCheck(RepositoryFiles repository, TrustPolicy policy) {
    this.repository = repository;
    this.policy = policy;
  }

  /**
   * Holds weights that are loaded together against a statement.
   *
   * @param files those of them that could be read, in their order
   */
  Attestation check(List<FileDigest> files, CheckedStatement statement) {
    StatementSubjects subjects =
        known.computeIfAbsent(statement, each -> new StatementSubjects(each, repository, policy));
    return new Attestation(
        statement.withSubjects(subjects.among(files)),
        statement.predicateType().isEmpty() || files.isEmpty()
            ? Optional.empty()
            : revoked(statement, subjects).or(() -> mismatch(files, statement, subjects)));
  }

  /**
   * Holds the weights against each of several statements. If one of them attests other bytes under
   * a file's name, a second one that attests the file's bytes under another name proves no
   * renaming: two files may have been exchanged.
   *
   * @param counts whether a statement counts under the policy: only such a one calls files
   *     exchanged
   */
  List<Attestation> check(
      List<FileDigest> files,
      List<CheckedStatement> statements,
      Predicate<CheckedStatement> counts) {
    List<Attestation> attestations =
        statements.stream().map(statement -> check(files, statement)).toList();
    Map<FileDigest, CheckedStatement> otherwise = new HashMap<>();
    for (CheckedStatement statement : statements) {
      for (FileDigest file : files) {
        if (attestsOtherBytes(file, statement) && counts.test(statement)) {
          otherwise.putIfAbsent(file, statement);
        }
      }
    }
    return otherwise.isEmpty()
        ? attestations
        : attestations.stream()
            .map(each -> each.or(exchanged(each.statement(), otherwise)))
            .toList();
  }

  private boolean attestsOtherBytes(FileDigest file, CheckedStatement statement) {
    if (statement.isKeptElsewhere() || statement.predicateType().isEmpty()) {
      return false;
    }
    List<Subject> named = known.get(statement).named(file.name());
    return !named.isEmpty()
        && named.stream().noneMatch(subject -> subject.sha256().equals(Optional.of(file.sha256())));
  }

  /** Why a statement does not count that attests a file's bytes, but not under its name. */
  private static Optional<Problem> exchanged(
      CheckedStatement statement, Map<FileDigest, CheckedStatement> otherwise) {
    return otherwise.entrySet().stream()
        .filter(
            each ->
                statement.subjects().stream()
                    .noneMatch(
                        subject ->
                            lastName(subject.name()).equals(lastName(each.getKey().name()))
                                && subject.sha256().equals(Optional.of(each.getKey().sha256()))))
        .findFirst()
        .map(
            each ->
                new Problem(
                    Reason.DIGEST_MISMATCH,
                    "%s attests the bytes of %s under another name, and %s attests other bytes under"
                            .formatted(
                                Quoted.line(statement.name()),
                                Quoted.line(each.getKey().name()),
                                Quoted.line(each.getValue().name()))
                        + " this one: the files may have been exchanged"));
  }

  /** A revoked file breaks the statement that covers it, even if the file is gone. */
  private Optional<Problem> revoked(CheckedStatement statement, StatementSubjects subjects) {
    return subjects
        .firstRevoked()
        .map(
            subject ->
                new Problem(
                    Reason.REVOKED,
                    "the policy revokes %s (sha256:%s), which %s attests too"
                        .formatted(
                            Quoted.line(subject.name()),
                            subject.sha256().orElseThrow(),
                            Quoted.line(statement.name()))));
  }

  private Optional<Problem> mismatch(
      List<FileDigest> files, CheckedStatement statement, StatementSubjects subjects) {
    Map<FileDigest, Subject> attested = new LinkedHashMap<>();
    List<FileDigest> unnamed = new ArrayList<>();
    for (FileDigest file : files) {
      List<Subject> named = statement.isKeptElsewhere() ? List.of() : subjects.named(file.name());
      Optional<Subject> same =
          named.stream()
              .filter(subject -> subject.sha256().equals(Optional.of(file.sha256())))
              .findFirst();
      if (same.isPresent()) {
        attested.put(file, same.get());
      } else if (named.isEmpty()) {
        unnamed.add(file);
      } else {
        return Optional.of(changed(file, named.get(0), statement));
      }
    }
    if (unnamed.size() == files.size()) {
      Optional<Problem> problem = renamed(files, statement, subjects, attested);
      if (problem.isPresent()) {
        return problem;
      }
    } else if (!unnamed.isEmpty()) {
      return Optional.of(leavesOut(statement, files, unnamed));
    }
    return incomplete(statement, subjects, attested)
        .or(() -> changedBeside(statement, subjects, attested));
  }

  private static Problem leavesOut(
      CheckedStatement statement, List<FileDigest> files, List<FileDigest> missing) {
    return new Problem(
        Reason.SUBJECT_INCOMPLETE,
        "%s attests %d of %d weights files; %s is not among them"
            .formatted(
                Quoted.line(statement.name()),
                files.size() - missing.size(),
                files.size(),
                Quoted.line(missing.get(0).name())));
  }

  private static Problem changed(FileDigest file, Subject named, CheckedStatement statement) {
    return new Problem(
        Reason.DIGEST_MISMATCH,
        "%s, %s: the attestation covers %s, the file is now sha256:%s%s"
            .formatted(
                Quoted.line(statement.name()),
                Quoted.line(file.name()),
                named.sha256().map(sha256 -> "sha256:" + sha256).orElse("no sha256"),
                file.sha256(),
                StatementDate.attested(statement)));
  }

  /** Files of which no subject has the name: each must be one by its digest, and in its place. */
  private static Optional<Problem> renamed(
      List<FileDigest> files,
      CheckedStatement statement,
      StatementSubjects subjects,
      Map<FileDigest, Subject> attested) {
    List<FileDigest> unknown =
        files.stream().filter(file -> subjects.withDigest(file.sha256()).isEmpty()).toList();
    if (unknown.size() == files.size()) {
      return Optional.of(
          new Problem(
              Reason.DIGEST_MISMATCH,
              "%s does not attest %s as it is now (sha256:%s)%s"
                  .formatted(
                      Quoted.line(statement.name()),
                      Quoted.line(files.get(0).name()),
                      files.get(0).sha256(),
                      StatementDate.attested(statement))));
    }
    if (!unknown.isEmpty()) {
      return Optional.of(leavesOut(statement, files, unknown));
    }
    Map<String, String> folders = new HashMap<>();
    Map<String, String> sets = new HashMap<>();
    for (FileDigest file : files) {
      Optional<Subject> place =
          subjects.withDigest(file.sha256()).stream()
              .filter(
                  subject ->
                      files.size() == 1
                          || (isSamePlace(subject, file)
                              && isMoved(folders, folder(file.name()), folder(subject.name()))
                              && isMoved(sets, set(file.name()), set(subject.name()))))
              .findFirst();
      if (place.isEmpty()) {
        return Optional.of(
            new Problem(
                Reason.SUBJECT_INCOMPLETE,
                "%s attests the bytes of %s as those of %s, and it can't be told whether the files"
                        .formatted(
                            Quoted.line(statement.name()),
                            Quoted.line(file.name()),
                            Quoted.line(subjects.withDigest(file.sha256()).get(0).name()))
                    + " were only renamed or exchanged"));
      }
      folders.put(folder(file.name()), folder(place.get().name()));
      sets.put(set(file.name()), set(place.get().name()));
      attested.put(file, place.get());
    }
    return Optional.empty();
  }

  /** Whether the files of one folder, or set, were all those of one other. */
  private static boolean isMoved(Map<String, String> moves, String here, String attested) {
    return moves.getOrDefault(here, attested).equals(attested);
  }

  /** Whether a file has its name still, or is still the same part of a numbered set. */
  private static boolean isSamePlace(Subject subject, FileDigest file) {
    SplitName attested = SplitName.of(subject.name());
    SplitName here = SplitName.of(file.name());
    return lastName(subject.name()).equals(lastName(file.name()))
        || (here.count() > 1
            && attested.count() == here.count()
            && attested.index() == here.index());
  }

  /** What the statement attests together with the files, and is not there. */
  private Optional<Problem> incomplete(
      CheckedStatement statement, StatementSubjects subjects, Map<FileDigest, Subject> attested) {
    Set<Subject> here = new LinkedHashSet<>(attested.values());
    // Of several folders' weights any could be another variant's.
    boolean ofOneFolder =
        here.stream().map(subject -> folder(subject.name())).distinct().count() == 1;
    Set<String> checked = new HashSet<>();
    for (Map.Entry<FileDigest, Subject> file : attested.entrySet()) {
      Subject subject = file.getValue();
      String folder = folder(file.getKey().name());
      Optional<Subject> missing = Optional.empty();
      if (isSplit(subject) && checked.add(set(subject.name()))) {
        missing = firstBut(here, subjects.partsWith(subject));
      }
      if (missing.isEmpty()
          && FileKind.of(subject.name()) != FileKind.GGUF
          && checked.add(folder(subject.name()) + "//" + folder)) {
        missing =
            firstBut(
                here,
                ofOneFolder
                    ? subjects.absentBesides(subject, folder, each -> isBeside(each, folder))
                    : subjects.besides(subject));
      }
      if (missing.isPresent()) {
        return missing.map(each -> absent(each, statement, isUnread(each, statement)));
      }
    }
    return Optional.empty();
  }

  /** What the statement attests besides weights, and is here with other bytes. */
  private Optional<Problem> changedBeside(
      CheckedStatement statement, StatementSubjects subjects, Map<FileDigest, Subject> attested) {
    return subjects
        .firstChanged()
        .or(
            () ->
                attested.entrySet().stream()
                    .flatMap(
                        file ->
                            subjects
                                .firstChangedBeside(file.getValue(), folder(file.getKey().name()))
                                .stream())
                    .findFirst())
        .map(
            each ->
                repository
                    .sha256(each.file())
                    .map(now -> new FileDigest(each.file(), now))
                    .map(file -> changed(file, each.subject(), statement))
                    .orElseGet(() -> absent(each.subject(), statement, true)));
  }

  private static Optional<Subject> firstBut(Set<Subject> here, Collection<Subject> subjects) {
    return subjects.stream().filter(subject -> !here.contains(subject)).findFirst();
  }

  /** Whether a subject lies, under its last name, in the folder of the files that it belongs to. */
  private boolean isBeside(Subject subject, String folder) {
    Optional<String> found = repository.sha256(folder + lastName(subject.name()));
    return found.isPresent() && found.equals(subject.sha256());
  }

  private static Problem absent(Subject missing, CheckedStatement statement, boolean unreadable) {
    return new Problem(
        unreadable ? Reason.IO_ERROR : Reason.SUBJECT_INCOMPLETE,
        "%s attests %s too, which %s (sha256:%s)"
            .formatted(
                Quoted.line(statement.name()),
                Quoted.line(missing.name()),
                unreadable ? "could not be read" : "is not among these weights or beside them",
                missing.sha256().orElse("none")));
  }

  private boolean isUnread(Subject subject, CheckedStatement statement) {
    return repository.at(statement, subject).filter(repository::isUnread).isPresent();
  }

  private static boolean isSplit(Subject subject) {
    return SplitName.of(subject.name()).count() > 1;
  }

  private static String set(String name) {
    return SplitName.of(name).count() > 1 ? SplitName.of(name).set() : "";
  }
}
