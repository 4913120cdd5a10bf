package dev.weighmaster.jobs.cli;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.chain.ClaimCheck;
import dev.weighmaster.digest.ParallelScanner;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.TypeCount;
import dev.weighmaster.format.gguf.GgufFormat;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.LocalRepository;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.quantization.Quantization;
import dev.weighmaster.quantization.QuantizationFinder;
import dev.weighmaster.verdict.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The files of one quantization, or of one conversion, that an attestation will cover.
 *
 * @param sidecar the file that an attestation of them goes to
 * @param subjects in the order of their names in the set
 * @param format as an audit will find it
 * @param model the files
 */
record AttestedWeights(Path sidecar, List<Subject> subjects, String format, LocalModel model) {
  private static final String SUFFIX = ".quantization.sigstore.json";

  /**
   * Reads every byte of the files, and the configurations beside them.
   *
   * @throws CommandFailure if an audit would not find these files to be one quantization by this
   *     method
   */
  static AttestedWeights read(List<Path> files, String method) throws IOException {
    Path folder = files.get(0).toAbsolutePath().normalize().getParent();
    Set<String> names = new LinkedHashSet<>();
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw CommandFailure.error(file + ": no such file");
      }
      Path path = file.toAbsolutePath().normalize();
      if (!path.getParent().equals(folder)) {
        throw CommandFailure.error(
            file + " does not lie beside " + files.get(0) + ", as the files of one set do");
      }
      names.add(path.getFileName().toString());
    }
    LocalRepository place = LocalRepository.of(folder);
    try (Storage storage = new LocalStorage(place.root())) {
      List<HubFile> inside =
          Inventory.files(storage, new Repository("", "", place.directory())).stream()
              .filter(file -> names.contains(file.name()) || decides(file))
              .toList();
      List<ScannedFile> scanned = ParallelScanner.scan(storage, inside, List.of());
      List<ScannedFile> weights =
          scanned.stream().filter(file -> names.contains(file.file().name())).toList();
      List<Subject> subjects = weights.stream().map(AttestedWeights::subject).toList();
      return new AttestedWeights(
          files.get(0).resolveSibling(subjects.get(0).name() + SUFFIX),
          subjects,
          format(scanned, weights, names, method),
          new LocalModel(place.root(), weights.stream().map(file -> file.file().entry()).toList()));
    }
  }

  /** What of a folder decides, besides the weights, what is a quantization by which method. */
  private static boolean decides(HubFile file) {
    return !file.name().contains("/")
        && (file.kind() == FileKind.CONFIG || FileKind.isIndex(file.name()));
  }

  private static Subject subject(ScannedFile file) {
    String name = file.file().name();
    if (file.pointer().isPresent()) {
      throw CommandFailure.error(name + " is a pointer file, its content is not here");
    }
    if (file.sha256().isEmpty() || file.problem().isPresent()) {
      throw CommandFailure.error(
          file.problem().map(Problem::detail).orElse(name + " can't be read"));
    }
    return new Subject(name, file.sha256());
  }

  private static String format(
      List<ScannedFile> scanned, List<ScannedFile> weights, Set<String> names, String method) {
    // A configuration says nothing of a GGUF file beside it.
    boolean gguf =
        weights.stream().allMatch(file -> file.weights().filter(GgufFormat.GGUF::made).isPresent());
    List<Quantization> found = QuantizationFinder.find(gguf ? weights : scanned);
    if (found.isEmpty()) {
      return formatOfConversion(weights, method);
    }
    Quantization first = found.get(0);
    if (first.problem().isPresent()) {
      throw CommandFailure.error(
          first.problem().get().detail() + "; name all files of the set, and no other");
    }
    if (!new HashSet<>(first.files()).equals(names)) {
      throw CommandFailure.error(
          String.join(", ", names) + " are not one quantization; attest each by itself");
    }
    if (first.method().isPresent() && !ClaimCheck.sameMethod(method, first)) {
      throw contradicts(method, first.name(), first.method().get());
    }
    return first.format();
  }

  /** Full-precision weights are no quantization, but a link on the way to one. */
  private static String formatOfConversion(List<ScannedFile> weights, String method) {
    for (ScannedFile file : weights) {
      String name = file.file().name();
      WeightsSummary summary =
          file.weights()
              .orElseThrow(
                  () ->
                      CommandFailure.error(
                          name
                              + " is neither GGUF nor safetensors, and no configuration beside it"
                              + " says that it is quantized"));
      Optional<String> type = summary.types().stream().map(TypeCount::type).findFirst();
      if (GgufFormat.GGUF.made(summary)
          && type.isPresent()
          && !type.get().equalsIgnoreCase(method.strip())) {
        throw contradicts(method, name, type.get());
      }
    }
    return FileKind.formatOf(weights.get(0).weights().orElseThrow()).name();
  }

  private static CommandFailure contradicts(String method, String name, String found) {
    return CommandFailure.error(
        "--method says " + method + ", but " + name + " is " + found + " by what it holds");
  }
}
