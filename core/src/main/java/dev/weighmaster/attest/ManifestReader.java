package dev.weighmaster.attest;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.verdict.Quoted;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The manifests of OMS 1.0 (section 5.2) and of its version 0.2.0 (section 11). */
final class ManifestReader {
  /** Decimal without leading zeros, of at most 18 digits, so that it fits a long. */
  private static final Pattern SHARD_NAME =
      Pattern.compile("(.*):(0|[1-9][0-9]{0,17}):(0|[1-9][0-9]{0,17})", Pattern.DOTALL);

  private static final Pattern HEXADECIMAL = Pattern.compile("[0-9a-f]+");

  private static final Comparator<Resource> BY_PATH_THEN_START =
      Comparator.comparing(Resource::path, CanonicalPath.NAME_BY_NAME)
          .thenComparingLong(Resource::start);

  private ManifestReader() {}

  static ModelManifest signature(JsonFields statement) throws MalformedJsonException {
    JsonFields predicate = statement.object("predicate");
    JsonFields serialization = predicate.object("serialization");
    HashType hashType = hashType(serialization);
    Optional<Long> shardSize = shardSize(serialization);
    List<Resource> resources = resources(predicate, hashType, shardSize);
    if (shardSize.isPresent()) {
      checkShards(predicate, resources, shardSize.get());
    }
    checkRoot(predicate, "resources", resources);
    // The schemas close both, so that nothing signed is passed over unread.
    predicate.mustOnlyHave(Set.of("resources", "serialization"));
    serialization.mustOnlyHave(
        Set.of("method", "hash_type", "shard_size", "allow_symlinks", "ignore_paths"));
    var manifest =
        new ModelManifest(
            RootDigest.of(resources),
            hashType,
            shardSize,
            serialization.bool("allow_symlinks"),
            ignorePaths(serialization),
            resources);
    checkSubject(statement, manifest.rootDigest());
    return manifest;
  }

  static ModelManifest digests(JsonFields statement) throws MalformedJsonException {
    var resources = new ArrayList<Resource>();
    for (JsonFields subject : statement.objects("subject")) {
      String algorithm = subject.object("annotations").string("actual_hash_algorithm");
      if (!algorithm.equals("file-sha256")) {
        throw subject.malformed(
            "annotations.actual_hash_algorithm",
            "is " + Quoted.of(algorithm) + ", expected \"file-sha256\"");
      }
      String path = resourcePath(subject, subject.string("name"));
      resources.add(
          new Resource(path, 0, Optional.empty(), subject.object("digest").sha256("sha256")));
    }
    resources.sort(Comparator.comparing(Resource::path, CanonicalPath.CODE_POINT_ORDER));
    checkRoot(statement, "subject", resources);
    for (int i = 1; i < resources.size(); i++) {
      if (resources.get(i).path().equals(resources.get(i - 1).path())) {
        throw statement.malformed("subject", "names " + quotedPath(resources.get(i)) + " twice");
      }
    }
    return new ModelManifest(
        RootDigest.of(resources), HashType.SHA256, Optional.empty(), false, List.of(), resources);
  }

  private static HashType hashType(JsonFields serialization) throws MalformedJsonException {
    String identifier = serialization.string("hash_type");
    return HashType.of(identifier)
        .orElseThrow(
            () ->
                serialization.malformed(
                    "hash_type",
                    "is " + Quoted.of(identifier) + ", expected sha256, blake2b or blake3"));
  }

  private static Optional<Long> shardSize(JsonFields serialization) throws MalformedJsonException {
    Optional<Long> shardSize = serialization.optionalInteger("shard_size");
    String method = serialization.string("method");
    switch (method) {
      case "files" -> {
        if (shardSize.isPresent()) {
          throw serialization.malformed("shard_size", "must be absent for the method files");
        }
      }
      case "shards" -> {
        if (shardSize.isEmpty() || shardSize.get() <= 0) {
          throw serialization.malformed("shard_size", "must be positive for the method shards");
        }
      }
      default ->
          throw serialization.malformed(
              "method", "is " + Quoted.of(method) + ", expected files or shards");
    }
    return shardSize;
  }

  private static List<Resource> resources(
      JsonFields predicate, HashType hashType, Optional<Long> shardSize)
      throws MalformedJsonException {
    var resources = new ArrayList<Resource>();
    boolean byName = true;
    boolean byPath = true;
    String lastName = "";
    for (JsonFields item : predicate.objects("resources")) {
      String name = item.string("name");
      Resource resource = resource(item, name, digest(item, hashType), shardSize.isPresent());
      if (!resources.isEmpty()) {
        Resource last = resources.get(resources.size() - 1);
        byName &= CanonicalPath.CODE_POINT_ORDER.compare(lastName, name) < 0;
        byPath &= BY_PATH_THEN_START.compare(last, resource) < 0;
        if (!byName && !byPath) {
          throw item.malformed("name", "is not after the name before it, as the order asks");
        }
      }
      lastName = name;
      resources.add(resource);
    }
    if (resources.isEmpty()) {
      throw predicate.malformed("resources", "is missing or empty");
    }
    return resources;
  }

