package dev.weighmaster.chain;

import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.hub.Quantization;
import dev.weighmaster.hub.QuantizationFinder;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.sign.CheckedStatement;
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
 * What quantization attestations name as their subjects although nothing in the files shows that it
 * is a quantization: it has a verdict all the same.
 */
final class AttestedFiles {
  private static final Set<String> PREDICATES =
      Set.of(PredicateTypes.QUANTIZATION, PredicateTypes.GGUF_DERIVATION);

  /** What an attestation calls the type of a conversion, which is a link and no quantization. */
  private static final Set<String> FULL_PRECISION =
      Set.of("F16", "FP16", "FLOAT16", "BF16", "BFLOAT16", "F32", "FP32", "FLOAT32", "F64", "NONE");

  private final Map<String, ScannedFile> byName = new HashMap<>();
  private final Map<String, List<ScannedFile>> byDigest = new HashMap<>();
  private final Set<String> taken = new HashSet<>();

  private AttestedFiles(List<Quantization> found, List<ScannedFile> files) {
    for (ScannedFile file : files) {
      byName.put(file.file().name(), file);
      file.sha256()
          .filter(any -> file.pointer().isEmpty())
          .ifPresent(
              sha256 -> byDigest.computeIfAbsent(sha256, any -> new ArrayList<>()).add(file));
    }
    found.forEach(quantization -> taken.addAll(quantization.files()));
  }

  /**
   * One quantization for each statement that names files which are in none.
   *
   * @param found those that the files themselves show
   * @param statements in their order
   */
  static List<Quantization> beside(
      List<Quantization> found, List<ScannedFile> files, List<CheckedStatement> statements) {
    AttestedFiles attested = new AttestedFiles(found, files);
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
    for (Subject subject : statement.subjects()) {
      for (ScannedFile file : named(statement, subject)) {
        String name = file.file().name();
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

  private List<ScannedFile> named(CheckedStatement statement, Subject subject) {
    List<ScannedFile> files = new ArrayList<>();
    subject.sha256().map(byDigest::get).ifPresent(files::addAll);
    if (!statement.isKeptElsewhere()) {
      String folder = statement.name().substring(0, statement.name().lastIndexOf('/') + 1);
      Optional.ofNullable(byName.get(folder + subject.name()))
          .or(() -> Optional.ofNullable(byName.get(subject.name())))
          .ifPresent(files::add);
    }
    return files;
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
    return switch (file.file().kind()) {
      case GGUF, SAFETENSORS, OTHER_WEIGHTS, OTHER -> !file.file().unlisted();
      case SIDECAR, SHARD_INDEX, CONFIG, MODEL_CARD -> false;
    };
  }
}
