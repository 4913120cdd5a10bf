package dev.weighmaster.jobs.cli;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.QuantizationAttestation.SourceSignature;
import dev.weighmaster.audit.RepositoryAudit;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.ParallelScanner;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.LocalRepository;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.sign.BundleVerifier;
import dev.weighmaster.sign.CheckedStatement;
import dev.weighmaster.sign.ManifestCheck;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The model that something was quantized from, as it is now.
 *
 * @param sha256 the root digest of a folder, or the digest of a file
 * @param signature the model signature that covers it, if it has one; whose it is, is for the
 *     audit's policy to say
 */
record AttestedSource(String sha256, Optional<SourceSignature> signature) {
  private static final String MODEL_SIGNATURE = "model.sig";

  /**
   * Reads every byte of the source.
   *
   * @throws CommandFailure if the source is not what its own signature says
   */
  static AttestedSource read(Path source) throws IOException {
    Path path = source.toAbsolutePath().normalize();
    if (!Files.exists(path)) {
      throw CommandFailure.error(source + ": there is no such file or folder");
    }
    boolean folder = Files.isDirectory(path);
    LocalRepository place = LocalRepository.of(folder ? path : path.getParent());
    try (Storage storage = new LocalStorage(place.root())) {
      List<HubFile> files = Inventory.files(storage, new Repository("", "", place.directory()));
      return folder ? ofModel(path, storage, files) : ofFile(path, storage, files);
    }
  }

  private static AttestedSource ofModel(Path folder, Storage storage, List<HubFile> files)
      throws IOException {
    Optional<CheckedStatement> signature =
        statement(folder.resolve(MODEL_SIGNATURE), storage, files);
    if (signature.isEmpty()) {
      return new AttestedSource(
          ModelSigner.enumerate(folder, Optional.empty(), AttestedSource::isSidecar).rootDigest(),
          Optional.empty());
    }
    ModelManifest manifest = signature.get().manifest().orElseThrow();
    mustMatch(
        folder.resolve(MODEL_SIGNATURE),
        ManifestCheck.check(
            manifest, ParallelScanner.scan(storage, files, List.of(manifest.series()))));
    return signed(manifest.rootDigest(), signature.get());
  }

  private static AttestedSource ofFile(Path path, Storage storage, List<HubFile> files)
      throws IOException {
    String name = path.getFileName().toString();
    HubFile file =
        find(files, name).orElseThrow(() -> CommandFailure.error(path + " can't be listed"));
    for (String sidecar : List.of(name + ".sig", MODEL_SIGNATURE)) {
      Optional<CheckedStatement> signature =
          statement(path.resolveSibling(sidecar), storage, files);
      Optional<ModelManifest> manifest =
          signature
              .flatMap(CheckedStatement::manifest)
              .map(all -> only(ManifestCheck.placed(sidecar, all), name));
      if (manifest.isPresent() && !manifest.get().resources().isEmpty()) {
        ScannedFile scanned =
            FileScanner.scan(storage, file, List.of(manifest.get().series()), Progress.NONE);
        mustMatch(
            path.resolveSibling(sidecar), ManifestCheck.check(manifest.get(), List.of(scanned)));
        return signed(digest(path, scanned), signature.get());
      }
    }
    ScannedFile scanned = FileScanner.scan(storage, file, List.of(), Progress.NONE);
    return new AttestedSource(digest(path, scanned), Optional.empty());
  }

  /** The statement of a model signature, which nobody has vouched for yet. */
  private static Optional<CheckedStatement> statement(
      Path path, Storage storage, List<HubFile> files) {
    Optional<HubFile> file = find(files, path.getFileName().toString());
    if (file.isEmpty()) {
      return Optional.empty();
    }
    BundleVerifier verifier = new BundleVerifier(TrustPolicy.none());
    RepositoryAudit.ReadSidecar sidecar =
        RepositoryAudit.sidecar(storage, file.get(), verifier, Progress.NONE);
    Optional<CheckedStatement> statement =
        sidecar.statements().stream().filter(checked -> checked.manifest().isPresent()).findFirst();
    if (statement.isEmpty()) {
      String problem =
          sidecar
              .file()
              .problem()
              .or(() -> sidecar.statements().get(0).signature().failure())
              .filter(found -> found.reason() != Reason.SIGNER_NOT_TRUSTED)
              .map(found -> ": " + found.detail())
              .orElse("");
      throw CommandFailure.error(
          path + " is no model signature" + problem + "; sign the source again");
    }
    return statement;
  }

  private static void mustMatch(Path signature, Optional<Problem> mismatch) {
    if (mismatch.isPresent()) {
      throw CommandFailure.error(
          signature
              + " does not hold for the source as it is now: "
              + mismatch.get().detail()
              + "; sign the source again");
    }
  }

  private static AttestedSource signed(String sha256, CheckedStatement signature) {
    return new AttestedSource(
        sha256,
        Optional.of(
            new SourceSignature(signature.bundleSha256(), Optional.empty(), Optional.empty())));
  }

  private static String digest(Path path, ScannedFile scanned) {
    if (scanned.pointer().isPresent()) {
      throw CommandFailure.error(path + " is a Git LFS pointer, its content is not here");
    }
    return scanned
        .sha256()
        .orElseThrow(
            () ->
                CommandFailure.error(
                    scanned.problem().map(Problem::detail).orElse(path + " can't be read")));
  }

  private static ModelManifest only(ModelManifest manifest, String path) {
    List<Resource> resources =
        manifest.resources().stream().filter(resource -> resource.path().equals(path)).toList();
    return new ModelManifest(
        manifest.rootDigest(),
        manifest.hashType(),
        manifest.shardSize(),
        manifest.allowSymlinks(),
        manifest.ignorePaths(),
        resources);
  }

  private static Optional<HubFile> find(List<HubFile> files, String name) {
    return files.stream().filter(file -> file.name().equals(name)).findFirst();
  }

  private static boolean isSidecar(String name) {
    return FileKind.of(name) == FileKind.SIDECAR;
  }
}
