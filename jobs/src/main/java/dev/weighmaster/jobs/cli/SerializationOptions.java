package dev.weighmaster.jobs.cli;

import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.sign.Serialization;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a model that is to be signed is enumerated and hashed. */
final class SerializationOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--hash",
      paramLabel = "HASH",
      defaultValue = "sha256",
      description =
          "The hash of the files: sha256 (the default), blake2b (512 bits) or blake3. Every verifier"
              + " knows sha256, some know the others.")
  private String hash;

  @Option(
      names = "--shard-size",
      paramLabel = "BYTES",
      description =
          "Hashes files in shards of so many bytes instead of whole; the specification suggests"
              + " 1000000000.")
  private Optional<Long> shardSize;

  @Option(
      names = "--ignore-path",
      paramLabel = "PATH",
      description =
          "A file or folder, relative to DIR, that is not signed but recorded as ignored, with what"
              + " is below it. Can be given several times.")
  private List<Path> ignorePaths = new ArrayList<>();

  @Option(
      names = "--allow-symlinks",
      description =
          "Signs what symbolic links within DIR lead to, by the links' own names, and records that"
              + " they were followed. A link that leads elsewhere or in a circle is an error.")
  private boolean allowSymlinks;

  /**
   * The options as the signer takes them.
   *
   * @throws ParameterException if one makes no sense
   */
  Serialization serialization() {
    HashType hashType =
        HashType.of(hash)
            .orElseThrow(() -> nonsense("--hash " + hash + ": give sha256, blake2b or blake3"));
    if (shardSize.isPresent() && shardSize.get() <= 0) {
      throw nonsense("--shard-size " + shardSize.get() + ": a shard has at least one byte");
    }
    return new Serialization(
        hashType, shardSize, allowSymlinks, ignorePaths.stream().map(this::canonical).toList());
  }

  private String canonical(Path path) {
    Path normal = path.normalize();
    String canonical = normal.toString().replace(normal.getFileSystem().getSeparator(), "/");
    if (!CanonicalPath.isIgnorable(canonical)) {
      throw nonsense(
          "--ignore-path " + path + ": give a path below the model's folder, without * ? and [");
    }
    return canonical;
  }

  private ParameterException nonsense(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
