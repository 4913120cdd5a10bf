package dev.weighmaster.jobs.demo;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.QuantizationAttestation;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.sign.ModelSigner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A repository that is being filled.
 *
 * @param name {@code org/name}
 * @param revision empty where the layout has none
 * @param folder that holds its files, or the links to them
 */
record DemoRepository(String name, Optional<String> revision, Path folder) {
  private static final String SIGNATURE = "model.sig";
  private static final String TOOL = "weighmaster/demo";
  private static final String TOOL_VERSION = "1";

  /** A repository in the layout {@code org/name}. */
  static DemoRepository plain(Path hub, String name) throws IOException {
    return new DemoRepository(name, Optional.empty(), Files.createDirectories(hub.resolve(name)));
  }

  /**
   * A repository in the layout of Hugging Face's cache: links to files that lie by their digest.
   */
  static DemoRepository cached(Path hub, String name, String revision) throws IOException {
    Path repository = hub.resolve("models--" + name.replace("/", "--"));
    Files.createDirectories(repository.resolve("blobs"));
    Files.writeString(
        Files.createDirectories(repository.resolve("refs")).resolve("main"), revision);
    return new DemoRepository(
        name,
        Optional.of(revision),
        Files.createDirectories(repository.resolve("snapshots").resolve(revision)));
  }

  DemoRepository put(String file, byte[] content) throws IOException {
    if (revision.isEmpty()) {
      Files.write(folder.resolve(file), content);
      return this;
    }
    Path blob = Path.of("../../blobs", Sha256Hex.of(content));
    Files.write(folder.resolve(blob), content);
    Files.deleteIfExists(folder.resolve(file));
    Files.createSymbolicLink(folder.resolve(file), blob);
    return this;
  }

  DemoRepository put(String file, String content) throws IOException {
    return put(file, content.getBytes(StandardCharsets.UTF_8));
  }

  DemoRepository put(Map<String, byte[]> files) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      put(file.getKey(), file.getValue());
    }
    return this;
  }

  /** Puts a model card that names what this is quantized from. */
  DemoRepository card(String baseModel) throws IOException {
    return put(
        "README.md",
        """
        ---
        license: apache-2.0
        base_model: %s
        base_model_relation: quantized
        ---
        # %s
        """
            .formatted(baseModel, name));
  }

  /** Puts the GGUF file of another repository's model. */
  DemoRepository gguf(DemoRepository source, TensorEncoding encoding) throws IOException {
    return gguf(source, new TinyModel(source.name()), encoding);
  }

  /** Puts the GGUF file of a model that it passes off as another repository's. */
  DemoRepository gguf(DemoRepository source, TinyModel model, TensorEncoding encoding)
      throws IOException {
    return put(encoding.fileName(), model.gguf(name, source.name(), encoding));
  }

  byte[] read(String file) throws IOException {
    return Files.readAllBytes(folder.resolve(file));
  }

  /** The digest that an attestation names the whole model by. */
  String rootDigest() throws IOException {
    return manifest().rootDigest();
  }

  /** Its files as they are now, but for sidecars. */
  ModelManifest manifest() throws IOException {
    return ModelSigner.enumerate(folder, Optional.empty(), DemoRepository::isSidecar);
  }

  /** Signs all files that are here now. */
  DemoRepository signedBy(DemoParty publisher) throws IOException {
    byte[] statement =
        ModelSigner.statement(
            name,
            ModelSigner.enumerate(
                folder, Optional.of(folder.resolve(SIGNATURE)), DemoRepository::isSidecar));
    return put(SIGNATURE, publisher.signer().sign(statement));
  }

  private static boolean isSidecar(String file) {
    return FileKind.of(file) == FileKind.SIDECAR;
  }

  /** Attests that the GGUF file here was quantized from the whole of another repository. */
  DemoRepository attestedBy(DemoParty quantizer, DemoRepository source, TensorEncoding encoding)
      throws IOException {
    return attestedBy(quantizer, source, encoding.name(), encoding.fileName());
  }

  /** Attests that a file here was quantized from the whole of another repository. */
  DemoRepository attestedBy(DemoParty quantizer, DemoRepository source, String method, String file)
      throws IOException {
    return attest(quantizer, source, source.rootDigest(), method, file);
  }

  /** Attests that the GGUF file here was quantized from what has a digest. */
  DemoRepository attestedBy(
      DemoParty quantizer, DemoRepository source, String sourceSha256, TensorEncoding encoding)
      throws IOException {
    return attest(quantizer, source, sourceSha256, encoding.name(), encoding.fileName());
  }

  private DemoRepository attest(
      DemoParty quantizer, DemoRepository source, String sourceSha256, String method, String file)
      throws IOException {
    var attestation =
        new QuantizationAttestation(
            source.name(),
            source.revision(),
            sourceSha256,
            Optional.empty(),
            Optional.of(file.endsWith(".gguf") ? "gguf" : "safetensors"),
            method,
            TOOL,
            Optional.of(TOOL_VERSION),
            Instant.now().truncatedTo(ChronoUnit.SECONDS));
    byte[] statement = attestation.statement(List.of(new Subject(file, Optional.of(sha256(file)))));
    return put(attestationOf(file), quantizer.signer().sign(statement));
  }

  /** The name of the attestation of these weights. */
  static String attestationOf(String weights) {
    return weights + ".quantization.sigstore.json";
  }

  String sha256(String file) throws IOException {
    return Sha256Hex.of(read(file));
  }
}
