package dev.weighmaster.jobs.cli;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.QuantizationAttestation.SourceSignature;
import dev.weighmaster.audit.RepositoryAudit;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.ParallelScanner;
import dev.weighmaster.digest.Progress;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.LocalRepository;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.ManifestCheck;
import dev.weighmaster.tensor.WeightsSet;
import dev.weighmaster.trust.Coverage;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The model that something was quantized from, as it is now.
 *
 * @param sha256 the root digest of a folder, or the digest of a file
 * @param signature the model signature that covers it, if it has one; whose it is, is for the
 *     audit's policy to say
 * @param model the one that its weights are; empty if there are several, or none in a format that
 *     can be read tensor by tensor
 */
record AttestedSource(
    String sha256, Optional<SourceSignature> signature, Optional<LocalModel> model) {
  private static final String MODEL_SIGNATURE = "model.sig";
  private static final String SIGNATURE = ".sig";

  private AttestedSource(String sha256, Optional<SourceSignature> signature) {
    this(sha256, signature, Optional.empty());
  }

  /**
   * The model that can be measured against.
   *
   * @param source as it was named, for messages
   * @throws CommandFailure if there is none
   */
  LocalModel weights(Path source) {
    return model.orElseThrow(
        () ->
            CommandFailure.error(
                source
                    + " does not hold one GGUF or safetensors model; --measure needs the file that"
                    + " was quantized"));
  }

  /**
   * Reads every byte of the source.
   *
   * @param embed whether the signature itself is to come along
   * @throws CommandFailure if the source is not what its own signature says, or is not signed in a
   *     way that can be embedded although it is to be
   */
  static AttestedSource read(Path source, boolean embed) throws IOException {
    Path path = source.toAbsolutePath().normalize();
    if (!Files.exists(path)) {
      throw CommandFailure.error(source + ": no such file or folder");
    }
    boolean folder = Files.isDirectory(path);
    LocalRepository place = LocalRepository.of(folder ? path : path.getParent());
    try (Storage storage = new LocalStorage(place.root())) {
      List<HubFile> files = Inventory.files(storage, new Repository("", "", place.directory()));
      AttestedSource read =
          folder ? ofModel(path, storage, files, embed) : ofFile(path, storage, files, embed);
      if (embed && read.signature().isEmpty()) {
        throw CommandFailure.error(
            source + " is not signed, so there is no signature to embed; sign it first");
      }
      return new AttestedSource(
          read.sha256(),
          read.signature(),
          model(folder, path, files).map(parts -> new LocalModel(place.root(), parts)));
    }
  }

  private static Optional<List<Storage.Entry>> model(
      boolean folder, Path path, List<HubFile> files) {
    List<Storage.Entry> weights =
        files.stream().filter(file -> file.kind().isWeights()).map(HubFile::entry).toList();
    return folder
        ? WeightsSet.only(weights)
        : find(files, path.getFileName().toString())
            .map(file -> WeightsSet.with(file.path(), weights))
            .filter(set -> !set.isEmpty());
  }

  private static AttestedSource ofModel(
      Path folder, Storage storage, List<HubFile> files, boolean embed) throws IOException {
    String sidecar = sidecar(files);
    Optional<CheckedStatement> signature = statement(folder.resolve(sidecar), storage, files);
    if (signature.isEmpty()) {
      return new AttestedSource(
          ModelSigner.enumerate(folder, Optional.empty(), AttestedSource::isSidecar).rootDigest(),
          Optional.empty());
    }
    ModelManifest manifest = signature.get().manifest().orElseThrow();
    List<ScannedFile> scanned = ParallelScanner.scan(storage, files, List.of(manifest.series()));
    Optional<String> only = ManifestCheck.onlyFile(sidecar, manifest, scanned);
    mustMatch(
        folder.resolve(sidecar),
        ManifestCheck.check(sidecar, manifest, scanned, Coverage.ALL_BUT_SIDECARS)
            .or(
                () ->
                    only.flatMap(
                        file ->
                            // What lies beside a model of one file is no source, but for weights.
                            ManifestCheck.leftOut(Set.of(file), scanned, Coverage.WEIGHTS))));
    return signed(manifest.rootDigest(), folder.resolve(sidecar), signature.get(), embed);
  }

  /** The signature of a folder: its own, or that of its only weights. */
  private static String sidecar(List<HubFile> files) {
    List<HubFile> weights = files.stream().filter(file -> file.kind().isWeights()).toList();
    return find(files, MODEL_SIGNATURE).isEmpty() && weights.size() == 1
        ? weights.get(0).name() + SIGNATURE
        : MODEL_SIGNATURE;
  }

  private static AttestedSource ofFile(
      Path path, Storage storage, List<HubFile> files, boolean embed) throws IOException {
    String name = path.getFileName().toString();
    HubFile file =
        find(files, name).orElseThrow(() -> CommandFailure.error(path + " can't be listed"));
    for (String sidecar : List.of(name + SIGNATURE, MODEL_SIGNATURE)) {
      Optional<CheckedStatement> signature =
          statement(path.resolveSibling(sidecar), storage, files);
      Optional<ModelManifest> manifest =
          signature
              .flatMap(CheckedStatement::manifest)
              .map(all -> only(placed(sidecar, all, storage, file), name));
      if (manifest.isPresent() && !manifest.get().resources().isEmpty()) {
        ScannedFile scanned = scan(storage, file, manifest.get());
        mustMatch(
            path.resolveSibling(sidecar),
            ManifestCheck.check(manifest.get(), List.of(scanned), Coverage.ALL_BUT_SIDECARS));
        return signed(digest(path, scanned), path.resolveSibling(sidecar), signature.get(), embed);
      }
    }
    ScannedFile scanned = FileScanner.scan(storage, file, List.of(), Progress.NONE);
    return new AttestedSource(digest(path, scanned), Optional.empty());
  }

  /** The manifest with the file's name in place of the root, if it is the file's by its digest. */
  private static ModelManifest placed(
      String sidecar, ModelManifest manifest, Storage storage, HubFile file) {
    boolean unnamed =
        sidecar.equals(MODEL_SIGNATURE)
            && manifest.resources().stream().allMatch(each -> each.path().equals(Resource.ROOT));
    return ManifestCheck.placed(
        sidecar, manifest, unnamed ? List.of(scan(storage, file, manifest)) : List.of());
  }

  private static ScannedFile scan(Storage storage, HubFile file, ModelManifest manifest) {
    return FileScanner.scan(storage, file, List.of(manifest.series()), Progress.NONE);
  }

  /** The statement of a model signature, not verified yet. */
  private static Optional<CheckedStatement> statement(
      Path path, Storage storage, List<HubFile> files) {
    Optional<HubFile> file =
        files.stream().filter(each -> path.endsWith(Path.of(each.name()))).findFirst();
    if (file.isEmpty()) {
      return Optional.empty();
    }
    BundleVerifier verifier = new BundleVerifier(TrustPolicy.none());
    RepositoryAudit.ReadSidecar sidecar =
        RepositoryAudit.sidecar(storage, file.get(), verifier, Progress.NONE);
    if (sidecar.isOfAnotherKind()) {
      return Optional.empty();
    }
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
          path + " is not a model signature" + problem + "; sign the source again");
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

  private static AttestedSource signed(
      String sha256, Path file, CheckedStatement signature, boolean embed) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (!Sha256Hex.of(bytes).equals(signature.bundleSha256())) {
      throw CommandFailure.error(file + " was changed while it was read");
    }
    try {
      JsonFields bundle = JsonFields.parse(bytes);
      if (embed) {
        mustBeOf(sha256, file, signature.manifest().orElseThrow());
      }
      return new AttestedSource(
          sha256,
          Optional.of(
              new SourceSignature(
                  signature.bundleSha256(),
                  Optional.empty(),
                  Optional.empty(),
                  logIndex(bundle),
                  embed ? Optional.of(bundle.json()) : Optional.empty())));
    } catch (MalformedJsonException e) {
      throw CommandFailure.error(file + " is not a Sigstore bundle: " + e.getMessage());
    }
  }

  /** An audit that has the signature alone must see in it what was attested. */
  private static void mustBeOf(String sha256, Path file, ModelManifest manifest) {
    boolean ofTheFile =
        manifest.resources().size() == 1 && manifest.resources().get(0).digest().equals(sha256);
    if (!manifest.rootDigest().equals(sha256) && !ofTheFile) {
      throw CommandFailure.error(
          file + " is of a whole model; to embed it, attest the model's folder as the source");
    }
    if (manifest.shardSize().isPresent() || manifest.hashType() != HashType.SHA256) {
      throw CommandFailure.error(
          file + " does not list the sha256 of whole files, so it can't be embedded");
    }
  }

  private static Optional<Long> logIndex(JsonFields bundle) throws MalformedJsonException {
    List<JsonFields> entries = bundle.object("verificationMaterial").objects("tlogEntries");
    if (entries.isEmpty() || !entries.get(0).has("logIndex")) {
      return Optional.empty();
    }
    // A 64-bit number is a string in protobuf's JSON.
    String index = entries.get(0).text("logIndex");
    try {
      return Optional.of(Long.parseUnsignedLong(index)).filter(number -> number >= 0);
    } catch (NumberFormatException e) {
      throw entries.get(0).malformed("logIndex", "is not a number");
    }
  }

  private static String digest(Path path, ScannedFile scanned) {
    if (scanned.pointer().isPresent()) {
      throw CommandFailure.error(path + " is a pointer file, its content is not here");
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
