package dev.weighmaster.chain;

import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.quantization.Quantization;
import dev.weighmaster.quantization.QuantizationFinder;
import dev.weighmaster.signature.CheckedStatement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Files that quantization attestations name as subjects although nothing in them shows that they
 * are quantizations. They get a verdict all the same.
 */
final class AttestedFiles {
  private static final Set<String> PREDICATES =
      Set.of(PredicateTypes.QUANTIZATION, PredicateTypes.GGUF_DERIVATION);

  /** What an attestation calls the type of a conversion, which is a link and no quantization. */
  private static final Set<String> FULL_PRECISION =
      Set.of("F16", "FP16", "FLOAT16", "BF16", "BFLOAT16", "F32", "FP32", "FLOAT32", "F64", "NONE");

  private final Map<String, ScannedFile> byName = new HashMap<>();
  private final RepositoryFiles repository;
  private final Set<String> taken = new HashSet<>();

  private AttestedFiles(
      List<Quantization> found, List<ScannedFile> files, RepositoryFiles repository) {
    files.forEach(file -> byName.put(file.file().name(), file));
    this.repository = repository;
    found.forEach(quantization -> taken.addAll(quantization.files()));
  }

  /**
   * One quantization for each statement that names files which are in none.
   *
   * @param found those that the files themselves show
   * @param statements in their order
   */
  static List<Quantization> beside(
      List<Quantization> found,
      List<ScannedFile> files,
      RepositoryFiles repository,
      List<CheckedStatement> statements) {
    AttestedFiles attested = new AttestedFiles(found, files, repository);
    List<Quantization> more = new ArrayList<>();
    for (CheckedStatement statement : statements) {
      WorkStopped.check();
      if (statement.claim().isPresent()
          && statement.predicateType().filter(PREDICATES::contains).isPresent()) {
        attested.of(statement, statement.claim().get()).ifPresent(more::add);
      }
    }
    return more;
  }

  private Optional<Quantization> of(CheckedStatement statement, QuantizationClaim claim) {
    TreeMap<String, ScannedFile> weights = new TreeMap<>();
    TreeMap<String, ScannedFile> others = new TreeMap<>();
    boolean anyTaken = false;
    for (String name : named(statement)) {
      ScannedFile file = byName.get(name);
      if (taken.contains(name)) {
        anyTaken = true;
      } else if (file.isWeights()) {
        if (!isConversion(file, claim)) {
          weights.put(name, file);
        }
      } else {
        others.put(name, file);
      }
    }
    if (weights.isEmpty() && !anyTaken) {
      others.values().stream()
          .filter(AttestedFiles::couldBeWeights)
          .forEach(file -> weights.put(file.file().name(), file));
    }
    taken.addAll(weights.keySet());
    return weights.isEmpty()
        ? Optional.empty()
        : Optional.of(QuantizationFinder.attested(List.copyOf(weights.values())));
  }

  /** The files that have a subject's digest, or are where it says. */
  private Set<String> named(CheckedStatement statement) {
    Set<String> names = new HashSet<>();
    Set<String> digests = new HashSet<>();
    for (Subject subject : statement.subjects()) {
      WorkStopped.check();
      subject.sha256().filter(digests::add).map(repository::withDigest).ifPresent(names::addAll);
      repository.at(statement, subject).ifPresent(names::add);
    }
    return names;
  }

  /** Full-precision weights that are attested as such, or are no model: an adapter, a projector. */
  private static boolean isConversion(ScannedFile file, QuantizationClaim claim) {
    Optional<WeightsSummary> header = file.weights().filter(each -> !each.types().isEmpty());
    if (header.isEmpty()) {
      return false;
    }
    boolean attestedAsSuch =
        claim.method().isEmpty()
            || FULL_PRECISION.contains(claim.method().get().strip().toUpperCase(Locale.ROOT));
    return header.get().role() != Role.MODEL || (!header.get().quantized() && attestedAsSuch);
  }

  /** What a repository has beside its weights, in the words of every loader. */
  private static boolean couldBeWeights(ScannedFile file) {
    FileKind kind = file.file().kind();
    return (kind.isWeights() || kind == FileKind.OTHER) && !file.file().unlisted();
  }
}