  private static String digest(JsonFields item, HashType hashType) throws MalformedJsonException {
    String algorithm = item.string("algorithm");
    if (!algorithm.equals(hashType.identifier())) {
      throw item.malformed(
          "algorithm", "is " + Quoted.of(algorithm) + ", not hash_type " + hashType.identifier());
    }
    String digest = item.string("digest");
    if (digest.length() != hashType.hexDigits() || !HEXADECIMAL.matcher(digest).matches()) {
      throw item.malformed(
          "digest", "must be " + hashType.hexDigits() + " lower-case hexadecimal digits");
    }
    return digest;
  }

  private static Resource resource(JsonFields item, String name, String digest, boolean sharded)
      throws MalformedJsonException {
    if (!sharded) {
      return new Resource(resourcePath(item, name), 0, Optional.empty(), digest);
    }
    Matcher shard = SHARD_NAME.matcher(name);
    if (!shard.matches()) {
      throw item.malformed("name", "is " + Quoted.of(name) + ", expected path:start:end");
    }
    return new Resource(
        resourcePath(item, shard.group(1)),
        Long.parseLong(shard.group(2)),
        Optional.of(Long.parseLong(shard.group(3))),
        digest);
  }

  /** Section 6.3.2: consecutive ranges from 0, each of the shard size but a shorter last one. */
  private static void checkShards(JsonFields predicate, List<Resource> resources, long shardSize)
      throws MalformedJsonException {
    List<Resource> ordered = resources.stream().sorted(BY_PATH_THEN_START).toList();
    Optional<Resource> last = Optional.empty();
    for (Resource shard : ordered) {
      boolean continues = last.isPresent() && last.get().path().equals(shard.path());
      long expectedStart = continues ? last.get().end().orElseThrow() : 0;
      long length = shard.end().orElseThrow() - shard.start();
      boolean lastWasFull = !continues || length(last.get()) == shardSize;
      if (shard.start() != expectedStart || length <= 0 || length > shardSize || !lastWasFull) {
        throw predicate.malformed(
            "resources", "does not cover " + quotedPath(shard) + " in shards of " + shardSize);
      }
      last = Optional.of(shard);
    }
  }

  private static long length(Resource shard) {
    return shard.end().orElseThrow() - shard.start();
  }

  /** A model that is a file has no others. */
  private static void checkRoot(JsonFields fields, String name, List<Resource> resources)
      throws MalformedJsonException {
    if (resources.stream().map(Resource::path).distinct().count() > 1
        && resources.stream().anyMatch(each -> each.path().equals(Resource.ROOT))) {
      throw fields.malformed(name, "has the path \".\", which is not canonical, beside others");
    }
  }

  private static List<String> ignorePaths(JsonFields serialization) throws MalformedJsonException {
    List<String> paths = serialization.strings("ignore_paths");
    for (String path : paths) {
      canonicalPath(serialization, "ignore_paths", path);
      if (!CanonicalPath.isIgnorable(path)) {
        throw serialization.malformed("ignore_paths", "has a glob character in " + Quoted.of(path));
      }
    }
    return paths;
  }

  private static void checkSubject(JsonFields statement, String rootDigest)
      throws MalformedJsonException {
    List<JsonFields> subjects = statement.objects("subject");
    if (subjects.size() != 1) {
      throw statement.malformed("subject", "has " + subjects.size() + " entries, expected one");
    }
    if (subjects.get(0).string("name").isEmpty()) {
      throw subjects.get(0).malformed("name", "is empty");
    }
    String subjectDigest = subjects.get(0).object("digest").sha256("sha256");
    if (!subjectDigest.equals(rootDigest)) {
      throw subjects
          .get(0)
          .malformed("digest", "is " + subjectDigest + ", but the resources hash to " + rootDigest);
    }
  }

  private static String resourcePath(JsonFields item, String path) throws MalformedJsonException {
    return path.equals(Resource.ROOT) ? path : canonicalPath(item, "name", path);
  }

  private static String canonicalPath(JsonFields fields, String name, String path)
      throws MalformedJsonException {
    if (!CanonicalPath.isCanonical(path)) {
      throw fields.malformed(name, "has a path that is not canonical: " + Quoted.of(path));
    }
    return path;
  }

  private static String quotedPath(Resource resource) {
    return Quoted.of(resource.path());
  }
}
