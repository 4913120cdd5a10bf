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
import dev.weighmaster.digest.ParallelScanner;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.LocalRepository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.verdict.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Makes the statement of a model signature: OMS 1.0, sections 5 and 6, by the method files. */
public final class ModelSigner {
  /** What is never a part of a model, at its top (section 6.2). */
  public static final Set<String> DEFAULT_EXCLUSIONS =
      Set.of(".git", ".gitignore", ".gitattributes", ".github");

  private static final JsonMapper JSON = new JsonMapper();

  /** What {@code hf download} leaves at the top, which an inventory does not count either. */
  private static final String DOWNLOADER_CACHE = ".cache";

  private ModelSigner() {}

  /**
   * Enumerates and hashes a model.
   *
   * <p>Several files are hashed at once. Symbolic links are errors; in a snapshot of a Hugging Face
   * cache, which is made of them, they are followed as long as they stay inside the repository's
   * folder of the cache.
   *
   * @param model a directory or a single file
   * @param signature where the signature will be, if it is inside the model
   * @param sidecar whether a file of a name, relative to the model, is a signature or attestation;
   *     such files are left out and recorded as ignored
   * @throws IOException if a file can't be read, is a link or a Git LFS pointer, or has a name that
   *     is not UTF-8; or if there are no files
   */
  public static ModelManifest enumerate(
      Path model, Optional<Path> signature, Predicate<String> sidecar) throws IOException {
    Path root = model.toAbsolutePath().normalize();
    if (Files.isRegularFile(root)) {
      return hashed(root.getParent(), List.of(root), List.of());
    }
    var ignored = new TreeSet<String>(CanonicalPath.CODE_POINT_ORDER);
    ignored.addAll(DEFAULT_EXCLUSIONS);
    if (Files.exists(root.resolve(DOWNLOADER_CACHE))) {
      ignored.add(DOWNLOADER_CACHE);
    }
    signature
        .map(path -> path.toAbsolutePath().normalize())
        .filter(path -> path.startsWith(root))
        .ifPresent(path -> ignored.add(name(root, path)));
    var files = new ArrayList<Path>();
    for (Path file : files(root)) {
      String name = name(root, file);
      if (sidecar.test(name)) {
        ignored.add(name);
      }
      if (!ignored.contains(name)) {
        files.add(file);
      }
    }
    if (files.isEmpty()) {
      throw new FileSystemException(model.toString(), null, "has no files to sign");
    }
    return hashed(root, files, List.copyOf(ignored));
  }

  /**
   * The manifest of files that are hashed already.
   *
   * @param resources whole files, in any order
   */
  public static ModelManifest manifest(
      List<Resource> resources, List<String> ignorePaths, boolean allowSymlinks) {
    List<Resource> sorted =
        resources.stream()
            .sorted(Comparator.comparing(Resource::path, CanonicalPath.CODE_POINT_ORDER))
            .toList();
    return new ModelManifest(
        RootDigest.of(sorted), "sha256", Optional.empty(), allowSymlinks, ignorePaths, sorted);
  }

  /**
   * The statement of a manifest by the method files, as JSON in UTF-8. The same values give the
   * same bytes.
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
          .put("name", resource.path())
          .put("digest", resource.digest())
          .put("algorithm", manifest.hashType());
    }
    ObjectNode serialization = predicate.putObject("serialization");
    serialization.put("method", "files");
    serialization.put("hash_type", manifest.hashType());
    serialization.put("allow_symlinks", manifest.allowSymlinks());
    ArrayNode ignorePaths = serialization.putArray("ignore_paths");
    manifest.ignorePaths().forEach(ignorePaths::add);
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(statement);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings is always JSON", e);
    }
  }

  /** Everything that is no directory, without what is excluded at the top. */
  private static List<Path> files(Path root) throws IOException {
    var files = new ArrayList<Path>();
    try (Stream<Path> children = Files.list(root)) {
      for (Path child : children.sorted().toList()) {
        String name = name(root, child);
        if (DEFAULT_EXCLUSIONS.contains(name) || name.equals(DOWNLOADER_CACHE)) {
          continue;
        }
        try (Stream<Path> tree = Files.walk(child)) {
          tree.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
              .forEach(files::add);
        } catch (UncheckedIOException e) {
          throw e.getCause();
        }
      }
    }
    return files;
  }

  private static ModelManifest hashed(Path folder, List<Path> files, List<String> ignored)
      throws IOException {
    LocalRepository repository = LocalRepository.of(folder);
    try (Storage storage = new LocalStorage(repository.root())) {
      var found = new ArrayList<HubFile>();
      for (Path file : files) {
        found.add(file(storage, repository, file, name(folder, file)));
      }
      var resources = new ArrayList<Resource>();
      for (ScannedFile scanned : ParallelScanner.scan(storage, found, List.of())) {
        resources.add(resource(scanned));
      }
      return manifest(resources, ignored, repository.cached());
    }
  }

  private static HubFile file(Storage storage, LocalRepository repository, Path file, String name)
      throws IOException {
    if (!CanonicalPath.isCanonical(name) || name.indexOf('\uFFFD') >= 0) {
      throw new FileSystemException(file.toString(), null, "has a name that is not UTF-8");
    }
    if (Files.isSymbolicLink(file)) {
      if (!repository.cached()) {
        throw new FileSystemException(
            file.toString(), null, "is a symbolic link, which a model must not have");
      }
      if (!file.toRealPath().startsWith(repository.root())) {
        throw new FileSystemException(
            file.toString(), null, "is a symbolic link to outside the cache's repository");
      }
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
        Optional.empty());
  }

  private static Resource resource(ScannedFile file) throws IOException {
    String name = file.file().name();
    if (file.pointer().isPresent()) {
      throw new FileSystemException(
          name, null, "is a Git LFS pointer, its content is not here; fetch it with git lfs pull");
    }
    if (file.sha256().isEmpty()) {
      throw new IOException(file.problem().map(Problem::detail).orElse(name + " can't be read"));
    }
    return new Resource(name, 0, Optional.empty(), file.sha256().get());
  }

  private static String name(Path root, Path file) {
    return root.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
  }
}
