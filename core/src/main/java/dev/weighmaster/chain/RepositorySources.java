package dev.weighmaster.chain;

import dev.weighmaster.attest.SnapshotDigest;
import dev.weighmaster.chain.SpeakingStatements.Content;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.quantization.SplitName;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Everything of one repository that an attestation elsewhere can name as its source: its models by
 * their root digests, its weights files by their own, and the repository by its name. Not
 * thread-safe.
 */
final class RepositorySources {
  private final String name;
  private final String revision;
  private final List<ScannedFile> files;
  private final RepositoryFiles repository;
  private final List<String> baseModels;
  private final List<SignedFiles> signed;
  private final Map<String, List<SignedFiles>> signedByFile = new HashMap<>();
  private final Map<String, List<SignedFiles>> byRootDigest = new HashMap<>();
  private final IdentityHashMap<SignedFiles, Integer> place = new IdentityHashMap<>();
  private final TrustPolicy policy;
  private final Standing standing;
  private final NavigableSet<String> weights = new TreeSet<>();
  private final NavigableSet<String> ownWeights;
  private final IdentityHashMap<SignedFiles, Optional<Problem>> leftOut = new IdentityHashMap<>();

  /**
   * @param name {@code org/name}
   * @param baseModels that the repository's model card declares
   * @param quantized names of the files of quantizations that lie beside a model, as the files
   *     themselves show or somebody attests who counts
   */
  RepositorySources(
      String name,
      String revision,
      List<ScannedFile> files,
      RepositoryFiles repository,
      List<String> baseModels,
      List<SignedFiles> signed,
      Set<String> quantized,
      TrustPolicy policy) {
    this.name = name;
    this.revision = revision;
    this.files = files;
    this.repository = repository;
    this.baseModels = List.copyOf(baseModels);
    this.signed = List.copyOf(signed);
    for (SignedFiles each : signed) {
      place.put(each, place.size());
      byRootDigest.computeIfAbsent(each.rootDigest(), any -> new ArrayList<>()).add(each);
      each.names()
          .forEach(file -> signedByFile.computeIfAbsent(file, any -> new ArrayList<>()).add(each));
    }
    this.policy = policy;
    this.standing = new Standing(policy);
    files.stream()
        .filter(ScannedFile::isWeights)
        .map(file -> file.file().name())
        .forEach(weights::add);
    this.ownWeights = new TreeSet<>(weights);
    ownWeights.removeAll(quantized);
  }

  /**
   * The sources.
   *
   * @param statements of the repository that are no model signatures, in their order
   * @param unreadable sidecars of which nobody can say what they are
   */
  List<Source> all(
      List<CheckedStatement> statements, List<CheckedStatement> unreadable, SubjectCheck subjects) {
    // A sidecar that can't be read may be the model signature that is looked for.
    List<ModelSignature> unknown = unreadable.stream().map(ModelSignature::unreadable).toList();
    Map<String, Set<String>> models = new TreeMap<>();
    signed.forEach(
        each ->
            models.computeIfAbsent(each.rootDigest(), any -> new HashSet<>()).addAll(each.names()));
    Allowance covered = new Allowance(standing, name);
    List<Source> sources = new ArrayList<>();
    models.forEach(
        (rootDigest, names) -> {
          List<ModelSignature> signatures =
              Stream.concat(signaturesOf(rootDigest), unknown.stream())
                  .filter(covered::takes)
                  .toList();
          sources.add(
              source(
                  new SourceKey.OfDigest(rootDigest),
                  "",
                  signatures,
                  List.of(),
                  revocable(names.stream().filter(weights::contains).sorted().toList()),
                  Optional.empty(),
                  crowdedOut(covered.crowdedOut(), name)));
        });
    byName(List.copyOf(models.keySet())).ifPresent(sources::add);
    sources.addAll(ofFiles(statements, unknown, subjects, covered));
    return sources;
  }

  /** Empty where nothing of the model is here but its card and such. */
  private Optional<Source> byName(List<String> rootDigests) {
    Optional<Problem> unread =
        files.stream().flatMap(file -> unread(file).stream()).findFirst().or(this::absentPart);
    boolean isHere =
        !weights.isEmpty()
            || unread.isPresent()
            || signed.stream().anyMatch(each -> each.signature().isPresent());
    return isHere
        ? Optional.of(
            source(
                new SourceKey.OfModel(name),
                "",
                List.of(),
                List.of(),
                rootDigests,
                Optional.empty(),
                unread))
        : Optional.empty();
  }

