package dev.weighmaster.chain;

import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.RootDigest;
import dev.weighmaster.attest.SnapshotDigest;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.LoaderExtra;
import dev.weighmaster.hub.LoaderExtras;
import dev.weighmaster.hub.ModelCard;
import dev.weighmaster.hub.Quantization;
import dev.weighmaster.hub.QuantizationFinder;
import dev.weighmaster.hub.SplitName;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.sign.CheckedStatement;
import dev.weighmaster.sign.ManifestCheck;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the files and statements of one repository show by themselves, without looking at another
 * repository.
 *
 * @param cases one a quantization
 * @param sources everything of the repository that an attestation elsewhere can name
 * @param signatures its model signatures, held against its files
 * @param statements its other statements, held against its files
 */
public record RepositoryEvidence(
    List<QuantizationCase> cases,
    List<Source> sources,
    List<ModelSignature> signatures,
    List<HeldStatement> statements) {
  public RepositoryEvidence {
    cases = List.copyOf(cases);
    sources = List.copyOf(sources);
    signatures = List.copyOf(signatures);
    statements = List.copyOf(statements);
  }

  /** The repository's own first: what others keep elsewhere must not crowd them out. */
  static final Comparator<CheckedStatement> BY_PLACE =
      Comparator.comparing(CheckedStatement::isKeptElsewhere)
          .thenComparing(s -> s.isKeptElsewhere() && !s.signature().holds())
          .thenComparing(CheckedStatement::name)
          .thenComparing(CheckedStatement::line);

  /**
   * Gathers the evidence of one repository at one revision.
   *
   * @param files all of its files, sidecars among them
   * @param statements all statements of its sidecars
   * @param policy says which files a model signature must cover, and whose statements go first
   *     where there are more than are looked at
   */
  public static RepositoryEvidence of(
      String repository,
      String revision,
      List<ScannedFile> files,
      List<CheckedStatement> statements,
      TrustPolicy policy) {
    List<ScannedFile> inOrder =
        files.stream()
            .sorted(Comparator.comparing((ScannedFile file) -> file.file().name()))
            .toList();
    List<CheckedStatement> statementsInOrder = inOrder(statements, repository, policy);

    List<SignedFiles> signed = new ArrayList<>();
    List<ModelSignature> signatures = new ArrayList<>();
    List<CheckedStatement> others = new ArrayList<>();
    for (CheckedStatement statement : statementsInOrder) {
      if (statement.manifest().isPresent()) {
        ModelManifest manifest = statement.manifest().get();
        // One that is kept elsewhere was found by all files of the repository.
        String sidecar = statement.isKeptElsewhere() ? "model.sig" : statement.name();
        ModelSignature signature =
            new ModelSignature(
                statement.withManifest(manifest.compared(List.of())),
                ManifestCheck.onlyFile(sidecar, manifest, inOrder),
                ManifestCheck.check(
                        sidecar,
                        manifest,
                        inOrder,
                        policy.coverage(),
                        statement
                            .signature()
                            .signer()
                            .map(signer -> policy.ignoredPaths(signer, repository))
                            .orElse(Set.of()))
                    .map(problem -> dated(problem, statement)));
        signatures.add(signature);
        signed.add(
            new SignedFiles(
                Optional.of(signature.withoutSubjects()),
                manifest.rootDigest(),
                ManifestCheck.placed(sidecar, manifest, inOrder).resources().stream()
                    .map(Resource::path)
                    .collect(Collectors.toSet()),
                revokedOf(statement, manifest, policy),
                inOrder.stream()
                    .filter(ScannedFile::isWeights)
                    .map(file -> file.file().name())
                    .filter(name -> ManifestCheck.ignores(manifest, name))
                    .collect(Collectors.toSet())));
      } else {
        others.add(statement);
      }
    }
    Set<String> vouched = vouchedFor(signed, repository, policy);
    signatures.replaceAll(each -> each.beside(vouched, inOrder, policy.coverage()));
    signed.replaceAll(
        each ->
            each.with(each.signature().orElseThrow().beside(vouched, inOrder, policy.coverage())));
    computedModel(inOrder).ifPresent(signed::add);

    Map<String, String> digests = new HashMap<>();
    Optional<ModelCard> card = Optional.empty();
    for (ScannedFile file : inOrder) {
      if (file.pointer().isEmpty()) {
        file.sha256().ifPresent(sha256 -> digests.put(file.file().name(), sha256));
      }
      card = card.or(file::card);
    }

    Optional<Problem> cardProblem =
        inOrder.stream()
            .filter(file -> file.file().kind() == FileKind.MODEL_CARD)
            .flatMap(file -> cardProblem(file).stream())
            .findFirst();

    List<Quantization> quantizations = quantizations(repository, revision, inOrder, others);
    Set<String> quantized = new HashSet<>();
    quantizations.forEach(quantization -> quantized.addAll(quantization.files()));
    StatementIndex index = StatementIndex.of(others, quantized, digests);
    LoaderExtras extras =
        new LoaderExtras(inOrder, vouched(repository, signed, others, digests, policy)::contains);
    List<String> names = inOrder.stream().map(file -> file.file().name()).toList();
    SubjectCheck subjects = new SubjectCheck(names, digests, policy);
    Allowance attested = new Allowance();
    Allowance covered = new Allowance();
    List<QuantizationCase> cases = new ArrayList<>();
    for (Quantization quantization : quantizations) {
      WorkStopped.check();
      List<FileDigest> weights = filesOf(quantization, digests);
      cases.add(
          caseOf(
              quantization,
              weights,
              card,
              cardProblem,
              index.speakingOf(quantization.files()).stream()
                  .map(each -> subjects.check(weights, each))
                  .filter(attested::takes)
                  .toList(),
              signed,
              signed.stream()
                  .flatMap(each -> each.signature().stream())
                  .filter(each -> isOf(quantization, each) && covered.takes(each))
                  .toList(),
              extras.of(quantization)));
    }
    EverySubject every =
        new EverySubject(
            inOrder.stream().map(file -> file.file().name()).toList(), digests, policy);
    return new RepositoryEvidence(
        cases,
        sources(
            repository,
            revision,
            inOrder,
            card,
            signed,
            index,
            quantized,
            digests,
            others,
            subjects),
        signatures,
        others.stream().map(every::hold).toList());
  }

  /** A card that can't be read may declare anything. */
  private static Optional<Problem> cardProblem(ScannedFile file) {
    if (file.pointer().isPresent()) {
      return Optional.of(
          new Problem(
              Reason.IO_ERROR,
              Quoted.of(file.file().path()) + " is a pointer file, its content is not here"));
    }
    return file.card()
        .flatMap(ModelCard::problem)
        .map(what -> new Problem(Reason.UNSUPPORTED, Quoted.of(file.file().path()) + ": " + what))
        .or(file::problem);
  }

  private static VouchedFiles vouched(
      String repository,
      List<SignedFiles> signed,
      List<CheckedStatement> attestations,
      Map<String, String> digests,
      TrustPolicy policy) {
    VouchedFiles vouched = new VouchedFiles(new Standing(policy), repository, digests);
    for (SignedFiles each : signed) {
      each.signature().ifPresent(signature -> vouched.add(signature, each.names()));
    }
    attestations.forEach(vouched::add);
    return vouched;
  }

  /**
   * What the policy revokes of a signed model, whether it is still here as it was signed or not.
   */
  private static List<String> revokedOf(
      CheckedStatement signature, ModelManifest manifest, TrustPolicy policy) {
    if (Standing.isAnybodys(signature)) {
      return List.of();
    }
    return Stream.concat(
            Stream.of(manifest.rootDigest()), manifest.resources().stream().map(Resource::digest))
        .filter(policy::revokedDigest)
        .distinct()
        .toList();
  }

  private static Problem dated(Problem mismatch, CheckedStatement signature) {
    return mismatch.reason() == Reason.DIGEST_MISMATCH
        ? new Problem(mismatch.reason(), mismatch.detail() + StatementDate.signed(signature))
        : mismatch;
  }

  /** What is revoked, then what counts: anybody can sign anything, and any number of times. */
  private static List<CheckedStatement> inOrder(
      List<CheckedStatement> statements, String repository, TrustPolicy policy) {
    Standing standing = new Standing(policy);
    return statements.stream()
        .sorted(
            Comparator.comparingInt(
                    (CheckedStatement statement) ->
                        standing
                            .asSigner(statement, repository)
                            .map(problem -> problem.reason() == Reason.REVOKED ? 0 : 2)
                            .orElse(1))
                .thenComparing(BY_PLACE))
        .toList();
  }

  /**
   * Files that have a root digest together.
   *
   * @param signature whose manifest lists them; empty for all files of the repository as they are
   * @param revoked digests among those that were signed which the policy revokes
   */
  private record SignedFiles(
      Optional<ModelSignature> signature,
      String rootDigest,
      Set<String> names,
      List<String> revoked,
      Set<String> ignored) {

    SignedFiles with(ModelSignature other) {
      return new SignedFiles(Optional.of(other), rootDigest, names, revoked, ignored);
    }
  }

  /** The files that signatures cover which hold, by signers whom the policy names. */
  private static Set<String> vouchedFor(
      List<SignedFiles> signed, String repository, TrustPolicy policy) {
    Standing standing = new Standing(policy);
    return signed.stream()
        .filter(each -> each.signature().flatMap(ModelSignature::mismatch).isEmpty())
        .filter(
            each ->
                standing.asSigner(each.signature().orElseThrow().statement(), repository).isEmpty())
        .flatMap(each -> each.names().stream())
        .collect(Collectors.toSet());
  }

  private static List<Quantization> quantizations(
      String repository,
      String revision,
      List<ScannedFile> files,
      List<CheckedStatement> statements) {
    List<Quantization> found = new ArrayList<>(QuantizationFinder.find(files));
    found.addAll(AttestedFiles.beside(found, files, statements));
    // A repository or folder that could not be listed may hold quantizations: it must show up.
    for (ScannedFile file : files) {
      if (file.file().unlisted() && file.problem().isPresent()) {
        found.add(unjudged(repository, revision, file.file().name(), file.problem().orElseThrow()));
      }
    }
    return found;
  }

  private static Quantization unjudged(
      String repository, String revision, String name, Problem problem) {
    return new Quantization(
        repository,
        revision,
        name,
        "unknown",
        Optional.empty(),
        Optional.empty(),
        List.of(),
        0,
        List.of(),
        List.of(),
        Optional.of(problem));
  }

  /** What stands for a repository whose evidence could not be gathered. */
  public static RepositoryEvidence unjudged(String repository, String revision, Problem problem) {
    QuantizationCase whole =
        new QuantizationCase(
            unjudged(repository, revision, HubFile.REPOSITORY_FOLDER, problem),
            Optional.empty(),
            List.of(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(),
            List.of());
    Source unread =
        new Source(
            Source.modelKey(repository),
            repository,
            revision,
            "",
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            Optional.of(problem));
    return new RepositoryEvidence(List.of(whole), List.of(unread), List.of(), List.of());
  }

  private static List<FileDigest> filesOf(Quantization quantization, Map<String, String> digests) {
    return quantization.files().stream()
        .filter(digests::containsKey)
        .map(name -> new FileDigest(name, digests.get(name)))
        .toList();
  }

  private static QuantizationCase caseOf(
      Quantization quantization,
      List<FileDigest> files,
      Optional<ModelCard> card,
      Optional<Problem> cardProblem,
      List<Attestation> attestations,
      List<SignedFiles> signed,
      List<ModelSignature> signatures,
      List<LoaderExtra> alsoLoaded) {
    Optional<String> digest =
        files.isEmpty() || files.size() != quantization.files().size()
            ? Optional.empty()
            : Optional.of(QuantizationCase.digestOf(files));
    List<String> models =
        signed.stream()
            .filter(each -> quantization.files().stream().anyMatch(each.names()::contains))
            .flatMap(each -> Stream.concat(Stream.of(each.rootDigest()), each.revoked().stream()))
            .distinct()
            .toList();
    return new QuantizationCase(
        quantization,
        digest,
        files,
        models,
        card,
        cardProblem,
        attestations,
        signatures,
        alsoLoaded);
  }

  private static boolean isOf(Quantization quantization, ModelSignature signature) {
    return signature.onlyFile().map(quantization.files()::contains).orElse(true);
  }

  private static List<Source> sources(
      String repository,
      String revision,
      List<ScannedFile> files,
      Optional<ModelCard> card,
      List<SignedFiles> signed,
      StatementIndex index,
      Set<String> quantized,
      Map<String, String> digests,
      List<CheckedStatement> statements,
      SubjectCheck subjects) {
    List<String> baseModels = card.map(ModelCard::baseModels).orElse(List.of());
    // A sidecar that can't be read may be the model signature that is looked for.
    List<ModelSignature> unreadable =
        index.unreadable().stream().map(ModelSignature::unreadable).toList();
    List<String> weights =
        files.stream().filter(ScannedFile::isWeights).map(file -> file.file().name()).toList();
    Allowance attested = new Allowance();
    Allowance covered = new Allowance();
    Map<String, Set<String>> models = new TreeMap<>();
    signed.forEach(
        each ->
            models.computeIfAbsent(each.rootDigest(), any -> new HashSet<>()).addAll(each.names()));

    List<Source> sources = new ArrayList<>();
    models.forEach(
        (rootDigest, names) ->
            sources.add(
                new Source(
                    Source.digestKey(rootDigest),
                    repository,
                    revision,
                    "",
                    Stream.concat(
                            signaturesOf(rootDigest, signed, weights, quantized),
                            unreadable.stream())
                        .filter(covered::takes)
                        .toList(),
                    List.of(),
                    revocable(
                        weights.stream()
                            .filter(name -> names.contains(name) && digests.containsKey(name))
                            .toList(),
                        digests,
                        signed),
                    baseModels,
                    Optional.empty(),
                    Optional.empty())));
    sources.add(
        new Source(
            Source.modelKey(repository),
            repository,
            revision,
            "",
            List.of(),
            List.of(),
            List.copyOf(models.keySet()),
            baseModels,
            Optional.empty(),
            files.stream().flatMap(file -> unread(file).stream()).findFirst()));
    Map<String, List<CheckedStatement>> claims = new HashMap<>();
    for (CheckedStatement statement : statements) {
      if (statement.claim().isPresent()) {
        statement.subjects().stream()
            .flatMap(subject -> subject.sha256().stream())
            .distinct()
            .forEach(
                digest -> {
                  List<CheckedStatement> naming =
                      claims.computeIfAbsent(digest, any -> new ArrayList<>());
                  if (naming.size() < StatementIndex.MAX_OF_A_FILE) {
                    naming.add(statement);
                  }
                });
      }
    }
    Map<String, List<FileDigest>> sets = new HashMap<>();
    for (String name : weights) {
      if (digests.containsKey(name)) {
        sets.computeIfAbsent(SplitName.of(name).set(), any -> new ArrayList<>())
            .add(new FileDigest(name, digests.get(name)));
      }
    }
    HeldSets held = new HeldSets(sets, subjects, new HashMap<>());
    Optional<String> snapshot = snapshot(files);
    for (String name : weights) {
      if (digests.containsKey(name)) {
        String digest = digests.get(name);
        Stream<ModelSignature> covering =
            signed.stream()
                .filter(each -> each.names().contains(name))
                .flatMap(each -> each.signature().stream());
        sources.add(
            new Source(
                Source.digestKey(digest),
                repository,
                revision,
                name,
                Stream.concat(covering, unreadable.stream()).filter(covered::takes).toList(),
                claims.getOrDefault(digest, List.of()).stream()
                    .map(each -> held.of(SplitName.of(name).set(), each))
                    .filter(attested::takes)
                    .toList(),
                revocable(List.of(name), digests, signed),
                baseModels,
                snapshot,
                Optional.empty()));
      }
    }
    return sources;
  }

  /** Statements held against whole sets: whoever names one part of a set means the set. */
  private record HeldSets(
      Map<String, List<FileDigest>> sets,
      SubjectCheck subjects,
      Map<String, Map<CheckedStatement, Attestation>> known) {

    Attestation of(String set, CheckedStatement statement) {
      return known
          .computeIfAbsent(set, any -> new IdentityHashMap<>())
          .computeIfAbsent(
              statement, each -> subjects.check(sets.get(set), each).withoutSubjects());
    }
  }

  /**
   * By which weights are revoked: their own digests, those of the models that they make up, and
   * what is revoked of a model that they were signed with.
   */
  private static List<String> revocable(
      List<String> weights, Map<String, String> digests, List<SignedFiles> signed) {
    return Stream.concat(
            weights.stream().map(digests::get),
            signed.stream()
                .filter(each -> weights.stream().anyMatch(each.names()::contains))
                .flatMap(
                    each ->
                        each.signature().flatMap(ModelSignature::mismatch).isEmpty()
                            ? Stream.concat(Stream.of(each.rootDigest()), each.revoked().stream())
                            : each.revoked().stream()))
        .distinct()
        .toList();
  }

  /**
   * The signatures of the model of a root digest: those of that digest and, where the repository's
   * files are what it stands for, those that cover the same files in another way, such as by
   * shards. One that leaves weights out signs no model.
   */
  private static Stream<ModelSignature> signaturesOf(
      String rootDigest, List<SignedFiles> signed, List<String> weights, Set<String> quantized) {
    Optional<SignedFiles> present =
        signed.stream()
            .filter(each -> each.rootDigest().equals(rootDigest))
            .filter(each -> each.signature().flatMap(ModelSignature::mismatch).isEmpty())
            .findFirst();
    List<ModelSignature> signatures = new ArrayList<>();
    for (SignedFiles each : signed) {
      boolean ofDigest = each.rootDigest().equals(rootDigest);
      if (each.signature().isPresent() && (ofDigest || present.isPresent())) {
        ModelSignature signature = each.signature().get();
        Set<String> names = ofDigest ? each.names() : present.get().names();
        signatures.add(
            new ModelSignature(
                signature.statement(),
                signature.onlyFile(),
                signature
                    .mismatch()
                    .or(() -> leftOut(each.names(), without(weights, each.ignored()), quantized))
                    .or(() -> leftOut(each.names(), names)),
                signature.beside()));
      }
    }
    return signatures.stream();
  }

  /** What a signature ignores is never asked for. */
  private static List<String> without(List<String> weights, Set<String> ignored) {
    return weights.stream().filter(name -> !ignored.contains(name)).toList();
  }

  /** Quantizations of a model can lie beside it; its own weights are what a signature is for. */
  private static Optional<Problem> leftOut(
      Set<String> names, List<String> weights, Set<String> quantized) {
    if (weights.stream().noneMatch(names::contains)) {
      return Optional.of(
          new Problem(Reason.UNSIGNED_FILES, "the model signature covers no weights"));
    }
    return leftOut(names, weights.stream().filter(name -> !quantized.contains(name)).toList());
  }

  private static Optional<Problem> leftOut(Set<String> names, Collection<String> asked) {
    return asked.stream()
        .filter(name -> !names.contains(name))
        .min(Comparator.naturalOrder())
        .map(
            name ->
                new Problem(
                    Reason.UNSIGNED_FILES, "the model signature leaves out " + Quoted.of(name)));
  }

  /** Why the digest of some weights or folder is not known. */
  private static Optional<Problem> unread(ScannedFile file) {
    if (!file.isWeights() && !file.file().unlisted()) {
      return Optional.empty();
    }
    return file.pointer().isPresent()
        ? Optional.of(
            new Problem(
                Reason.IO_ERROR,
                Quoted.of(file.file().path()) + " is a pointer file, its content is not here"))
        : file.problem().filter(problem -> file.sha256().isEmpty());
  }

  /**
   * What a model signature over all files would list: their sha256 by name, without sidecars.
   *
   * @return empty where one could not be read, or there is none
   */
  static Optional<SortedMap<String, String>> model(List<ScannedFile> files) {
    SortedMap<String, String> covered = new TreeMap<>(CanonicalPath.CODE_POINT_ORDER);
    for (ScannedFile file : files) {
      String name = file.file().name();
      if (isSidecar(file) || excludedByDefault(name)) {
        continue;
      }
      if (file.sha256().isEmpty() || file.pointer().isPresent()) {
        return Optional.empty();
      }
      covered.put(name, file.sha256().get());
    }
    return covered.isEmpty() ? Optional.empty() : Optional.of(covered);
  }

  /** The root digest by which an attestation names a model that nobody has signed. */
  private static Optional<SignedFiles> computedModel(List<ScannedFile> files) {
    return model(files)
        .map(
            covered ->
                new SignedFiles(
                    Optional.empty(),
                    RootDigest.of(
                        covered.entrySet().stream()
                            .map(
                                each ->
                                    new Resource(
                                        each.getKey(), 0, Optional.empty(), each.getValue()))
                            .toList()),
                    Set.copyOf(covered.keySet()),
                    List.of(),
                    Set.of()));
  }

  /** What a conversion statement is held against. Signatures come and go, and convert nothing. */
  private static Optional<String> snapshot(List<ScannedFile> files) {
    SortedMap<String, String> listed = new TreeMap<>();
    for (ScannedFile file : files) {
      String name = file.file().name();
      if (isSidecar(file) || (isHidden(name) && !file.file().unlisted())) {
        continue;
      }
      if (file.sha256().isEmpty() || file.pointer().isPresent()) {
        return Optional.empty();
      }
      listed.put(name, file.sha256().get());
    }
    return Optional.of(SnapshotDigest.of(listed));
  }

  /** By its name, unless weights are hidden behind it. */
  private static boolean isSidecar(ScannedFile file) {
    return file.file().kind() == FileKind.SIDECAR && !file.isWeights();
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.contains("/.");
  }

  private static boolean excludedByDefault(String name) {
    int end = name.indexOf('/');
    return ModelSigner.DEFAULT_EXCLUSIONS.contains(end < 0 ? name : name.substring(0, end));
  }
}
