package dev.weighmaster.signature;

import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.RootDigest;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.SeriesDigest;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.trust.Coverage;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Compares a repository's files with what its model signature covers: OMS 1.0, section 8.4. */
public final class ManifestCheck {
  private static final String SIGNATURE = ".sig";

  private static final int MAX_NAMES = 3;

  private static final DigestSeries WHOLE_SHA256 =
      new DigestSeries(HashType.SHA256, Optional.empty());

  private ManifestCheck() {}

  /**
   * The first thing that does not hold of a signature in a repository, see {@link
   * #check(ModelManifest, List, Coverage)}. One in {@code FILE.sig} that lists FILE alone, by its
   * last name or as the root itself, is of a model of a single file: it is held against that file,
   * and says nothing of the others.
   *
   * @param sidecar that the signature is in, relative to the repository's root
   */
  public static Optional<Problem> check(
      String sidecar, ModelManifest manifest, List<ScannedFile> files, Coverage coverage) {
    return check(sidecar, onlyFile(sidecar, manifest, files), manifest, files, coverage, Set.of());
  }

  /**
   * The same, but for files that the policy does not ask of the signer either.
   *
   * @param only the {@link #onlyFile} of the signature
   * @param ignored paths of files, or folders, that need not be covered; weights below them must
   */
  public static Optional<Problem> check(
      String sidecar,
      Optional<String> only,
      ModelManifest manifest,
      List<ScannedFile> files,
      Coverage coverage,
      Set<String> ignored) {
    Set<String> listed = ignored.isEmpty() ? Set.of() : paths(manifest);
    return check(
        placed(only, manifest),
        files.stream()
            .filter(each -> only.isEmpty() || each.file().name().equals(only.get()))
            // A signature can't cover itself (section 6.2).
            .filter(each -> !each.file().name().equals(sidecar))
            .filter(each -> !isIgnoredByPolicy(each, listed, ignored))
            .toList(),
        coverage);
  }

  /** What the signature lists is compared, whatever the policy ignores. */
  private static boolean isIgnoredByPolicy(
      ScannedFile file, Set<String> listed, Set<String> ignored) {
    String name = file.file().name();
    return !ignored.isEmpty()
        && !file.isWeights()
        && isBelow(name, ignored)
        && !listed.contains(name);
  }

  private static Set<String> paths(ModelManifest manifest) {
    return manifest.resources().stream().map(Resource::path).collect(Collectors.toSet());
  }

  /** The files beside those that some signatures cover, which the policy asks to be covered. */
  public static Optional<Problem> leftOut(
      Set<String> covered, List<ScannedFile> files, Coverage coverage) {
    return unsigned(Set.of(), Optional.empty(), covered, files, coverage);
  }

  /** Of some names, those of files that a signature says it leaves out. */
  public static Set<String> ignored(ModelManifest manifest, Collection<String> names) {
    Set<String> ignored = Set.copyOf(manifest.ignorePaths());
    return names.stream().filter(name -> isIgnored(name, ignored)).collect(Collectors.toSet());
  }

  /**
   * The file that a signature in {@code FILE.sig} is of, if it is of a single file's model; or in
   * {@code model.sig}, if that names no file but has its digest.
   *
   * @return relative to the repository's root; empty where the signature is of the repository
   */
  public static Optional<String> onlyFile(
      String sidecar, ModelManifest manifest, List<ScannedFile> files) {
    boolean isNamedAfterFile = sidecar.toLowerCase(Locale.ROOT).endsWith(SIGNATURE);
    String file = isNamedAfterFile ? sidecar.substring(0, sidecar.lastIndexOf('.')) : "";
    String lastName = StoragePaths.lastName(file);
    boolean single =
        !lastName.isEmpty()
            // The signature model.sig is a folder's, whatever lies in it.
            && !lastName.equalsIgnoreCase("model")
            && manifest.resources().stream()
                .map(Resource::path)
                .allMatch(path -> path.equals(lastName) || path.equals(Resource.ROOT));
    return single ? Optional.of(file) : unnamedFile(sidecar, manifest, files);
  }

  /** In {@code model.sig} the root itself may be a file too: beside it, by its digest. */
  private static Optional<String> unnamedFile(
      String sidecar, ModelManifest manifest, List<ScannedFile> files) {
    List<Resource> resources = manifest.resources();
    if (resources.isEmpty()
        || !resources.stream().map(Resource::path).allMatch(Resource.ROOT::equals)) {
      return Optional.empty();
    }
    String folder = StoragePaths.folder(sidecar);
    Signed signed = Signed.of(resources, manifest.series());
    return files.stream()
        .filter(each -> liesIn(folder, each.file().name()))
        .filter(each -> !each.file().name().equals(sidecar))
        .filter(each -> compare(each.file().name(), signed, Optional.of(each)).isEmpty())
        .map(each -> each.file().name())
        .min(CanonicalPath.CODE_POINT_ORDER);
  }

