package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.QuantizationClaim;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.digest.FileScanner;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.WeightsFormat;
import dev.weighmaster.format.WeightsHeader;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Split;
import dev.weighmaster.format.WeightsSummary.TypeCount;
import dev.weighmaster.format.gguf.GgufHeader;
import dev.weighmaster.format.gguf.GgufTensor;
import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.format.gguf.LlamaFileType;
import dev.weighmaster.format.safetensors.SafetensorsHeader;
import dev.weighmaster.format.safetensors.SafetensorsTensor;
import dev.weighmaster.format.safetensors.ShardIndexReader;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.LfsPointer;
import dev.weighmaster.hub.LfsPointerReader;
import dev.weighmaster.hub.PieceName;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.SignatureCheck;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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
  private static final class Inspector {
    private final Path file;
    private final ObjectNode shown = JsonNodeFactory.instance.objectNode();

    Inspector(Path file, long size) {
      this.file = file;
      shown.put("file", file.toString());
      shown.put("size", size);
    }

    Inspection weights(WeightsFormat format) throws IOException {
      boolean piece = PieceName.of(file.toAbsolutePath().getFileName().toString()).isPresent();
      WeightsHeader header = read(source -> format.read(source, piece));
      WeightsSummary summary = header.summary();
      put(summary);
      if (header instanceof GgufHeader gguf) {
        put(gguf, summary);
      } else if (header instanceof SafetensorsHeader safetensors) {
        put(safetensors, summary);
      } else {
        putTypes(summary);
      }
      return new Inspection(shown, Optional.empty());
    }

    private void put(GgufHeader header, WeightsSummary summary) {
      shown.put("byte_order", header.bigEndian() ? "big-endian" : "little-endian");
      shown.put("alignment", header.alignment());
      shown.put("data_offset", header.dataOffset());
      shown.put("trailing_bytes", header.trailingBytes());
      header
          .find("general.file_type")
          .ifPresent(claim -> shown.put("file_type_claim", fileType(claim)));
      putTypes(summary);
      ArrayNode metadata = shown.putArray("metadata");
      for (GgufHeader.Entry entry : header.metadata()) {
        ObjectNode node = metadata.addObject();
        node.put("key", entry.key());
        node.put("type", typeOf(entry.value()));
        putValue(node, entry.value());
      }
      ArrayNode tensors = shown.putArray("tensors");
      for (GgufTensor tensor : header.tensors()) {
        putTensor(
            tensors,
            tensor.name(),
            tensor.type().name(),
            tensor.shape(),
            tensor.offset(),
            tensor.bytes());
      }
    }

    private void put(SafetensorsHeader header, WeightsSummary summary) {
      shown.put("data_offset", header.dataOffset());
      putTypes(summary);
      ArrayNode metadata = shown.putArray("metadata");
      for (SafetensorsHeader.Entry entry : header.metadata()) {
        metadata
            .addObject()
            .put("key", entry.key())
            .put("value", entry.truncated() ? entry.value() + "…" : entry.value());
      }
      ArrayNode tensors = shown.putArray("tensors");
      for (SafetensorsTensor tensor : header.tensors()) {
        putTensor(
            tensors,
            tensor.name(),
            tensor.type().name(),
            tensor.shape(),
            tensor.offset(),
            tensor.bytes());
      }
    }

    Inspection index() throws IOException {
      shown.put("format", "index of a safetensors set");
      ArrayNode files = shown.putArray("files");
      for (String name : read(ShardIndexReader::read).files()) {
        files
            .addObject()
            .put("name", name)
            .put("present", Files.isRegularFile(file.resolveSibling(name)));
      }
      return new Inspection(shown, Optional.empty());
    }

    Inspection sidecar(Optional<TrustPolicy> policy) throws IOException {
      byte[] content;
      try (InputStream in = Files.newInputStream(file)) {
        content = in.readNBytes(FileScanner.MAX_CAPTURED + 1);
      }
      String sha256 = Sha256Hex.of(content);
      shown.put("format", "signature or attestation");
      shown.put("sha256", sha256);
      String name = file.toAbsolutePath().getFileName().toString();
      List<CheckedStatement> checked =
          new BundleVerifier(policy.orElseGet(TrustPolicy::none))
              .check("", "", name, content, sha256);
      ArrayNode statements = shown.putArray("statements");
      Optional<Problem> first = Optional.empty();
      for (CheckedStatement statement : checked) {
        Optional<Problem> problem =
            statement
                .signature()
                .failure()
                .filter(
                    failure -> policy.isPresent() || failure.reason() == Reason.MALFORMED_BUNDLE);
        ObjectNode node = statements.addObject();
        if (checked.size() > 1) {
          node.put("line", statement.line());
        }
        put(node, statement, policy.isPresent(), problem);
        first = first.or(() -> problem);
      }
      return new Inspection(shown, first);
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

    private void put(WeightsSummary summary) {
      shown.put("format", summary.format());
      shown.put("role", lower(summary.role()));
      put(shown, "architecture", summary.architecture());
      put(shown, "method", summary.method());
      summary.split().ifPresent(split -> put(shown.putObject("split"), split));
      long elements = summary.types().stream().mapToLong(TypeCount::elements).sum();
      long bytes = summary.types().stream().mapToLong(TypeCount::bytes).sum();
      shown.put("parameters", elements);
      if (elements > 0) {
        shown.put("bits_per_weight", Math.round(bytes * 800.0 / elements) / 100.0);
      }
      put(shown, "source_models", summary.sourceModels());
      put(shown, "base_models", summary.baseModels());
    }

    private static void put(ObjectNode node, Split split) {
      node.put("part", split.index() + 1L);
      node.put("of", split.count());
      split.tensors().ifPresent(tensors -> node.put("tensors_of_set", tensors));
    }

    private void putTypes(WeightsSummary summary) {
      ArrayNode types = shown.putArray("tensors_by_type");
      for (TypeCount type : summary.types()) {
        types
            .addObject()
            .put("type", type.type())
            .put("quantized", type.quantized())
            .put("tensors", type.tensors())
            .put("elements", type.elements())
            .put("bytes", type.bytes());
      }
    }

    private static void putTensor(
        ArrayNode tensors, String name, String type, List<Long> shape, long offset, long bytes) {
      ObjectNode node = tensors.addObject().put("name", name).put("type", type);
      ArrayNode dimensions = node.putArray("shape");
      shape.forEach(dimensions::add);
      node.put("offset", offset).put("bytes", bytes);
    }

    private static String fileType(GgufValue claim) {
      return claim instanceof GgufValue.Whole whole
          ? LlamaFileType.of(whole.value()).map(Enum::name).orElse("unknown, " + whole.display())
          : "no number";
    }

    private static String typeOf(GgufValue value) {
      return value instanceof GgufValue.Array array
          ? array.elementType() + "[" + array.count() + "]"
          : value.type().name();
    }

    private static void putValue(ObjectNode node, GgufValue value) {
      if (value instanceof GgufValue.Array array) {
        ArrayNode elements = node.putArray("value");
        array.first().forEach(element -> elements.add(element.display()));
      } else if (value instanceof GgufValue.Whole whole) {
        node.put("value", new BigInteger(whole.display()));
      } else if (value instanceof GgufValue.Real real) {
        node.put("value", Double.parseDouble(real.display()));
      } else if (value instanceof GgufValue.Bool bool) {
        node.put("value", bool.value());
      } else {
        node.put("value", value.display());
      }
    }

    private static void put(
        ObjectNode node, CheckedStatement statement, boolean checked, Optional<Problem> problem) {
      put(node, "predicate_type", statement.predicateType());
      put(node, "statement_digest", statement.statementSha256());
      put(node.putObject("signature"), statement.signature(), checked, problem);
      statement.claim().ifPresent(claim -> put(node.putObject("claim"), claim));
      statement.manifest().ifPresent(manifest -> put(node.putObject("manifest"), manifest));
      if (statement.manifest().isEmpty() && !statement.subjects().isEmpty()) {
        put(node.putArray("subjects"), statement.subjects());
      }
    }

    private static String result(SignatureCheck signature, boolean checked) {
      if (signature.method().isEmpty()) {
        return "no signature";
      }
      if (!checked) {
        return "signature not checked";
      }
      if (signature.holds()) {
        return "holds";
      }
      // No trust root of the policy can tell: the signature may well hold under another.
      boolean nobodyCanTell =
          signature.failure().map(Problem::reason).equals(Optional.of(Reason.SIGNER_NOT_TRUSTED));
      return nobodyCanTell ? "can't be checked" : "does not hold";
    }

    private static void put(
        ObjectNode node, SignatureCheck signature, boolean checked, Optional<Problem> problem) {
      put(node, "method", signature.method().map(Inspector::lower));
      node.put("result", result(signature, checked));
      problem.ifPresent(
          found -> node.put("reason", found.reason().name()).put("detail", found.detail()));
      if (checked) {
        put(node, "identity", signature.signer().map(Signer::identity));
        put(node, "issuer", signature.signer().map(Signer::issuer).filter(i -> !i.isEmpty()));
        put(node, "trust_root", signature.signer().map(Signer::root));
        signature.logIndex().ifPresent(index -> node.put("log_index", index));
        put(node, "signed_at", signature.signedAt().map(Object::toString));
      }
    }

    private static void put(ObjectNode node, QuantizationClaim claim) {
      put(node, "source_model", claim.sourceModel());
      put(node, "source_revision", claim.sourceRevision());
      put(node, "source_sha256", claim.sourceSha256());
      put(node, "source_signature_sha256", claim.signatureSha256());
      put(node, "source_signer_identity", claim.signatureIdentity());
      put(node, "source_signer_issuer", claim.signatureIssuer());
      put(node, "format", claim.format());
      put(node, "method", claim.method());
      put(node, "tool", claim.tool());
      put(node, "tool_version", claim.toolVersion());
      put(node, "produced_at", claim.producedAt());
      if (!claim.sourceFiles().isEmpty()) {
        put(node.putArray("source_files"), claim.sourceFiles());
      }
    }

    private static void put(ArrayNode nodes, List<Subject> subjects) {
      for (Subject subject : subjects) {
        put(nodes.addObject().put("name", subject.name()), "sha256", subject.sha256());
      }
    }

    private static void put(ObjectNode node, ModelManifest manifest) {
      node.put("root_digest", manifest.rootDigest());
      node.put("hash_type", manifest.hashType().identifier());
      manifest.shardSize().ifPresent(size -> node.put("shard_size", size));
      node.put("allow_symlinks", manifest.allowSymlinks());
      put(node, "ignore_paths", manifest.ignorePaths());
      ArrayNode files = node.putArray("files");
      for (Resource resource : manifest.resources()) {
        ObjectNode file = files.addObject().put("path", resource.path());
        resource.end().ifPresent(end -> file.put("start", resource.start()).put("end", end));
        file.put("digest", resource.digest());
      }
    }

    private static void put(ObjectNode node, String name, Optional<String> value) {
      value.ifPresent(present -> node.put(name, present));
    }

    private static void put(ObjectNode node, String name, List<String> values) {
      if (!values.isEmpty()) {
        ArrayNode array = node.putArray(name);
        values.forEach(array::add);
      }
    }

    private static String lower(Enum<?> value) {
      return value.name().toLowerCase(Locale.ROOT);
    }
  }
}
