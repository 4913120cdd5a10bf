package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.WeightsFormat;
import dev.weighmaster.format.WeightsHeader;
import dev.weighmaster.format.safetensors.ShardIndexReader;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.LfsPointer;
import dev.weighmaster.hub.LfsPointerReader;
import dev.weighmaster.hub.PieceName;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one file says.
 *
 * @param shown the fields in the order in which a person reads them
 * @param problem the first thing that is wrong with a sidecar
 */
record Inspection(ObjectNode shown, Optional<Problem> problem) {
  /**
   * Reads as much of a file as it takes.
   *
   * @param policy to check signatures by
   * @throws IOException if the file is malformed, can't be read, or is of no kind that is known
   */
  static Inspection of(Path file, Optional<TrustPolicy> policy) throws IOException {
    byte[] head;
    try (InputStream in = Files.newInputStream(file)) {
      head = in.readNBytes(LfsPointerReader.MAX_SIZE);
    }
    Optional<LfsPointer> pointer = LfsPointerReader.read(head);
    if (pointer.isPresent()) {
      throw CommandFailure.error(
          file
              + " is a pointer file to "
              + pointer.get().size()
              + " bytes"
              + pointer.get().sha256().map(sha256 -> " of sha256:" + sha256).orElse("")
              + ", which are not here");
    }
    Inspector inspector = new Inspector(file, Files.size(file));
    FileKind kind =
        FileKind.ofHead(head)
            .orElseGet(() -> FileKind.of(file.toAbsolutePath().getFileName().toString()));
    if (kind.format().isPresent()) {
      return inspector.weights(kind.format().get());
    } else if (kind == FileKind.SHARD_INDEX) {
      return inspector.index();
    } else if (kind == FileKind.SIDECAR) {
      return inspector.sidecar(policy);
    }
    throw CommandFailure.error(
        file + " is neither GGUF, safetensors or its index, nor a signature or attestation");
  }

  /** One file. */
  private record Inspector(Path file, long size) {
    Inspection weights(WeightsFormat format) throws IOException {
      boolean piece = PieceName.of(file.toAbsolutePath().getFileName().toString()).isPresent();
      WeightsHeader header = read(source -> format.read(source, piece));
      return new Inspection(
          RecordJson.tree(ShownWeights.of(file.toString(), size, header)), Optional.empty());
    }

    Inspection index() throws IOException {
      List<ShownPart> parts =
          read(ShardIndexReader::read).files().stream()
              .map(name -> new ShownPart(name, Files.isRegularFile(file.resolveSibling(name))))
              .toList();
      return new Inspection(
          RecordJson.tree(
              new ShownIndex(file.toString(), size, "index of a safetensors set", parts)),
          Optional.empty());
    }

    Inspection sidecar(Optional<TrustPolicy> policy) throws IOException {
      byte[] content;
      try (InputStream in = Files.newInputStream(file)) {
        content = in.readNBytes(FileScanner.MAX_CAPTURED + 1);
      }
      String sha256 = Sha256Hex.of(content);
      String name = file.toAbsolutePath().getFileName().toString();
      List<CheckedStatement> checked =
          new BundleVerifier(policy.orElseGet(TrustPolicy::none))
              .check("", "", name, content, sha256);
      List<ShownStatement> statements = new ArrayList<>();
      Optional<Problem> first = Optional.empty();
      for (CheckedStatement statement : checked) {
        Optional<Problem> problem =
            statement
                .signature()
                .failure()
                .filter(
                    failure -> policy.isPresent() || failure.reason() == Reason.MALFORMED_BUNDLE);
        statements.add(
            ShownStatement.of(statement, checked.size() > 1, policy.isPresent(), problem));
        first = first.or(() -> problem);
      }
      return new Inspection(
          RecordJson.tree(
              new ShownSidecar(
                  file.toString(), size, "signature or attestation", sha256, statements)),
          first);
    }

    private interface Reader<T> {
      T read(ByteSource source) throws IOException;
    }

    private <T> T read(Reader<T> reader) throws IOException {
      // Links are followed here: the file is the user's own choice.
      Path real = file.toRealPath();
      try (Storage storage = new LocalStorage(real.getParent());
          ByteSource source = storage.open(storage.stat(real.getFileName().toString()))) {
        return reader.read(source);
      }
    }
  }

  private record ShownIndex(String file, long size, String format, List<ShownPart> files) {}

  private record ShownPart(String name, boolean present) {}

  private record ShownSidecar(
      String file, long size, String format, String sha256, List<ShownStatement> statements) {}
}
