package dev.weighmaster.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.QuantizationAttestation;
import dev.weighmaster.attest.QuantizationAttestation.SourceSignature;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.sign.Serialization;
import dev.weighmaster.trust.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A hub of small models on disk, and the policy that trusts its publisher and its quantizer.
 *
 * @param hub holds the signed model {@code acme/base}, and {@code quants/base-GGUF}, quantized from
 *     it and attested
 */
public record SmallHub(Path hub, Path policy) {
  public static final String SOURCE = "acme/base";
  public static final String QUANTIZED = "quants/base-GGUF";

  /** Asks the audit for more than the files' SHA-256. */
  private static final Serialization BLAKE3_IN_SHARDS =
      new Serialization(HashType.BLAKE3, Optional.of(1000L), false, List.of());

  private static final Instant PRODUCED = Instant.parse("2026-11-22T00:00:00Z");

  /** Writes the hub and the policy into a folder. */
  public static SmallHub write(Path folder) throws IOException, InvalidKeyException {
    SmallHub small = new SmallHub(folder.resolve("hub"), folder.resolve("policy.yaml"));
    KeyPair publisher = TestKeys.generate("secp256r1");
    KeyPair quantizer = TestKeys.generate("secp384r1");
    Files.createDirectories(small.hub);
    Files.write(folder.resolve("acme.pem"), TestKeys.publicPem(publisher));
    Files.write(folder.resolve("quants.pem"), TestKeys.publicPem(quantizer));
    Files.writeString(
        small.policy,
        """
        version: 1
        trust_roots:
          - name: acme
            public_key: acme.pem
          - name: quants
            public_key: quants.pem
        publishers:
          - models: "acme/*"
            signers:
              - key: acme
        quantizers:
          - repositories: "quants/*"
            signers:
              - key: quants
        """);
    small.attest(small.sign(KeySigner.of(TestKeys.privatePem(publisher))), quantizer);
    return small;
  }

  private Signed sign(KeySigner publisher) throws IOException {
    write(SOURCE + "/config.json", "{}".getBytes(UTF_8));
    write(
        SOURCE + "/model.safetensors",
        new SafetensorsWriter()
            .tensor("output.weight", SafetensorsType.F32, List.of(64L, 32L), new byte[8192])
            .toByteArray());
    ModelManifest manifest =
        ModelSigner.enumerate(
            hub.resolve(SOURCE), Optional.empty(), name -> false, BLAKE3_IN_SHARDS);
    byte[] bundle = publisher.sign(ModelSigner.statement("base", manifest));
    write(SOURCE + "/model.sig", bundle);
    return new Signed(manifest.rootDigest(), Sha256Hex.of(bundle));
  }

  private record Signed(String rootDigest, String bundleSha256) {}

  private void attest(Signed source, KeyPair quantizer) throws IOException, InvalidKeyException {
    byte[] weights = quantization();
    write(QUANTIZED + "/base-Q4_0.gguf", weights);
    write(QUANTIZED + "/README.md", "---\nbase_model: acme/base\n---\n".getBytes(UTF_8));
    byte[] statement =
        new QuantizationAttestation(
                SOURCE,
                Optional.empty(),
                source.rootDigest,
                Optional.of(
                    new SourceSignature(source.bundleSha256, Optional.empty(), Optional.empty())),
                Optional.of("gguf"),
                "Q4_0",
                "llama.cpp/llama-quantize",
                Optional.of("b6942"),
                PRODUCED)
            .statement(List.of(new Subject("base-Q4_0.gguf", Optional.of(Sha256Hex.of(weights)))));
    write(
        QUANTIZED + "/base-Q4_0.gguf.quantization.sigstore.json",
        KeySigner.of(TestKeys.privatePem(quantizer)).sign(statement));
  }

  /** A quantization that nobody has attested. */
  public static byte[] quantization() {
    byte[] tensor = new byte[64 * 18];
    Arrays.fill(tensor, (byte) 7);
    return new GgufWriter()
        .put("general.architecture", "llama")
        .put("general.file_type", 2)
        .tensor("output.weight", GgmlType.Q4_0, List.of(32L, 64L), tensor)
        .toByteArray();
  }

  /** Writes one more file, named relative to the hub. */
  public void write(String name, byte[] content) throws IOException {
    Path file = hub.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }
}