  private static boolean liesIn(String folder, String name) {
    return name.startsWith(folder) && name.indexOf('/', folder.length()) < 0;
  }

  /** The manifest with the paths of its resources relative to the repository's root. */
  public static ModelManifest placed(
      String sidecar, ModelManifest manifest, List<ScannedFile> files) {
    return placed(onlyFile(sidecar, manifest, files), manifest);
  }

  /**
   * The same, of a signature whose {@link #onlyFile} is known.
   *
   * @param only the file that the signature is of, if it is of a single file's model
   */
  public static ModelManifest placed(Optional<String> only, ModelManifest manifest) {
    if (only.isEmpty()) {
      return manifest;
    }
    return new ModelManifest(
        manifest.rootDigest(),
        manifest.hashType(),
        manifest.shardSize(),
        manifest.allowSymlinks(),
        manifest.ignorePaths(),
        manifest.resources().stream()
            .map(each -> new Resource(only.get(), each.start(), each.end(), each.digest()))
            .toList());
  }

  /**
   * The first thing that does not hold. A proven mismatch goes before a file that could not be
   * read, and that before files that the signature does not cover.
   *
   * @param files all files of the repository but the signature itself
   * @param coverage which of them must be listed
   * @return empty where every listed file is there with its digest, and no other that must be
   */
  public static Optional<Problem> check(
      ModelManifest manifest, List<ScannedFile> files, Coverage coverage) {
    Map<String, ScannedFile> byName = new HashMap<>();
    files.forEach(file -> byName.put(file.file().name(), file));
    Map<String, List<Resource>> listed =
        manifest.resources().stream()
            .collect(
                Collectors.groupingBy(
                    Resource::path,
                    () -> new TreeMap<>(CanonicalPath.CODE_POINT_ORDER),
                    Collectors.toList()));
    List<Problem> problems = new ArrayList<>();
    listed.forEach(
        (path, resources) ->
            (path.equals(Resource.ROOT)
                    ? noFile(resources, manifest.series(), files)
                    : compare(
                        path,
                        Signed.of(resources, manifest.series()),
                        Optional.ofNullable(byName.get(path))))
                .ifPresent(problems::add));
    List<Problem> mismatches =
        problems.stream().filter(p -> p.reason() == Reason.DIGEST_MISMATCH).toList();
    if (!mismatches.isEmpty()) {
      return Optional.of(counted(mismatches));
    }
    return problems.stream()
        .findFirst()
        .or(() -> linked(manifest, files, coverage))
        .or(
            () ->
                unsigned(
                    Set.copyOf(manifest.ignorePaths()),
                    manifest.shardSize(),
                    listed.keySet(),
                    files,
                    coverage));
  }

  /** Why the one file that is signed without its name is not here. */
  private static Optional<Problem> noFile(
      List<Resource> resources, DigestSeries series, List<ScannedFile> files) {
    if (series.equals(WHOLE_SHA256)) {
      return mismatch("no file beside the signature has the sha256 " + resources.get(0).digest());
    }
    boolean hashed =
        files.stream()
            .flatMap(file -> file.series().stream())
            .anyMatch(each -> each.series().equals(series));
    return hashed
        ? mismatch("no file beside the signature has the digests that are signed, by " + series)
        : Optional.of(
            new Problem(
                Reason.UNSUPPORTED,
                "the model signature is of a single file that it does not name, and no file was"
                    + " hashed by "
                    + series));
  }

  /**
   * What a signature says of one file, worked out once for all files that it is held against.
   *
   * @param size of a file that is listed in shards
   * @param sha256 whether the digest is the SHA-256 of the whole file, whatever the series is
   * @param digest of the file by the series: of shards, the root digest of theirs
   */
  private record Signed(DigestSeries series, Optional<Long> size, boolean sha256, String digest) {
    static Signed of(List<Resource> resources, DigestSeries series) {
      boolean sharded = series.shardSize().isPresent();
      boolean sha256 = series.hashType() == HashType.SHA256 && resources.size() == 1;
      return new Signed(
          series,
          sharded
              ? resources.stream().map(shard -> shard.end().orElseThrow()).max(Long::compare)
              : Optional.empty(),
          sha256,
          sharded && !sha256
              ? RootDigest.of(
                  resources.stream().sorted(Comparator.comparingLong(Resource::start)).toList())
              : resources.get(0).digest());
    }
  }

  private static Optional<Problem> compare(String path, Signed signed, Optional<ScannedFile> file) {
    String name = Quoted.of(path);
    if (file.isEmpty()) {
      return mismatch(name + " is listed but not here");
    }
    ScannedFile found = file.get();
    if (found.pointer().isPresent()) {
      return Optional.of(
          found
              .problem()
              .orElseGet(
                  () ->
                      new Problem(
                          Reason.IO_ERROR, name + " is a pointer file, its content is not here")));
    }
    if (found.sha256().isEmpty()) {
      return Optional.of(
          found
              .problem()
              .orElseGet(() -> new Problem(Reason.IO_ERROR, name + " could not be read")));
    }
    long size = found.file().size();
    if (signed.size().isPresent() && signed.size().get() != size) {
      return mismatch(
          name + " has " + size + " bytes, but the signature covers " + signed.size().get());
    }
    return compareDigests(name, signed, found);
  }

