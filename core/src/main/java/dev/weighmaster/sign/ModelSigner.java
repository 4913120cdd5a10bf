package dev.weighmaster.sign;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.RootDigest;
import dev.weighmaster.attest.StatementReader;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.OnePassHasher;
import dev.weighmaster.digest.ParallelScanner;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.digest.ShardedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.LocalRepository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.verdict.Problem;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Makes the statement of a model signature: OMS 1.0, sections 5 and 6. */
public final class ModelSigner {
  private static final JsonMapper JSON = new JsonMapper();

  /** What {@code hf download} leaves at the top, which an inventory does not count either. */
  private static final String DOWNLOADER_CACHE = ".cache";

  private ModelSigner() {}

  /** Enumerates and hashes a model by {@link Serialization#DEFAULT}. */
  public static ModelManifest enumerate(
      Path model, Optional<Path> signature, Predicate<String> sidecar) throws IOException {
    return enumerate(model, signature, sidecar, Serialization.DEFAULT);
  }

  /**
   * Enumerates and hashes a model.
   *
   * <p>Several files are hashed at once. Symbolic links are errors unless the serialization allows
   * them, and even then those that lead out of the model, nowhere, or back to a folder above them.
   * In a snapshot of a Hugging Face cache, which is made of links, those to files are followed as
   * long as they stay inside the repository's folder of the cache.
   *
   * @param model a directory or a single file
   * @param signature where the signature will be, if it is inside the model
   * @param sidecar whether a file of a name, relative to the model, is a signature or attestation;
   *     such files are left out and recorded as ignored
   * @throws IOException if a file can't be read, is a link or a Git LFS pointer, or has a name that
   *     is not UTF-8; if there are no files, or none that has a shard; or if a path can't be
   *     ignored
   */
  public static ModelManifest enumerate(
      Path model, Optional<Path> signature, Predicate<String> sidecar, Serialization serialization)
      throws IOException {
    Path root = model.toAbsolutePath().normalize();
    if (Files.isRegularFile(root)) {
      return hashed(root.getParent(), List.of(root), List.of(), serialization);
    }
    var ignored = new TreeSet<String>(CanonicalPath.CODE_POINT_ORDER);
    ignored.addAll(ModelManifest.DEFAULT_EXCLUSIONS);
    for (String path : serialization.ignorePaths()) {
      if (!CanonicalPath.isIgnorable(path)) {
        throw new FileSystemException(
            path, null, "can't be ignored: it is not a plain path below the model");
      }
      ignored.add(path);
    }
    if (Files.exists(root.resolve(DOWNLOADER_CACHE))) {
      ignored.add(DOWNLOADER_CACHE);
    }
    signature
        .map(path -> path.toAbsolutePath().normalize())
        .filter(path -> path.startsWith(root))
        .ifPresent(path -> ignored.add(name(root, path)));
    var files = new ArrayList<Path>();
    for (Path file : files(root, ignored, serialization.allowSymlinks())) {
      String name = name(root, file);
      if (sidecar.test(name)) {
        ignored.add(name);
      } else {
        files.add(file);
      }
    }
    if (files.isEmpty()) {
      throw new FileSystemException(model.toString(), null, "has no files to sign");
    }
    return hashed(root, files, List.copyOf(ignored), serialization);
  }

  /**
   * The manifest of files that are hashed already.
   *
   * @param resources whole files by SHA-256, in any order
   */
  public static ModelManifest manifest(
      List<Resource> resources, List<String> ignorePaths, boolean allowSymlinks) {
    return manifest(
        resources,
        new Serialization(HashType.SHA256, Optional.empty(), allowSymlinks, ignorePaths));
  }

  /**
   * The manifest of files that are hashed already.
   *
   * @param resources files or shards as the serialization has them, in any order
   */
  public static ModelManifest manifest(List<Resource> resources, Serialization serialization) {
    List<Resource> sorted =
        resources.stream()
            .sorted(Comparator.comparing(Resource::name, CanonicalPath.CODE_POINT_ORDER))
            .toList();
    return new ModelManifest(
        RootDigest.of(sorted),
        serialization.hashType(),
        serialization.shardSize(),
        serialization.allowSymlinks(),
        serialization.ignorePaths(),
        sorted);
  }

