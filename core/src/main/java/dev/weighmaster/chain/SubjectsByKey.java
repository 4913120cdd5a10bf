package dev.weighmaster.chain;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.sign.CheckedStatement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds what a statement about thousands of files says of a few, without going through all of them
 * for each. Not thread-safe.
 */
final class SubjectsByKey {
  /** More of one name or digest say nothing new. */
  private static final int MAX_OF_A_KEY = 16;

  private final IdentityHashMap<CheckedStatement, Map<String, List<Subject>>> found =
      new IdentityHashMap<>();

  /**
   * The subjects that have one of the files' digests, or its name as {@link StatementIndex} does.
   */
  List<Subject> among(List<FileDigest> files, CheckedStatement statement) {
    Map<String, List<Subject>> byKey = found.computeIfAbsent(statement, SubjectsByKey::byKey);
    Set<Subject> subjects = new LinkedHashSet<>();
    for (FileDigest file : files) {
      subjects.addAll(byKey.getOrDefault(digestKey(file.sha256()), List.of()));
      for (int start = 0; start >= 0; start = after(file.name(), start)) {
        subjects.addAll(byKey.getOrDefault(nameKey(file.name().substring(start)), List.of()));
      }
    }
    return List.copyOf(subjects);
  }

  /** Where the next shorter name of a file begins, or -1. */
  private static int after(String name, int start) {
    int slash = name.indexOf('/', start);
    return slash < 0 ? -1 : slash + 1;
  }

  private static Map<String, List<Subject>> byKey(CheckedStatement statement) {
    Map<String, List<Subject>> byKey = new HashMap<>();
    for (Subject subject : statement.subjects()) {
      add(byKey, nameKey(subject.name()), subject);
      subject.sha256().ifPresent(sha256 -> add(byKey, digestKey(sha256), subject));
    }
    return byKey;
  }

  private static void add(Map<String, List<Subject>> byKey, String key, Subject subject) {
    List<Subject> same = byKey.computeIfAbsent(key, any -> new ArrayList<>());
    if (same.size() < MAX_OF_A_KEY) {
      same.add(subject);
    }
  }

  private static String digestKey(String sha256) {
    return "sha256:" + sha256;
  }

  private static String nameKey(String name) {
    return "name:" + name;
  }
}
