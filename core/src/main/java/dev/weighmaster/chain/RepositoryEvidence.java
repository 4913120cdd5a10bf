package dev.weighmaster.chain;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.ModelCard;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.quantization.LoaderExtra;
import dev.weighmaster.quantization.LoaderExtras;
import dev.weighmaster.quantization.Quantization;
import dev.weighmaster.quantization.QuantizationFinder;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
    Map<Boolean, List<CheckedStatement>> bySigning =
        inOrder(statements, repository, policy).stream()
            .collect(Collectors.partitioningBy(each -> each.manifest().isPresent()));
    List<CheckedStatement> others = bySigning.get(false);
    List<SignedFiles> held = SignedFiles.of(repository, inOrder, bySigning.get(true), policy);
    List<SignedFiles> signed =
        Stream.concat(
                held.stream().map(SignedFiles::withoutSubjects),
                SignedFiles.computed(inOrder).stream())
            .toList();
    RepositoryFiles named = RepositoryFiles.of(inOrder);
    Optional<ModelCard> card = inOrder.stream().flatMap(file -> file.card().stream()).findFirst();
    Optional<Problem> cardProblem =
        inOrder.stream()
            .filter(file -> file.file().kind() == FileKind.MODEL_CARD)
            .flatMap(file -> cardProblem(file).stream())
            .findFirst();

    List<Quantization> shown = QuantizationFinder.find(inOrder);
    List<Quantization> quantizations =
        Stream.of(
                shown,
                AttestedFiles.beside(shown, inOrder, named, others),
                unlisted(repository, revision, inOrder))
            .flatMap(List::stream)
            .toList();
    Set<String> quantized = files(quantizations.stream());
    StatementIndex index = StatementIndex.of(others, quantized, named);
    VouchedFiles vouched = VouchedFiles.of(repository, named, signed, others, policy);
    LoaderExtras extras = new LoaderExtras(inOrder, vouched::contains);
    SubjectCheck subjects = new SubjectCheck(named, policy);
    Standing standing = new Standing(policy);
    Allowance attested = new Allowance(standing, repository);
    Allowance covered = new Allowance(standing, repository);
    List<QuantizationCase> cases = new ArrayList<>();
    for (Quantization quantization : quantizations) {
      WorkStopped.check();
      List<FileDigest> weights = named.read(quantization.files());
      cases.add(
          caseOf(
              quantization,
              weights,
              card,
              cardProblem,
              subjects
                  .check(
                      weights,
                      index.speakingOf(quantization.files()),
                      each -> standing.asSigner(each, repository).isEmpty())
                  .stream()
                  .filter(attested::takes)
                  .toList(),
              signed,
              signed.stream()
                  .flatMap(each -> each.signature().stream())
                  .filter(each -> isOf(quantization, each) && covered.takes(each))
                  .toList(),
              extras.of(quantization)));
    }
    EverySubject every = new EverySubject(named, policy);
    // A stranger's word makes no weights a quantization which the model's signature may leave out.
    List<CheckedStatement> counting =
        others.stream().filter(each -> standing.asSigner(each, repository).isEmpty()).toList();
    RepositorySources sources =
        new RepositorySources(
            repository,
            revision,
            inOrder,
            named,
            card.map(ModelCard::baseModels).orElse(List.of()),
            signed,
            files(
                Stream.concat(
                    shown.stream(),
                    AttestedFiles.beside(shown, inOrder, named, counting).stream())),
            policy);
    return new RepositoryEvidence(
        cases,
        sources.all(others, index.unreadable(), subjects),
        held.stream().flatMap(each -> each.signature().stream()).toList(),
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

  /** A repository or folder that could not be listed may hold quantizations: it must show up. */
  private static List<Quantization> unlisted(
      String repository, String revision, List<ScannedFile> files) {
    return files.stream()
        .filter(file -> file.file().unlisted() && file.problem().isPresent())
        .map(
            file ->
                unjudged(repository, revision, file.file().name(), file.problem().orElseThrow()))
        .toList();
  }

  private static Set<String> files(Stream<Quantization> quantizations) {
    return quantizations
        .flatMap(quantization -> quantization.files().stream())
        .collect(Collectors.toSet());
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
}
