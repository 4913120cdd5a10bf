package dev.weighmaster.chain;

import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.RootDigest;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.ModelCard;
import dev.weighmaster.hub.Quantization;
import dev.weighmaster.hub.QuantizationFinder;
import dev.weighmaster.sign.CheckedStatement;
import dev.weighmaster.sign.ManifestCheck;
import dev.weighmaster.sign.ModelSigner;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the files and statements of one repository show by themselves, without looking at another
 * repository.
 *
 * @param cases one a quantization
 * @param sources everything of the repository that an attestation elsewhere can name
 * @param signatures its model signatures, held against its files
 * @param statements its other statements
 */
public record RepositoryEvidence(
    List<QuantizationCase> cases,
    List<Source> sources,
    List<ModelSignature> signatures,
    List<CheckedStatement> statements) {

  private static final Comparator<Resource> BY_PATH =
      Comparator.comparing(Resource::path, CanonicalPath.CODE_POINT_ORDER);

  private static final Comparator<CheckedStatement> BY_PLACE =
      Comparator.comparing(CheckedStatement::name).thenComparing(CheckedStatement::line);

  /**
   * Gathers the evidence of one repository at one revision.
   *
   * @param files all of its files, sidecars among them
   * @param statements all statements of its sidecars
   */
  public static RepositoryEvidence of(
      String repository,
      String revision,
      List<ScannedFile> files,
      List<CheckedStatement> statements) {
    List<ScannedFile> inOrder =
        files.stream()
            .sorted(Comparator.comparing((ScannedFile file) -> file.file().name()))
            .toList();
    List<CheckedStatement> statementsInOrder = statements.stream().sorted(BY_PLACE).toList();

    List<ModelSignature> signatures = new ArrayList<>();
    List<CheckedStatement> others = new ArrayList<>();
    List<Set<String>> coveredBySignature = new ArrayList<>();
    for (CheckedStatement statement : statementsInOrder) {
      if (statement.manifest().isPresent()) {
        ModelManifest manifest = statement.manifest().get();
        signatures.add(
            new ModelSignature(
                withoutResources(statement),
                ManifestCheck.check(statement.name(), manifest, inOrder)));
        Set<String> covered = new HashSet<>();
        manifest.resources().forEach(resource -> covered.add(resource.path()));
        coveredBySignature.add(covered);
      } else {
        others.add(statement);
      }
    }

    Map<String, String> digests = new HashMap<>();
    Optional<ModelCard> card = Optional.empty();
    for (ScannedFile file : inOrder) {
      if (file.pointer().isEmpty()) {
        file.sha256().ifPresent(sha256 -> digests.put(file.file().name(), sha256));
      }
      card = card.or(file::card);
    }

    List<QuantizationCase> cases = new ArrayList<>();
    List<Quantization> quantizations = quantizations(repository, revision, inOrder);
    Set<String> quantizedFiles = new HashSet<>();
    quantizations.forEach(quantization -> quantizedFiles.addAll(quantization.files()));
    for (Quantization quantization : quantizations) {
      cases.add(caseOf(quantization, digests, quantizedFiles, card, others, signatures));
    }
    return new RepositoryEvidence(
        List.copyOf(cases),
        sources(
            repository, revision, inOrder, card, signatures, coveredBySignature, digests, others),
        List.copyOf(signatures),
        List.copyOf(others));
  }

  private static List<Quantization> quantizations(
      String repository, String revision, List<ScannedFile> files) {
    List<Quantization> found = new ArrayList<>(QuantizationFinder.find(files));
    // A repository or folder that could not be listed may hold quantizations: it must show up.
    for (ScannedFile file : files) {
      if (file.file().unlisted() && file.problem().isPresent()) {
        found.add(
            new Quantization(
                repository,
                revision,
                file.file().name(),
                "unknown",
                Optional.empty(),
                Optional.empty(),
                List.of(),
                0,
                List.of(),
                List.of(),
                file.problem()));
      }
    }
    return found;
  }

  private static QuantizationCase caseOf(
      Quantization quantization,
      Map<String, String> digests,
      Set<String> quantizedFiles,
      Optional<ModelCard> card,
      List<CheckedStatement> statements,
      List<ModelSignature> signatures) {
    List<FileDigest> files = new ArrayList<>();
    for (String name : quantization.files()) {
      if (digests.containsKey(name)) {
        files.add(new FileDigest(name, digests.get(name)));
      }
    }
    Optional<String> digest =
        files.isEmpty() || files.size() != quantization.files().size()
            ? Optional.empty()
            : Optional.of(digestOf(files));
    List<CheckedStatement> speaking =
        statements.stream()
            .filter(statement -> speaksOf(statement, quantization, files, quantizedFiles))
            .toList();
    return new QuantizationCase(quantization, digest, files, card, speaking, signatures);
  }

  private static String digestOf(List<FileDigest> files) {
    if (files.size() == 1) {
      return files.get(0).sha256();
    }
    return RootDigest.of(
        files.stream()
            .map(file -> new Resource(file.name(), 0, Optional.empty(), file.sha256()))
            .sorted(BY_PATH)
            .toList());
  }

  /**
   * Whether a statement is about a quantization: it names one of its files or their digests, or
   * lies beside it under its name. A sidecar that can't be read is about the weights that it is
   * named after, or else about all of the repository's.
   */
  private static boolean speaksOf(
      CheckedStatement statement,
      Quantization quantization,
      List<FileDigest> files,
      Set<String> quantizedFiles) {
    if (namedAfter(statement, quantization.files())) {
      return true;
    }
    if (statement.predicateType().isEmpty()) {
      return !namedAfter(statement, quantizedFiles);
    }
    for (Subject subject : statement.subjects()) {
      for (FileDigest file : files) {
        if (subject.sha256().equals(Optional.of(file.sha256()))
            || isName(subject.name(), file.name())) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean namedAfter(CheckedStatement statement, Iterable<String> files) {
    for (String file : files) {
      if (statement.name().startsWith(file + ".")) {
        return true;
      }
    }
    return false;
  }

  /** Whether a subject's name is a file's, from the repository's root or by its last name alone. */
  static boolean isName(String subject, String file) {
    return file.equals(subject) || file.endsWith("/" + subject);
  }

  private static List<Source> sources(
      String repository,
      String revision,
      List<ScannedFile> files,
      Optional<ModelCard> card,
      List<ModelSignature> signatures,
      List<Set<String>> coveredBySignature,
      Map<String, String> digests,
      List<CheckedStatement> statements) {
    List<String> baseModels = card.map(ModelCard::baseModels).orElse(List.of());
    Set<String> models = new HashSet<>();
    for (ModelSignature signature : signatures) {
      signature.statement().manifest().ifPresent(manifest -> models.add(manifest.rootDigest()));
    }
    computedRootDigest(files).ifPresent(models::add);
    List<String> modelDigests = models.stream().sorted().toList();

    List<Source> sources = new ArrayList<>();
    for (String digest : modelDigests) {
      sources.add(
          new Source(
              Source.digestKey(digest),
              repository,
              revision,
              "",
              signatures,
              List.of(),
              List.of(),
              baseModels));
    }
    sources.add(
        new Source(
            Source.modelKey(repository),
            repository,
            revision,
            "",
            List.of(),
            List.of(),
            modelDigests,
            baseModels));
    for (ScannedFile file : files) {
      String name = file.file().name();
      if (isWeights(file) && digests.containsKey(name)) {
        String digest = digests.get(name);
        List<ModelSignature> covering = new ArrayList<>();
        for (int i = 0; i < signatures.size(); i++) {
          if (coveredBySignature.get(i).contains(name)) {
            covering.add(signatures.get(i));
          }
        }
        List<CheckedStatement> naming =
            statements.stream()
                .filter(statement -> statement.claim().isPresent())
                .filter(
                    statement ->
                        statement.subjects().stream()
                            .anyMatch(subject -> subject.sha256().equals(Optional.of(digest))))
                .toList();
        sources.add(
            new Source(
                Source.digestKey(digest),
                repository,
                revision,
                name,
                covering,
                naming,
                List.of(),
                baseModels));
      }
    }
    return List.copyOf(sources);
  }

  private static boolean isWeights(ScannedFile file) {
    return file.weights().isPresent()
        || switch (file.file().kind()) {
          case GGUF, SAFETENSORS, OTHER_WEIGHTS -> true;
          case SIDECAR, SHARD_INDEX, CONFIG, MODEL_CARD, OTHER -> false;
        };
  }

  /** The root digest by which an attestation names a model that nobody has signed. */
  private static Optional<String> computedRootDigest(List<ScannedFile> files) {
    List<Resource> covered = new ArrayList<>();
    for (ScannedFile file : files) {
      String name = file.file().name();
      if (file.file().kind() == FileKind.SIDECAR || excludedByDefault(name)) {
        continue;
      }
      if (file.sha256().isEmpty() || file.pointer().isPresent()) {
        return Optional.empty();
      }
      covered.add(new Resource(name, 0, Optional.empty(), file.sha256().get()));
    }
    covered.sort(BY_PATH);
    return covered.isEmpty() ? Optional.empty() : Optional.of(RootDigest.of(covered));
  }

  private static boolean excludedByDefault(String name) {
    int end = name.indexOf('/');
    return ModelSigner.DEFAULT_EXCLUSIONS.contains(end < 0 ? name : name.substring(0, end));
  }

  private static CheckedStatement withoutResources(CheckedStatement statement) {
    return new CheckedStatement(
        statement.repository(),
        statement.revision(),
        statement.name(),
        statement.line(),
        statement.bundleSha256(),
        statement.statementSha256(),
        statement.signature(),
        statement.predicateType(),
        statement.subjects(),
        statement
            .manifest()
            .map(
                manifest ->
                    new ModelManifest(
                        manifest.rootDigest(),
                        manifest.hashType(),
                        manifest.shardSize(),
                        manifest.allowSymlinks(),
                        manifest.ignorePaths(),
                        List.of())),
        statement.claim());
  }
}
