package dev.weighmaster.chain;

import dev.weighmaster.quantization.SplitName;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All parts of a numbered set of weights, or one file that is in none. Whoever names a part as a
 * source means the set, so that evidence about a part is held against all of them. Not thread-safe.
 *
 * <p>What was held against the set is kept: it is asked for with each part.
 */
final class SourceSet {
  private final List<FileDigest> parts = new ArrayList<>();
  private final SubjectCheck subjects;
  private final Set<String> signed;
  private Optional<Problem> absent = Optional.empty();
  private final IdentityHashMap<CheckedStatement, Attestation> attestations =
      new IdentityHashMap<>();
  private final IdentityHashMap<SignedFiles, Optional<Problem>> unsigned = new IdentityHashMap<>();

  private SourceSet(SubjectCheck subjects, Set<String> signed) {
    this.subjects = subjects;
    this.signed = signed;
  }

  /**
   * The sets of a repository, by the name of each file.
   *
   * @param weights all that could be read
   * @param signed the files that publishers of the repository have signed, each in any signature
   */
  static Map<String, SourceSet> byFile(
      List<FileDigest> weights, SubjectCheck subjects, Set<String> signed) {
    Map<String, SourceSet> byName = new HashMap<>();
    Map<String, SourceSet> byFile = new HashMap<>();
    for (FileDigest file : weights) {
      SourceSet set =
          byName.computeIfAbsent(
              SplitName.of(file.name()).set(), any -> new SourceSet(subjects, signed));
      set.parts.add(file);
      byFile.put(file.name(), set);
    }
    byName.values().forEach(set -> set.absent = SplitName.absentPart(set.names()));
    return byFile;
  }

  List<String> names() {
    return parts.stream().map(FileDigest::name).toList();
  }

  Attestation held(CheckedStatement statement) {
    return attestations.computeIfAbsent(
        statement, each -> subjects.check(parts, each).withoutSubjects().or(absent));
  }

  /** A signature of one part alone signs no source, unless publishers have signed the others. */
  Optional<ModelSignature> held(SignedFiles part) {
    return part.signature()
        .map(
            signature ->
                signature.or(() -> absent).or(() -> unsigned.computeIfAbsent(part, this::leftOut)));
  }

  private Optional<Problem> leftOut(SignedFiles part) {
    return part.leftOut(names().stream().filter(name -> !signed.contains(name)));
  }
}