  /** Of a snapshot in a cache, what is here of a model of which there may be more. */
  private Optional<List<FileDigest>> partial() {
    if (revision.isEmpty()
        || signed.stream()
            .flatMap(each -> each.signature().stream())
            .filter(each -> !Standing.isAnybodys(each.statement()))
            .anyMatch(RepositorySources::saysWhatAllIs)) {
      return Optional.empty();
    }
    return Optional.of(
        files.stream()
            .filter(RepositorySources::isOfSnapshot)
            .filter(file -> file.pointer().isEmpty() && file.sha256().isPresent())
            .map(file -> new FileDigest(file.file().name(), file.sha256().orElseThrow()))
            .toList());
  }

  /** Whether a signature agrees with all that is here, or contradicts some of it. */
  private static boolean saysWhatAllIs(ModelSignature signature) {
    return signature.partialMismatch().isEmpty()
        ? signature.onlyFile().isEmpty()
        : !signature.isOfMore();
  }

  /** What is asked for may be of weights that are here in part. */
  private Optional<Problem> absentPart() {
    Map<String, List<String>> sets = new TreeMap<>();
    weights.forEach(
        name -> sets.computeIfAbsent(SplitName.of(name).set(), any -> new ArrayList<>()).add(name));
    return sets.values().stream()
        .flatMap(names -> SplitName.absentPart(names).stream())
        .findFirst();
  }

  private List<Source> ofFiles(
      List<CheckedStatement> statements,
      List<ModelSignature> unknown,
      SubjectCheck subjects,
      Allowance covered) {
    Map<String, SpeakingStatements> claims = claims(statements);
    Map<String, SourceSet> sets =
        SourceSet.byFile(
            repository.read(weights),
            subjects,
            SignedFiles.vouchedFor(
                signed, statement -> standing.asPublisher(statement, name).isEmpty()));
    IdentityHashMap<SourceSet, List<String>> revoked = new IdentityHashMap<>();
    Optional<String> snapshot = snapshot();
    Allowance attested = new Allowance(standing, name);
    List<Source> sources = new ArrayList<>();
    for (FileDigest file : repository.read(weights)) {
      WorkStopped.check();
      SourceSet set = sets.get(file.name());
      SpeakingStatements speaking = claims.getOrDefault(file.sha256(), new SpeakingStatements());
      List<ModelSignature> signatures =
          Stream.concat(
                  signedBy(file.name()).flatMap(each -> set.held(each).stream()), unknown.stream())
              .filter(covered::takes)
              .toList();
      List<Attestation> attestations =
          speaking.all().stream().map(set::held).filter(attested::takes).toList();
      boolean signaturesLeftOut = covered.crowdedOut();
      boolean attestationsLeftOut = attested.crowdedOut();
      sources.add(
          source(
              new SourceKey.OfDigest(file.sha256()),
              file.name(),
              signatures,
              attestations,
              // Of the other parts only what is revoked: a set can have very many.
              Stream.concat(
                      revocable(List.of(file.name())).stream(),
                      revoked
                          .computeIfAbsent(set, each -> revoked(revocable(each.names())))
                          .stream())
                  .distinct()
                  .toList(),
              snapshot,
              crowdedOut(
                  signaturesLeftOut || attestationsLeftOut || speaking.isCrowded(),
                  name + "/" + file.name())));
    }
    return sources;
  }

  private static Optional<Problem> crowdedOut(boolean crowded, String what) {
    return crowded ? Optional.of(SpeakingStatements.crowded(what)) : Optional.empty();
  }

  private Stream<SignedFiles> signedBy(String file) {
    return signedByFile.getOrDefault(file, List.of()).stream();
  }

  private Source source(
      SourceKey key,
      String file,
      List<ModelSignature> signatures,
      List<Attestation> attestations,
      List<String> digests,
      Optional<String> snapshot,
      Optional<Problem> unread) {
    return new Source(
        key,
        name,
        revision,
        file,
        signatures,
        attestations,
        digests,
        baseModels,
        snapshot,
        unread,
        key instanceof SourceKey.OfModel ? partial() : Optional.empty());
  }

