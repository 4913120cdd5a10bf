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
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.io.ChangedDuringReadException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
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
  private static final int READ_BYTES = 1 << 20;

  private ModelSigner() {}

  /**
   * Enumerates and hashes a model.
   *
   * <p>Symbolic links are errors; in a snapshot of a Hugging Face cache, which is made of them,
   * they are followed as long as they stay inside the repository's folder of the cache.
   *
   * @param model a directory or a single file
   * @param signature where the signature will be, if it is inside the model
   * @param sidecar whether a file of a name, relative to the model, is a signature or attestation;
   *     such files are left out and recorded as ignored
   * @throws IOException if a file can't be read, is a link, or has a name that is not UTF-8; or if
   *     there are no files
   */
  public static ModelManifest enumerate(
      Path model, Optional<Path> signature, Predicate<String> sidecar) throws IOException {
    if (Files.isRegularFile(model)) {
      String name = String.valueOf(model.getFileName());
      return manifest(
          List.of(new Resource(name, 0, Optional.empty(), sha256(model))), List.of(), false);
    }
    Optional<Path> cache = cacheRepository(model);
    var ignored = new TreeSet<String>(CanonicalPath.CODE_POINT_ORDER);
    ignored.addAll(DEFAULT_EXCLUSIONS);
    Path root = model.toAbsolutePath().normalize();
    signature
        .map(path -> path.toAbsolutePath().normalize())
        .filter(path -> path.startsWith(root))
        .ifPresent(path -> ignored.add(name(root, path)));
    var resources = new ArrayList<Resource>();
    for (Path file : files(root)) {
      String name = name(root, file);
      if (sidecar.test(name)) {
        ignored.add(name);
      }
      if (!ignored.contains(name)) {
        resources.add(resource(file, name, cache));
      }
    }
    if (resources.isEmpty()) {
      throw new FileSystemException(model.toString(), null, "has no files to sign");
    }
    return manifest(resources, List.copyOf(ignored), cache.isPresent());
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
        if (DEFAULT_EXCLUSIONS.contains(name(root, child))) {
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

  private static Resource resource(Path file, String name, Optional<Path> cache)
      throws IOException {
    if (!CanonicalPath.isCanonical(name) || name.indexOf('\uFFFD') >= 0) {
      throw new FileSystemException(file.toString(), null, "has a name that is not UTF-8");
    }
    if (Files.isSymbolicLink(file)) {
      if (cache.isEmpty()) {
        throw new FileSystemException(
            file.toString(), null, "is a symbolic link, which a model must not have");
      }
      if (!file.toRealPath().startsWith(cache.get())) {
        throw new FileSystemException(
            file.toString(), null, "is a symbolic link to outside the cache's repository");
      }
    }
    return new Resource(name, 0, Optional.empty(), sha256(file));
  }

  /** The folder {@code models--org--name} of a cache, if the model is one of its snapshots. */
  private static Optional<Path> cacheRepository(Path model) throws IOException {
    Path real = model.toRealPath();
    boolean snapshot =
        real.getNameCount() > 2
            && real.getParent().endsWith("snapshots")
            && String.valueOf(real.getParent().getParent().getFileName()).startsWith("models--");
    return snapshot ? Optional.of(real.getParent().getParent()) : Optional.empty();
  }

  private static String name(Path root, Path file) {
    return root.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
  }

  private static String sha256(Path file) throws IOException {
    BasicFileAttributes before = Files.readAttributes(file, BasicFileAttributes.class);
    if (!before.isRegularFile()) {
      throw new FileSystemException(file.toString(), null, "is no regular file");
    }
    MessageDigest sha256 = Sha256Hex.newDigest();
    byte[] buffer = new byte[READ_BYTES];
    long size = 0;
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        sha256.update(buffer, 0, read);
        size += read;
      }
    }
    BasicFileAttributes after = Files.readAttributes(file, BasicFileAttributes.class);
    if (size != before.size() || !before.lastModifiedTime().equals(after.lastModifiedTime())) {
      throw new ChangedDuringReadException(file + " changed while it was being hashed");
    }
    return HexFormat.of().formatHex(sha256.digest());
  }
}