  /**
   * The statement of a manifest as JSON in UTF-8. The same values give the same bytes.
   *
   * @param name of the model's directory or file
   */
  public static byte[] statement(String name, ModelManifest manifest) {
    ObjectNode statement = JSON.createObjectNode();
    statement.put("_type", StatementReader.STATEMENT_TYPE);
    statement
        .putArray("subject")
        .addObject()
        .put("name", name)
        .putObject("digest")
        .put("sha256", manifest.rootDigest());
    statement.put("predicateType", PredicateTypes.MODEL_SIGNATURE);
    ObjectNode predicate = statement.putObject("predicate");
    ArrayNode resources = predicate.putArray("resources");
    for (Resource resource : manifest.resources()) {
      resources
          .addObject()
          .put("name", resource.name())
          .put("digest", resource.digest())
          .put("algorithm", manifest.hashType().identifier());
    }
    ObjectNode serialization = predicate.putObject("serialization");
    serialization.put("method", manifest.shardSize().isPresent() ? "shards" : "files");
    serialization.put("hash_type", manifest.hashType().identifier());
    manifest.shardSize().ifPresent(size -> serialization.put("shard_size", size));
    serialization.put("allow_symlinks", manifest.allowSymlinks());
    ArrayNode ignorePaths = serialization.putArray("ignore_paths");
    manifest.ignorePaths().forEach(ignorePaths::add);
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(statement);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings is always JSON", e);
    }
  }

  /** Everything that is no directory and not ignored, in no order. */
  private static List<Path> files(Path root, Set<String> ignored, boolean allowSymlinks)
      throws IOException {
    Path real = root.toRealPath();
    var files = new ArrayList<Path>();
    Files.walkFileTree(
        root,
        allowSymlinks ? Set.of(FileVisitOption.FOLLOW_LINKS) : Set.of(),
        Integer.MAX_VALUE,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            if (ignored.contains(name(root, folder))) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            if (Files.isSymbolicLink(folder) && !folder.toRealPath().startsWith(real)) {
              throw outside(folder);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!ignored.contains(name(root, file))) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (ignored.contains(name(root, file))) {
              return FileVisitResult.CONTINUE;
            }
            throw e instanceof FileSystemLoopException
                ? new FileSystemException(
                    file.toString(), null, "is a symbolic link back to a folder above it")
                : e;
          }
        });
    return files;
  }

  private static FileSystemException outside(Path link) {
    return new FileSystemException(
        link.toString(), null, "is a symbolic link that leads out of the model");
  }

  private static ModelManifest hashed(
      Path folder, List<Path> files, List<String> ignored, Serialization serialization)
      throws IOException {
    LocalRepository repository = LocalRepository.of(folder);
    boolean allowSymlinks = serialization.allowSymlinks() || repository.cached();
    Path linkRoot = repository.cached() ? repository.root() : folder.toRealPath();
    DigestSeries series = new DigestSeries(serialization.hashType(), serialization.shardSize());
    try (Storage storage = new LocalStorage(repository.root())) {
      var found = new ArrayList<HubFile>();
      for (Path file : files) {
        checkLink(file, allowSymlinks, linkRoot);
        HubFile hubFile = file(storage, repository, file, name(folder, file));
        checkShards(file, hubFile.size(), serialization.shardSize());
        found.add(hubFile);
      }
      var resources = new ArrayList<Resource>();
      for (ShardedFile scanned : ParallelScanner.scanSharded(storage, found, series)) {
        resources.addAll(resources(scanned, serialization.shardSize()));
      }
      if (resources.isEmpty()) {
        throw new FileSystemException(folder.toString(), null, "has empty files alone, no shards");
      }
      return manifest(
          resources,
          new Serialization(series.hashType(), series.shardSize(), allowSymlinks, ignored));
    }
  }

  private static void checkLink(Path file, boolean allowSymlinks, Path linkRoot)
      throws IOException {
    if (!Files.isSymbolicLink(file)) {
      return;
    }
    if (!allowSymlinks) {
      throw new FileSystemException(
          file.toString(), null, "is a symbolic link, and links are not allowed");
    }
    if (Files.exists(file) && !file.toRealPath().startsWith(linkRoot)) {
      throw outside(file);
    }
  }

  private static void checkShards(Path file, long size, Optional<Long> shardSize)
      throws IOException {
    if (shardSize.isPresent() && size / shardSize.get() >= OnePassHasher.MAX_SHARDS) {
      throw new FileSystemException(
          file.toString(),
          null,
          "would have more than " + OnePassHasher.MAX_SHARDS + " shards, choose larger ones");
    }
  }

  private static HubFile file(Storage storage, LocalRepository repository, Path file, String name)
      throws IOException {
    if (!CanonicalPath.isCanonical(name) || name.indexOf('\uFFFD') >= 0) {
      throw new FileSystemException(file.toString(), null, "has a name that is not UTF-8");
    }
    Storage.Entry entry = storage.stat(repository.directory() + "/" + name);
    if (entry.type() != Storage.Type.FILE) {
      throw new FileSystemException(
          file.toString(), null, entry.problem().orElse("is a link to a directory"));
    }
    return new HubFile(
        "",
        "",
        entry.path(),
        name,
        entry.size(),
        // Signed as bytes, whatever it is.
        FileKind.OTHER,
        entry.etag(),
        entry.modified(),
        Optional.empty(),
        false,
        entry.changed());
  }

  private static List<Resource> resources(ShardedFile sharded, Optional<Long> shardSize)
      throws IOException {
    ScannedFile file = sharded.file();
    String name = file.file().name();
    if (file.pointer().isPresent()) {
      throw new FileSystemException(
          name, null, "is a pointer file, its content is not here; fetch it with git lfs pull");
    }
    if (file.sha256().isEmpty()) {
      throw new IOException(file.problem().map(Problem::detail).orElse(name + " can't be read"));
    }
    var resources = new ArrayList<Resource>();
    long start = 0;
    for (String digest : sharded.shards()) {
      Optional<Long> end =
          shardSize.isPresent()
              ? Optional.of(Math.min(start + shardSize.get(), file.file().size()))
              : Optional.empty();
      resources.add(new Resource(name, start, end, digest));
      start = end.orElse(0L);
    }
    return resources;
  }

  private static String name(Path root, Path file) {
    return root.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
  }
}