  private static Optional<Problem> compareDigests(String name, Signed signed, ScannedFile file) {
    DigestSeries series = signed.series();
    if (signed.sha256()) {
      return compareDigest(name, HashType.SHA256, signed.digest(), file.sha256().orElseThrow());
    }
    Optional<String> computed =
        file.series().stream()
            .filter(each -> each.series().equals(series))
            .map(SeriesDigest::digest)
            .findFirst();
    if (computed.isEmpty()) {
      return Optional.of(
          new Problem(
              Reason.UNSUPPORTED,
              "%s was not hashed by %s: a repository's signatures ask for more than %d ways"
                  .formatted(name, series, SeriesRequest.MAX_GRANTED)));
    }
    if (series.shardSize().isEmpty()) {
      return compareDigest(name, series.hashType(), signed.digest(), computed.get());
    }
    return signed.digest().equals(computed.get())
        ? Optional.empty()
        : mismatch(name + " hashes to other digests than are signed, by " + series);
  }

  private static Optional<Problem> compareDigest(
      String name, HashType hashType, String signed, String computed) {
    return signed.equals(computed)
        ? Optional.empty()
        : mismatch(
            "%s has the %s %s, but %s is signed"
                .formatted(name, hashType.identifier(), computed, signed));
  }

  /** Section 6.1.1: the model is enumerated with links only if it was signed with links. */
  private static Optional<Problem> linked(
      ModelManifest manifest, List<ScannedFile> files, Coverage coverage) {
    if (manifest.allowSymlinks()) {
      return Optional.empty();
    }
    Set<String> ignored = new HashSet<>(manifest.ignorePaths());
    return files.stream()
        .filter(file -> isInScope(file, coverage))
        .map(ScannedFile::file)
        .filter(HubFile::linked)
        .map(HubFile::name)
        .filter(name -> !isIgnored(name, ignored))
        .min(CanonicalPath.CODE_POINT_ORDER)
        .map(
            name ->
                new Problem(
                    Reason.UNSIGNED_FILES,
                    Quoted.of(name)
                        + " is a symbolic link, and the model was signed without links"));
  }

  private static Optional<Problem> unsigned(
      Set<String> ignored,
      Optional<Long> shardSize,
      Set<String> listed,
      List<ScannedFile> files,
      Coverage coverage) {
    List<String> unsigned =
        files.stream()
            .filter(file -> isInScope(file, coverage))
            // An empty file has no shards, so no manifest of shards can list it (section 6.3.2).
            .filter(file -> shardSize.isEmpty() || file.file().size() > 0)
            .map(file -> file.file().name())
            .filter(name -> !listed.contains(name) && !isIgnored(name, ignored))
            .sorted(CanonicalPath.CODE_POINT_ORDER)
            .toList();
    if (unsigned.isEmpty()) {
      return Optional.empty();
    }
    String names =
        unsigned.stream().limit(MAX_NAMES).map(Quoted::of).collect(Collectors.joining(", "));
    String more =
        unsigned.size() > MAX_NAMES ? " and " + (unsigned.size() - MAX_NAMES) + " more" : "";
    return Optional.of(
        new Problem(Reason.UNSIGNED_FILES, "the model signature does not cover " + names + more));
  }

  private static boolean isInScope(ScannedFile file, Coverage coverage) {
    return switch (coverage) {
      case ALL -> true;
      case ALL_BUT_SIDECARS -> file.isWeights() || file.file().kind() != FileKind.SIDECAR;
      case WEIGHTS -> file.isWeights();
    };
  }

  /** Section 6.2.1: an entry stands for itself and for all that is below it. */
  private static boolean isIgnored(String name, Set<String> ignored) {
    int first = name.indexOf('/');
    return ModelManifest.DEFAULT_EXCLUSIONS.contains(first < 0 ? name : name.substring(0, first))
        || isBelow(name, ignored);
  }

  private static boolean isBelow(String name, Set<String> ignored) {
    for (int end = name.indexOf('/'); end >= 0; end = name.indexOf('/', end + 1)) {
      if (ignored.contains(name.substring(0, end))) {
        return true;
      }
    }
    return ignored.contains(name);
  }

  private static Problem counted(List<Problem> mismatches) {
    Problem first = mismatches.get(0);
    int more = mismatches.size() - 1;
    if (more == 0) {
      return first;
    }
    String others = more == 1 ? "1 more file does" : more + " more files do";
    return new Problem(first.reason(), first.detail() + "; " + others + " not match either");
  }

  private static Optional<Problem> mismatch(String detail) {
    return Optional.of(new Problem(Reason.DIGEST_MISMATCH, detail));
  }
}
