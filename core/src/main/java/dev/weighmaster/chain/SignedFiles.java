package dev.weighmaster.chain;

import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.RootDigest;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.ManifestCheck;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Files that have a root digest together.
 *
 * @param signature whose manifest lists them; empty for all files of the repository as they are
 * @param names of the files
 * @param revoked digests among those that were signed which the policy revokes
 * @param ignored weights that the signature ignores
 */
record SignedFiles(
    Optional<ModelSignature> signature,
    String rootDigest,
    Set<String> names,
    List<String> revoked,
    Set<String> ignored) {

  /**
   * What the model signatures of a repository cover, each held against its files.
   *
   * @param revision of a snapshot in a cache, else empty
   * @param signatures statements with a manifest, in their order
   * @param files all files of the repository
   */
  static List<SignedFiles> of(
      String repository,
      String revision,
      List<ScannedFile> files,
      List<CheckedStatement> signatures,
      TrustPolicy policy) {
    List<SignedFiles> signed = new ArrayList<>();
    List<String> weights =
        files.stream().filter(ScannedFile::isWeights).map(file -> file.file().name()).toList();
    for (CheckedStatement signature : signatures) {
      WorkStopped.check();
      signed.add(of(repository, !revision.isEmpty(), files, weights, signature, policy));
    }
    Standing standing = new Standing(policy);
    Set<String> vouched =
        vouchedFor(signed, statement -> standing.asSigner(statement, repository).isEmpty());
    signed.replaceAll(
        each ->
            each.with(each.signature().orElseThrow().beside(vouched, files, policy.coverage())));
    return signed;
  }

  private static SignedFiles of(
      String repository,
      boolean cached,
      List<ScannedFile> files,
      List<String> weights,
      CheckedStatement statement,
      TrustPolicy policy) {
    ModelManifest manifest = statement.manifest().orElseThrow();
    // One that is kept elsewhere was found by all files of the repository.
    String sidecar = statement.isKeptElsewhere() ? "model.sig" : statement.name();
    Set<String> ignoredPaths =
        statement
            .signature()
            .signer()
            .map(signer -> policy.ignoredPaths(signer, repository))
            .orElse(Set.of());
    Optional<String> only = ManifestCheck.onlyFile(sidecar, manifest, files);
    Function<ModelManifest, Optional<Problem>> held =
        asked ->
            ManifestCheck.check(sidecar, only, asked, files, policy.coverage(), ignoredPaths)
                .map(problem -> dated(problem, statement));
    ModelSignature signature =
        new ModelSignature(
            statement.withManifest(manifest.compared(List.of())),
            only,
            held.apply(manifest),
            cached ? partial(ManifestCheck.placed(only, manifest), files, held) : Optional.empty());
    return new SignedFiles(
        Optional.of(signature),
        manifest.rootDigest(),
        ManifestCheck.placed(only, manifest).resources().stream()
            .map(Resource::path)
            .collect(Collectors.toSet()),
        revokedOf(statement, manifest, policy),
        ManifestCheck.ignored(manifest, weights));
  }

  /**
   * What does not hold of the files that are here, or else that not all are.
   *
   * @return empty where all that are listed are here
   */
  private static Optional<Problem> partial(
      ModelManifest manifest,
      List<ScannedFile> files,
      Function<ModelManifest, Optional<Problem>> held) {
    Set<String> here = files.stream().map(file -> file.file().name()).collect(Collectors.toSet());
    // One that is signed without its name may be any of them.
    here.add(Resource.ROOT);
    return manifest.resources().stream()
        .map(Resource::path)
        .filter(path -> !here.contains(path))
        .min(CanonicalPath.CODE_POINT_ORDER)
        .map(
            absent ->
                held.apply(only(manifest, here))
                    .orElseGet(
                        () ->
                            new Problem(
                                Reason.SOURCE_MISSING,
                                "not all files that are signed are here: "
                                    + Quoted.of(absent)
                                    + " is not")));
  }

  private static ModelManifest only(ModelManifest manifest, Set<String> paths) {
    return new ModelManifest(
        manifest.rootDigest(),
        manifest.hashType(),
        manifest.shardSize(),
        manifest.allowSymlinks(),
        manifest.ignorePaths(),
        manifest.resources().stream().filter(each -> paths.contains(each.path())).toList());
  }

  private static Problem dated(Problem mismatch, CheckedStatement signature) {
    return mismatch.reason() == Reason.DIGEST_MISMATCH
        ? new Problem(mismatch.reason(), mismatch.detail() + StatementDate.signed(signature))
        : mismatch;
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

  /** The files that signatures cover which hold, and whose statements count. */
  static Set<String> vouchedFor(List<SignedFiles> signed, Predicate<CheckedStatement> counts) {
    return signed.stream()
        .filter(
            each ->
                each.signature()
                    .filter(signature -> signature.mismatch().isEmpty())
                    .filter(signature -> counts.test(signature.statement()))
                    .isPresent())
        .flatMap(each -> each.names().stream())
        .collect(Collectors.toSet());
  }

  /** The root digest by which an attestation names a model that nobody has signed. */
  static Optional<SignedFiles> computed(List<ScannedFile> files) {
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

  /**
   * What a model signature over all files would list: their sha256 by name, without sidecars.
   *
   * @return empty where one could not be read, or there is none
   */
  static Optional<SortedMap<String, String>> model(List<ScannedFile> files) {
    SortedMap<String, String> covered = new TreeMap<>(CanonicalPath.CODE_POINT_ORDER);
    for (ScannedFile file : files) {
      String name = file.file().name();
      if (RepositoryFiles.isSidecar(file) || excludedByDefault(name)) {
        continue;
      }
      if (file.sha256().isEmpty() || file.pointer().isPresent()) {
        return Optional.empty();
      }
      covered.put(name, file.sha256().get());
    }
    return covered.isEmpty() ? Optional.empty() : Optional.of(covered);
  }

  private static boolean excludedByDefault(String name) {
    int end = name.indexOf('/');
    return ModelManifest.DEFAULT_EXCLUSIONS.contains(end < 0 ? name : name.substring(0, end));
  }

  /** The first by name of some files that a signature should cover and these are not. */
  Optional<Problem> leftOut(Stream<String> asked) {
    return asked
        .filter(name -> !names.contains(name))
        .min(Comparator.naturalOrder())
        .map(
            name ->
                new Problem(
                    Reason.UNSIGNED_FILES, "the model signature leaves out " + Quoted.of(name)));
  }

  private SignedFiles with(ModelSignature other) {
    return new SignedFiles(Optional.of(other), rootDigest, names, revoked, ignored);
  }

  /** For whoever does not ask what the statement calls its subjects. */
  SignedFiles withoutSubjects() {
    return signature.map(each -> with(each.withoutSubjects())).orElse(this);
  }
}