  /** The statements that have a digest among their subjects, by the digest. */
  private Map<String, SpeakingStatements> claims(List<CheckedStatement> statements) {
    Map<String, SpeakingStatements> claims = new HashMap<>();
    for (CheckedStatement statement : statements) {
      if (statement.claim().isPresent()) {
        Content content = Content.of(statement, repository);
        statement.subjects().stream()
            .flatMap(subject -> subject.sha256().stream())
            .distinct()
            .forEach(
                digest ->
                    claims
                        .computeIfAbsent(digest, any -> new SpeakingStatements())
                        .add(statement, content, each -> standing.decides(each, name)));
      }
    }
    return claims;
  }

  /**
   * By which weights are revoked: their own digests, those of the models that they make up, and
   * what is revoked of a model that they were signed with.
   */
  private List<String> revocable(List<String> some) {
    return Stream.concat(
            some.stream().flatMap(name -> repository.sha256(name).stream()),
            some.stream()
                .flatMap(this::signedBy)
                .flatMap(
                    each ->
                        each.signature().flatMap(ModelSignature::mismatch).isEmpty()
                            ? Stream.concat(Stream.of(each.rootDigest()), each.revoked().stream())
                            : each.revoked().stream()))
        .distinct()
        .toList();
  }

  private List<String> revoked(List<String> digests) {
    return digests.stream().filter(policy::revokedDigest).toList();
  }

  /**
   * The signatures of the model of a root digest: those of that digest and, where the repository's
   * files are what it stands for, those that cover the same files in another way, such as by
   * shards. One that leaves weights out signs no model.
   */
  private Stream<ModelSignature> signaturesOf(String rootDigest) {
    Optional<SignedFiles> present =
        byRootDigest.getOrDefault(rootDigest, List.of()).stream()
            .filter(each -> each.signature().flatMap(ModelSignature::mismatch).isEmpty())
            .findFirst();
    List<ModelSignature> signatures = new ArrayList<>();
    for (SignedFiles each : candidates(rootDigest, present)) {
      WorkStopped.check();
      boolean ofDigest = each.rootDigest().equals(rootDigest);
      Set<String> names = ofDigest ? each.names() : present.orElseThrow().names();
      each.signature()
          .map(
              signature ->
                  signature
                      .or(() -> leftOut.computeIfAbsent(each, this::leftOut))
                      .or(() -> each.leftOut(names.stream())))
          .ifPresent(signatures::add);
    }
    return signatures.stream();
  }

  /** Those of the digest, and those that cover any of the files which it stands for. */
  private List<SignedFiles> candidates(String rootDigest, Optional<SignedFiles> present) {
    Set<SignedFiles> candidates = Collections.newSetFromMap(new IdentityHashMap<>());
    candidates.addAll(byRootDigest.getOrDefault(rootDigest, List.of()));
    present.stream()
        .flatMap(each -> each.names().stream())
        .flatMap(this::signedBy)
        .forEach(candidates::add);
    return candidates.stream().sorted(Comparator.comparing(place::get)).toList();
  }

  /**
   * Quantizations of a model can lie beside it; its own weights are what a signature is for. What
   * the signature ignores is never asked for.
   */
  private Optional<Problem> leftOut(SignedFiles model) {
    if (model.names().stream()
        .noneMatch(name -> weights.contains(name) && !model.ignored().contains(name))) {
      return Optional.of(
          new Problem(Reason.UNSIGNED_FILES, "the model signature covers no weights"));
    }
    return model.leftOut(ownWeights.stream().filter(name -> !model.ignored().contains(name)));
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

  /** What a conversion statement is held against. Signatures come and go, and convert nothing. */
  private Optional<String> snapshot() {
    SortedMap<String, String> listed = new TreeMap<>();
    for (ScannedFile file : files) {
      String name = file.file().name();
      if (!isOfSnapshot(file)) {
        continue;
      }
      if (file.sha256().isEmpty() || file.pointer().isPresent()) {
        return Optional.empty();
      }
      listed.put(name, file.sha256().get());
    }
    return Optional.of(SnapshotDigest.of(listed));
  }

  private static boolean isOfSnapshot(ScannedFile file) {
    return !RepositoryFiles.isSidecar(file)
        && (!isHidden(file.file().name()) || file.file().unlisted());
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.contains("/.");
  }
}
