package dev.weighmaster.chain;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.quantization.SplitName;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Compares every subject of a statement with the files of its repository. A chain asks only for
 * those that make up one quantization; a statement's own row says whether all of it is true of the
 * repository.
 *
 * <p>A file that has a subject's name must have its digest. Where no file has the name, the digest
 * may be any file's, since files are renamed; but a part of a numbered set stays the same part. Of
 * a statement that is kept elsewhere only weights must be here; what it attests beside them may be
 * gone, but not changed. What is wrong is given in this order: a revoked subject, a file with
 * another digest, a file that could not be compared, a subject that is not here.
 */
final class EverySubject {
  /** Copies of the weights of one folder; more say nothing new. */
  private static final int MAX_FOLDERS = 16;

  private final RepositoryFiles files;
  private final Map<String, List<String>> byLastName = new HashMap<>();
  private final Map<String, Set<Place>> placesByDigest = new HashMap<>();
  private final TrustPolicy policy;

  /** A part's place in a numbered set; of one file alone, the only one. */
  private record Place(int index, int count) {
    static Place of(String name) {
      SplitName split = SplitName.of(name);
      return new Place(split.index(), split.count());
    }
  }

  EverySubject(RepositoryFiles files, TrustPolicy policy) {
    this.files = files;
    this.policy = policy;
    for (String file : files.names()) {
      byLastName.computeIfAbsent(StoragePaths.lastName(file), any -> new ArrayList<>()).add(file);
    }
  }

  HeldStatement hold(CheckedStatement statement) {
    return new HeldStatement(statement, mismatch(statement));
  }

  private Optional<Problem> mismatch(CheckedStatement statement) {
    Map<String, Set<String>> moves = statement.isKeptElsewhere() ? moves(statement) : Map.of();
    Optional<Problem> uncomparable = Optional.empty();
    Optional<Subject> absent = Optional.empty();
    boolean anyHere = false;
    for (Subject subject : statement.subjects()) {
      if (subject.sha256().filter(policy::revokedDigest).isPresent()) {
        return Optional.of(revoked(statement, subject));
      }
    }
    for (Subject subject : statement.subjects()) {
      WorkStopped.check();
      boolean isBesideElsewhere =
          statement.isKeptElsewhere() && !StatementSubjects.isWeights(subject);
      Optional<String> file = isBesideElsewhere ? beside(subject, moves) : file(statement, subject);
      Optional<String> found = file.flatMap(files::sha256);
      if (found.isPresent() && subject.sha256().isPresent()) {
        if (!found.equals(subject.sha256())) {
          return Optional.of(changed(statement, subject, file.get(), found.get()));
        }
        anyHere = true;
      } else if (file.isPresent()) {
        uncomparable = uncomparable.or(() -> file.map(name -> uncomparable(statement, name)));
      } else if (isHereRenamed(subject)) {
        anyHere = true;
      } else if (!isBesideElsewhere) {
        absent = absent.or(() -> Optional.of(subject));
      }
    }
    boolean isPartlyHere = anyHere;
    if (uncomparable.isPresent()) {
      return uncomparable;
    }
    return absent.map(missing -> absent(statement, missing, isPartlyHere));
  }

  /** The folders here that have weights of a statement kept elsewhere, by the attested folders. */
  private Map<String, Set<String>> moves(CheckedStatement statement) {
    Map<String, Set<String>> moves = new HashMap<>();
    for (Subject subject : statement.subjects()) {
      if (StatementSubjects.isWeights(subject)) {
        Set<String> here =
            moves.computeIfAbsent(StoragePaths.folder(subject.name()), any -> new TreeSet<>());
        subject.sha256().map(files::withDigest).orElse(List.of()).stream()
            .limit(MAX_FOLDERS)
            .map(StoragePaths::folder)
            .filter(any -> here.size() < MAX_FOLDERS)
            .forEach(here::add);
      }
    }
    return moves;
  }

  /** The file of a subject's name beside the weights that it was attested beside. */
  private Optional<String> beside(Subject subject, Map<String, Set<String>> moves) {
    List<String> here =
        moves.getOrDefault(StoragePaths.folder(subject.name()), Set.of()).stream()
            .map(folder -> folder + StoragePaths.lastName(subject.name()))
            .filter(files.names()::contains)
            .toList();
    return here.stream()
        .filter(file -> !files.sha256(file).equals(subject.sha256()))
        .findFirst()
        .or(() -> here.stream().findFirst());
  }

  /** The file that a subject names: at its path, or as the only one of that name. */
  private Optional<String> file(CheckedStatement statement, Subject subject) {
    if (statement.isKeptElsewhere()) {
      return Optional.empty();
    }
    List<String> sameName =
        byLastName.getOrDefault(StoragePaths.lastName(subject.name()), List.of());
    return files
        .at(statement, subject)
        .or(
            () ->
                sameName.size() == 1
                        && RepositoryFiles.isName(subject.name(), sameName.get(0))
                        && !isHereRenamed(subject)
                    ? Optional.of(sameName.get(0))
                    : Optional.empty());
  }

  private boolean isHereRenamed(Subject subject) {
    Set<Place> here = subject.sha256().map(this::places).orElse(Set.of());
    Place attested = Place.of(subject.name());
    return attested.count() <= 1 ? !here.isEmpty() : here.contains(attested);
  }

  private Set<Place> places(String sha256) {
    return placesByDigest.computeIfAbsent(
        sha256,
        digest -> files.withDigest(digest).stream().map(Place::of).collect(Collectors.toSet()));
  }

  private static Problem revoked(CheckedStatement statement, Subject subject) {
    return new Problem(
        Reason.REVOKED,
        "the policy revokes %s (sha256:%s), which %s attests"
            .formatted(
                Quoted.line(subject.name()),
                subject.sha256().orElseThrow(),
                Quoted.line(statement.name())));
  }

  private static Problem changed(
      CheckedStatement statement, Subject subject, String file, String found) {
    return new Problem(
        Reason.DIGEST_MISMATCH,
        "%s, %s: the statement covers sha256:%s, the file is now sha256:%s%s"
            .formatted(
                Quoted.line(statement.name()),
                Quoted.line(file),
                subject.sha256().orElseThrow(),
                found,
                StatementDate.attested(statement)));
  }

  private Problem uncomparable(CheckedStatement statement, String file) {
    return !files.isUnread(file)
        ? new Problem(
            Reason.UNSUPPORTED,
            "%s knows %s by another digest than its sha256"
                .formatted(Quoted.line(statement.name()), Quoted.line(file)))
        : new Problem(
            Reason.IO_ERROR,
            "%s covers %s, which could not be read"
                .formatted(Quoted.line(statement.name()), Quoted.line(file)));
  }

  /** A statement without any file here contradicts none. */
  private static Problem absent(CheckedStatement statement, Subject missing, boolean isPartlyHere) {
    return isPartlyHere
        ? new Problem(
            Reason.SUBJECT_INCOMPLETE,
            "%s also covers %s%s, and no file here has that name or digest"
                .formatted(
                    Quoted.line(statement.name()),
                    Quoted.line(missing.name()),
                    missing.sha256().map(sha256 -> " (sha256:" + sha256 + ")").orElse("")))
        : new Problem(
            Reason.NO_ATTESTATION,
            "%s covers no file here: none has the name or digest of %s"
                .formatted(Quoted.line(statement.name()), Quoted.line(missing.name())));
  }
}
