package dev.weighmaster.chain;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.hub.SplitName;
import dev.weighmaster.sign.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Holds statements against the files of their repository, each with every one of its subjects. A
 * chain asks only for those that make up one quantization; a statement's own row says whether all
 * of it is true of the repository.
 *
 * <p>A file that has a subject's name must have its digest. Where no file has the name, the digest
 * may be any file's, since files are renamed; but a part of a numbered set stays the same part.
 * What is wrong is given in this order: a revoked subject, a file with another digest, a file that
 * could not be compared, a subject that is not here.
 */
final class EverySubject {
  private final Map<String, String> digests;
  private final Set<String> files;
  private final Map<String, List<String>> byDigest = new HashMap<>();
  private final Map<String, List<String>> byLastName = new HashMap<>();
  private final TrustPolicy policy;

  /**
   * @param files names of all files of the repository, relative to its root
   * @param digests SHA-256 of those that could be read, by their names
   */
  EverySubject(Collection<String> files, Map<String, String> digests, TrustPolicy policy) {
    this.files = Set.copyOf(files);
    this.digests = Map.copyOf(digests);
    this.policy = policy;
    digests.forEach(
        (file, sha256) -> byDigest.computeIfAbsent(sha256, any -> new ArrayList<>()).add(file));
    for (String file : this.files) {
      byLastName.computeIfAbsent(lastName(file), any -> new ArrayList<>()).add(file);
    }
  }

  HeldStatement hold(CheckedStatement statement) {
    return new HeldStatement(statement, mismatch(statement));
  }

  private Optional<Problem> mismatch(CheckedStatement statement) {
    Optional<Problem> uncomparable = Optional.empty();
    Optional<Subject> absent = Optional.empty();
    boolean anyHere = false;
    for (Subject subject : statement.subjects()) {
      if (subject.sha256().filter(policy::revokedDigest).isPresent()) {
        return Optional.of(revoked(statement, subject));
      }
    }
    for (Subject subject : statement.subjects()) {
      Optional<String> file =
          statement.isKeptElsewhere() ? Optional.empty() : file(statement, subject);
      Optional<String> found = file.map(digests::get);
      if (found.isPresent() && subject.sha256().isPresent()) {
        if (!found.equals(subject.sha256())) {
          return Optional.of(changed(statement, subject, file.get(), found.get()));
        }
        anyHere = true;
      } else if (file.isPresent()) {
        uncomparable = uncomparable.or(() -> file.map(name -> uncomparable(statement, name)));
      } else if (isHereRenamed(subject)) {
        anyHere = true;
      } else {
        absent = absent.or(() -> Optional.of(subject));
      }
    }
    boolean isPartlyHere = anyHere;
    if (uncomparable.isPresent()) {
      return uncomparable;
    }
    return absent.map(missing -> absent(statement, missing, isPartlyHere));
  }

  /**
   * The file that a subject names: from the sidecar's folder, from the root, or as the only one.
   */
  private Optional<String> file(CheckedStatement statement, Subject subject) {
    String folder = statement.name().substring(0, statement.name().lastIndexOf('/') + 1);
    if (files.contains(folder + subject.name())) {
      return Optional.of(folder + subject.name());
    }
    if (files.contains(subject.name())) {
      return Optional.of(subject.name());
    }
    List<String> sameName = byLastName.getOrDefault(lastName(subject.name()), List.of());
    return sameName.size() == 1
            && StatementIndex.isName(subject.name(), sameName.get(0))
            && !isHereRenamed(subject)
        ? Optional.of(sameName.get(0))
        : Optional.empty();
  }

  private boolean isHereRenamed(Subject subject) {
    SplitName attested = SplitName.of(subject.name());
    return subject.sha256().map(byDigest::get).stream()
        .flatMap(List::stream)
        .map(SplitName::of)
        .anyMatch(
            here ->
                attested.count() <= 1
                    || (here.count() == attested.count() && here.index() == attested.index()));
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
    return digests.containsKey(file)
        ? new Problem(
            Reason.UNSUPPORTED,
            "%s knows %s by another digest than its sha256"
                .formatted(Quoted.line(statement.name()), Quoted.line(file)))
        : new Problem(
            Reason.IO_ERROR,
            "%s speaks of %s, which could not be read"
                .formatted(Quoted.line(statement.name()), Quoted.line(file)));
  }

  /** A statement of which nothing is here contradicts nothing that is. */
  private static Problem absent(CheckedStatement statement, Subject missing, boolean isPartlyHere) {
    return isPartlyHere
        ? new Problem(
            Reason.SUBJECT_INCOMPLETE,
            "%s speaks of %s too%s, and no file here has that name or digest"
                .formatted(
                    Quoted.line(statement.name()),
                    Quoted.line(missing.name()),
                    missing.sha256().map(sha256 -> " (sha256:" + sha256 + ")").orElse("")))
        : new Problem(
            Reason.NO_ATTESTATION,
            "%s speaks of nothing that is here: no file has the name or digest of %s"
                .formatted(Quoted.line(statement.name()), Quoted.line(missing.name())));
  }

  private static String lastName(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }
}
