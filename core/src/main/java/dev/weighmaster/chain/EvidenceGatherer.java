package dev.weighmaster.chain;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
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
 * Brings together what the files and the statements of one repository at one revision say, see
 * {@link RepositoryEvidence}. Not thread-safe.
 */
public final class EvidenceGatherer {
  private final String repository;
  private final String revision;
  private final TrustPolicy policy;
  private final Standing standing;

  /** In the order of their names. */
  private final List<ScannedFile> files;

  private final RepositoryFiles named;
  private final Optional<ModelCard> card;
  private final Optional<Problem> cardProblem;

  /** Statements that are no model signatures. */
  private final List<CheckedStatement> others;

  private final List<SignedFiles> held;

  /** Those that are held, and the models that the files make up by themselves. */
  private final List<SignedFiles> signed;

  /** Quantizations that the files themselves show to be such. */
  private final List<Quantization> shown;

  private EvidenceGatherer(
      String repository,
      String revision,
      List<ScannedFile> files,
      List<CheckedStatement> statements,
      TrustPolicy policy) {
    this.repository = repository;
    this.revision = revision;
    this.policy = policy;
    this.standing = new Standing(policy);
    this.files =
        files.stream()
            .sorted(Comparator.comparing((ScannedFile file) -> file.file().name()))
            .toList();
    this.named = RepositoryFiles.of(this.files);
    this.card = this.files.stream().flatMap(file -> file.card().stream()).findFirst();
    this.cardProblem =
        this.files.stream()
            .filter(file -> file.file().kind() == FileKind.MODEL_CARD)
            .flatMap(file -> cardProblem(file).stream())
            .findFirst();
    Map<Boolean, List<CheckedStatement>> bySigning =
        inOrder(statements).stream()
            .collect(Collectors.partitioningBy(each -> each.manifest().isPresent()));
    this.others = bySigning.get(false);
    this.held = SignedFiles.of(repository, revision, this.files, bySigning.get(true), policy);
    this.signed =
        Stream.concat(
                held.stream().map(SignedFiles::withoutSubjects),
                SignedFiles.computed(this.files).stream())
            .toList();
    this.shown = QuantizationFinder.find(this.files);
  }

  /**
   * Gathers the evidence of one repository at one revision.
   *
   * @param files all of its files, sidecars among them
   * @param statements all statements of its sidecars
   * @param policy says which files a model signature must cover, and whose statements go first
   *     where there are more than are looked at
   */
  public static RepositoryEvidence gather(
      String repository,
      String revision,
      List<ScannedFile> files,
      List<CheckedStatement> statements,
      TrustPolicy policy) {
    return new EvidenceGatherer(repository, revision, files, statements, policy).evidence();
  }

  private RepositoryEvidence evidence() {
    List<Quantization> quantizations = quantizations();
    StatementIndex index =
        StatementIndex.of(
            others,
            files(quantizations.stream()),
            named,
            each -> standing.decides(each, repository));
    SubjectCheck subjects = new SubjectCheck(named, policy);
    EverySubject every = new EverySubject(named, policy);
    return new RepositoryEvidence(
        cases(quantizations, index, subjects),
        sources(index, subjects),
        held.stream().flatMap(each -> each.signature().stream()).toList(),
        others.stream().map(every::hold).toList());
  }

  private List<Quantization> quantizations() {
    return Stream.of(shown, AttestedFiles.beside(shown, files, named, others), unlisted())
        .flatMap(List::stream)
        .toList();
  }

  private List<QuantizationCase> cases(
      List<Quantization> quantizations, StatementIndex index, SubjectCheck subjects) {
    VouchedFiles vouched = VouchedFiles.of(repository, named, signed, others, policy);
    LoaderExtras extras = new LoaderExtras(files, vouched::contains);
    Allowance attested = new Allowance(standing, repository);
    Allowance covered = new Allowance(standing, repository);
    List<QuantizationCase> cases = new ArrayList<>();
    for (Quantization quantization : quantizations) {
      WorkStopped.check();
      List<FileDigest> weights = named.read(quantization.files());
      List<Attestation> attestations =
          subjects.check(weights, index.speakingOf(quantization.files()), this::counts).stream()
              .filter(attested::takes)
              .toList();
      List<ModelSignature> signatures =
          signed.stream()
              .flatMap(each -> each.signature().stream())
              .filter(each -> isOf(quantization, each) && covered.takes(each))
              .toList();
      boolean attestationsLeftOut = attested.crowdedOut();
      boolean signaturesLeftOut = covered.crowdedOut();
      cases.add(
          caseOf(
              attestationsLeftOut || signaturesLeftOut || index.isCrowded(quantization.files())
                  ? quantization.failing(SpeakingStatements.crowded(quantization.name()))
                  : quantization,
              weights,
              attestations,
              signatures,
              extras.of(quantization)));
    }
    return cases;
  }

  private QuantizationCase caseOf(
      Quantization quantization,
      List<FileDigest> weights,
      List<Attestation> attestations,
      List<ModelSignature> signatures,
      List<LoaderExtra> alsoLoaded) {
    Optional<String> digest =
        weights.isEmpty() || weights.size() != quantization.files().size()
            ? Optional.empty()
            : Optional.of(QuantizationCase.digestOf(weights));
    List<String> models =
        signed.stream()
            .filter(each -> quantization.files().stream().anyMatch(each.names()::contains))
            .flatMap(each -> Stream.concat(Stream.of(each.rootDigest()), each.revoked().stream()))
            .distinct()
            .toList();
    return new QuantizationCase(
        quantization,
        digest,
        weights,
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

  private List<Source> sources(StatementIndex index, SubjectCheck subjects) {
    // A stranger's word makes no weights a quantization which the model's signature may leave out.
    List<CheckedStatement> counting = others.stream().filter(this::counts).toList();
    return new RepositorySources(
            repository,
            revision,
            files,
            named,
            card.map(ModelCard::baseModels).orElse(List.of()),
            signed,
            files(
                Stream.concat(
                    shown.stream(), AttestedFiles.beside(shown, files, named, counting).stream())),
            policy)
        .all(others, index.unreadable(), subjects);
  }

  private boolean counts(CheckedStatement statement) {
    return standing.asSigner(statement, repository).isEmpty();
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
  private List<CheckedStatement> inOrder(List<CheckedStatement> statements) {
    return statements.stream()
        .sorted(
            Comparator.comparingInt(
                    (CheckedStatement statement) ->
                        standing
                            .asSigner(statement, repository)
                            .map(problem -> problem.reason() == Reason.REVOKED ? 0 : 2)
                            .orElse(1))
                .thenComparing(StatementIndex.BY_PLACE))
        .toList();
  }

  /** A repository or folder that could not be listed may hold quantizations: it must show up. */
  private List<Quantization> unlisted() {
    return files.stream()
        .filter(file -> file.file().unlisted() && file.problem().isPresent())
        .map(
            file ->
                Quantization.unjudged(
                    repository, revision, file.file().name(), file.problem().orElseThrow()))
        .toList();
  }

  private static Set<String> files(Stream<Quantization> quantizations) {
    return quantizations
        .flatMap(quantization -> quantization.files().stream())
        .collect(Collectors.toSet());
  }
}
