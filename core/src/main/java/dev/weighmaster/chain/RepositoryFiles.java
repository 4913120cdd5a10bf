package dev.weighmaster.chain;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.signature.CheckedStatement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files of one repository, by what a statement can call them. Names are relative to the
 * repository's root. Immutable.
 */
final class RepositoryFiles {
  private final Set<String> names;
  private final Map<String, String> digests;
  private final Map<String, List<String>> byDigest = new HashMap<>();
  private final Map<String, List<String>> bySpelling = new HashMap<>();

  private RepositoryFiles(Set<String> names, Map<String, String> digests) {
    this.names = names;
    this.digests = digests;
    digests.forEach(
        (name, sha256) -> byDigest.computeIfAbsent(sha256, any -> new ArrayList<>()).add(name));
    names.forEach(
        name -> bySpelling.computeIfAbsent(folded(name), any -> new ArrayList<>()).add(name));
  }

  private static String folded(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** A pointer is a file that could not be read: it has no digest of its own here. */
  static RepositoryFiles of(List<ScannedFile> files) {
    Map<String, String> digests = new HashMap<>();
    for (ScannedFile file : files) {
      if (file.pointer().isEmpty()) {
        file.sha256().ifPresent(sha256 -> digests.put(file.file().name(), sha256));
      }
    }
    return new RepositoryFiles(
        files.stream().map(file -> file.file().name()).collect(Collectors.toSet()), digests);
  }

  Set<String> names() {
    return names;
  }

  /** The SHA-256 of a file, if it could be read. */
  Optional<String> sha256(String name) {
    return Optional.ofNullable(digests.get(name));
  }

  boolean isUnread(String name) {
    return names.contains(name) && !digests.containsKey(name);
  }

  /** Those of some files that could be read, in their order. */
  List<FileDigest> read(Collection<String> some) {
    return some.stream()
        .filter(digests::containsKey)
        .map(name -> new FileDigest(name, digests.get(name)))
        .toList();
  }

  /** The names of all files that have a digest. */
  List<String> withDigest(String sha256) {
    return byDigest.getOrDefault(sha256, List.of());
  }

  /**
   * The file at the path that a subject gives, from the sidecar's folder or else from the root.
   * Empty for a statement that is kept elsewhere: its paths are of another place.
   */
  Optional<String> at(CheckedStatement statement, Subject subject) {
    return paths(statement, subject).filter(names::contains).findFirst();
  }

  /** The files at that path where the case of letters does not count, if it has none as it is. */
  List<String> spelled(CheckedStatement statement, Subject subject) {
    return paths(statement, subject)
        .map(this::spelled)
        .filter(found -> !found.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  /** The file at a path or, if there is none, those in whose names only letters' case differs. */
  List<String> spelled(String path) {
    return names.contains(path)
        ? List.of(path)
        : bySpelling.getOrDefault(folded(path), List.of()).stream().sorted().toList();
  }

  private static Stream<String> paths(CheckedStatement statement, Subject subject) {
    return statement.isKeptElsewhere()
        ? Stream.empty()
        : Stream.of(StoragePaths.folder(statement.name()) + subject.name(), subject.name());
  }

  /** By its name, unless weights are hidden behind it. */
  static boolean isSidecar(ScannedFile file) {
    return file.file().kind() == FileKind.SIDECAR && !file.isWeights();
  }

  /** Whether a subject's name is a file's, from the repository's root or by its last name alone. */
  static boolean isName(String subject, String file) {
    return file.equals(subject) || file.endsWith("/" + subject);
  }
}
