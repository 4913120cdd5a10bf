package dev.weighmaster.chain;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ErrorBound;
import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.QuantizationAttestation;
import dev.weighmaster.attest.QuantizationDetails;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.audit.AttestationStore;
import dev.weighmaster.audit.BoundsReport;
import dev.weighmaster.audit.HubBounds;
import dev.weighmaster.audit.HubSources;
import dev.weighmaster.audit.RepositoryAudit;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.Inventory;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.Flaw;
import dev.weighmaster.signature.LocalSigstore;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TestCertificates;
import dev.weighmaster.trust.TestKeys;
import dev.weighmaster.trust.TrustPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.KeyUsage;

/**
 * A hub on disk whose files, signatures and policy are all real. The policy names ACME as the
 * publisher of {@code acme/*} and QUANTS as the quantizer of {@code quants/*}; it knows the key of
 * STRANGER, but names it for nothing.
 */
public final class TestHub {
  public static final Signs ACME = Signs.byKey();
  public static final Signs QUANTS = Signs.byKey();
  public static final Signs STRANGER = Signs.byKey();
  public static final Signs UNKNOWN = Signs.byKey();

  /** A folder that is no part of the hub: sidecars in it are kept away from the weights. */
  public static final String ELSEWHERE = ".elsewhere";

  public static final Instant NOW = TestCertificates.FROM.plusSeconds(86_400);
  private static final LocalSigstore SIGSTORE = LocalSigstore.create(NOW);
  private static final TestCertificates AUTHORITY = TestCertificates.root("CN=Root,O=Acme");
  private static final KeyPair RELEASE = TestKeys.generate("secp256r1");

  public static final Signs ACME_BY_CERTIFICATE = Signs.byCertificate();

  private static final String POLICY =
      """
      version: 1
      trust_roots:
        - {name: acme, public_key: acme.pem}
        - {name: quants, public_key: quants.pem}
        - {name: stranger, public_key: stranger.pem}
        - {name: sigstore, sigstore: root.json}
        - {name: ca, certificates: ca.pem}
      publishers:
        - models: "acme/*"
          signers:
            - {key: acme}
            - {root: sigstore, identity: release@acme.example, issuer: "https://accounts.example"}
            - {root: ca, subject: "CN=Release,O=Acme"}
      quantizers:
        - repositories: "quants/*"
          signers:
            - {key: quants}
            - {root: sigstore, identity: bot@quants.example, issuer: "https://accounts.example"}
      """;

  private final Path root;
  private String policy = POLICY;
  private UnaryOperator<Storage> reading = storage -> storage;

  public TestHub(Path root) {
    this.root = root;
  }

  /** Makes a bundle of a statement. */
  public interface Signs extends UnaryOperator<byte[]> {
    private static Signs byKey() {
      KeyPair pair = TestKeys.generate("secp256r1");
      return new ByKey(signer(pair)::sign, new String(TestKeys.publicPem(pair), UTF_8));
    }

    private static Signs byCertificate() {
      try {
        return signer(RELEASE)
                .withCertificates(
                    List.of(
                        AUTHORITY.leaf("CN=Release,O=Acme", RELEASE, KeyUsage.digitalSignature)))
            ::sign;
      } catch (InvalidKeyException e) {
        throw new IllegalStateException(e);
      }
    }

    private static KeySigner signer(KeyPair pair) {
      try {
        return KeySigner.of(TestKeys.privatePem(pair));
      } catch (InvalidKeyException e) {
        throw new IllegalStateException(e);
      }
    }

    /** By a certificate of the Sigstore instance that the policy knows. */
    static Signs keyless(String identity, Flaw... flaws) {
      return statement -> {
        LocalSigstore.BundleBuilder bundle =
            SIGSTORE.bundle(statement, identity, "https://accounts.example");
        Arrays.stream(flaws).forEach(bundle::with);
        return bundle.build();
      };
    }

    /** Leaves the statement bare. */
    static Signs nobody() {
      return statement -> statement;
    }
  }

  private record ByKey(UnaryOperator<byte[]> signer, String publicPem) implements Signs {
    @Override
    public byte[] apply(byte[] statement) {
      return signer.apply(statement);
    }
  }

  public static byte[] gguf(GgmlType type, String content) {
    return gguf(new GgufWriter(), type, content);
  }

  /** One tensor of that type, whose data follow from the content's name. */
  public static byte[] gguf(GgufWriter header, GgmlType type, String content) {
    int bytes = 32 / type.blockElements() * type.blockBytes();
    byte[] data = Arrays.copyOf(Sha256Hex.of(content.getBytes(UTF_8)).getBytes(UTF_8), bytes);
    return header
        .put("general.architecture", "llama")
        .tensor("blk.0.attn_q.weight", type, List.of(32L), data)
        .toByteArray();
  }

  public static byte[] safetensors(String content) {
    byte[] data = Sha256Hex.of(content.getBytes(UTF_8)).getBytes(UTF_8);
    return new SafetensorsWriter()
        .tensor("model.norm.weight", SafetensorsType.BF16, List.of(32L), data)
        .toByteArray();
  }

  public TestHub write(String path, byte[] content) {
    try {
      Files.createDirectories(root.resolve(path).getParent());
      Files.write(root.resolve(path), content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public TestHub write(String path, String content) {
    return write(path, content.getBytes(UTF_8));
  }

  public Path file(String path) {
    return root.resolve(path);
  }

  public String sha256(String path) {
    try {
      return Sha256Hex.of(Files.readAllBytes(root.resolve(path)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A full-precision model of one file, not signed. */
  public TestHub model(String repository) {
    return write(repository + "/model.safetensors", safetensors(repository))
        .write(repository + "/config.json", "{\"hidden_size\": 32}")
        .write(repository + "/README.md", "# " + repository);
  }

  /** The root digest of a repository's files as they are now. */
  public String rootDigest(String repository) {
    return manifest(repository).rootDigest();
  }

  public ModelManifest manifest(String repository) {
    try {
      return ModelSigner.enumerate(
          root.resolve(repository),
          Optional.empty(),
          name -> FileKind.of(name) == FileKind.SIDECAR);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Signs a repository's files as they are now by the method shards; gives the root digest. */
  public String signShards(String repository, int size, Signs signer) throws IOException {
    List<Resource> shards = new ArrayList<>();
    for (Resource file : manifest(repository).resources()) {
      byte[] content = Files.readAllBytes(root.resolve(repository).resolve(file.path()));
      for (int start = 0; start < content.length; start += size) {
        int end = Math.min(start + size, content.length);
        String name = file.path() + ":" + start + ":" + end;
        String sha256 = Sha256Hex.of(Arrays.copyOfRange(content, start, end));
        shards.add(new Resource(name, 0, Optional.empty(), sha256));
      }
    }
    ModelManifest manifest = ModelSigner.manifest(shards, List.of(), false);
    String byFiles = new String(ModelSigner.statement(repository, manifest), UTF_8);
    String statement =
        byFiles.replaceFirst(
            "\"method\"\\s*:\\s*\"files\"", "\"method\": \"shards\", \"shard_size\": " + size);
    write(repository + "/model.sig", signer.apply(statement.getBytes(UTF_8)));
    return manifest.rootDigest();
  }

  /** Signs a repository's files as they are now. */
  public TestHub sign(String repository, Signs signer) {
    return sign(repository, manifest(repository), signer);
  }

  public TestHub sign(String repository, ModelManifest manifest, Signs signer) {
    return write(
        repository + "/model.sig", signer.apply(ModelSigner.statement(repository, manifest)));
  }

  /** Signs one file as it is now, in a sidecar beside it. */
  public TestHub signFile(String file, Signs signer) {
    String name = file.substring(file.lastIndexOf('/') + 1);
    Resource only = new Resource(name, 0, Optional.empty(), sha256(file));
    ModelManifest manifest = ModelSigner.manifest(List.of(only), List.of(), false);
    return write(file + ".sig", signer.apply(ModelSigner.statement(name, manifest)));
  }

  /** What an attestation is to say; by default of the method Q4_0, in the first file's folder. */
  public Attestation attest(String... files) {
    return new Attestation(List.of(files));
  }

  public final class Attestation {
    private final List<String> files;
    private final List<Subject> subjects = new ArrayList<>();
    private String sourceModel = "";
    private String sourceSha256 = "";
    private Optional<String> sourceRevision = Optional.empty();
    private String format = "gguf";
    private String method = "Q4_0";
    private String made = "quantization";
    private Optional<QuantizationAttestation.SourceSignature> signature = Optional.empty();
    private final List<ErrorBound> bounds = new ArrayList<>();
    private String sidecar;

    private Attestation(List<String> files) {
      this.files = files;
      this.sidecar = files.get(0) + ".quantization.sigstore.json";
      files.forEach(file -> subject(file.substring(file.lastIndexOf('/') + 1), sha256(file)));
    }

    public Attestation subject(String name, String sha256) {
      subjects.add(new Subject(name, Optional.of(sha256)));
      return this;
    }

    /** The files go by these names in the statement. */
    public Attestation as(String... names) {
      subjects.clear();
      for (int i = 0; i < names.length; i++) {
        subject(names[i], sha256(files.get(i)));
      }
      return this;
    }

    public Attestation method(String claimed) {
      method = claimed;
      return this;
    }

    public Attestation format(String claimed) {
      format = claimed;
      return this;
    }

    /** Claims an error of the tensor that {@link #gguf} writes. */
    public Attestation bound(double error) {
      bounds.add(new ErrorBound("blk.0.attn_q.weight", method, error, error, Optional.of(error)));
      return this;
    }

    /** Says all but that the files are a quantization. */
    public Attestation fineTuned() {
      made = "training";
      return this;
    }

    public Attestation signedBy(String identity) {
      signature =
          Optional.of(
              new QuantizationAttestation.SourceSignature(
                  "a".repeat(64), Optional.of(identity), Optional.empty()));
      return this;
    }

    /** The source's signature, in this sidecar, comes along. */
    public Attestation embedding(String bundle) {
      try {
        return embedding(sha256(bundle), Files.readString(root.resolve(bundle)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    public Attestation embedding(String sha256, String bundle) {
      signature =
          Optional.of(
              new QuantizationAttestation.SourceSignature(
                  sha256,
                  signature.flatMap(QuantizationAttestation.SourceSignature::identity),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.of(bundle)));
      return this;
    }

    public Attestation in(String path) {
      sidecar = path;
      return this;
    }

    /** From a model as a whole, as it is now. */
    public Attestation from(String model) {
      return from(model, rootDigest(model));
    }

    public Attestation from(String model, String sha256) {
      sourceModel = model;
      sourceSha256 = sha256;
      return this;
    }

    /** At a revision of the model. */
    public Attestation at(String revision) {
      sourceRevision = Optional.of(revision);
      return this;
    }

    public TestHub by(Signs signer) {
      byte[] statement =
          new QuantizationAttestation(
                  sourceModel,
                  sourceRevision,
                  sourceSha256,
                  signature,
                  Optional.of(format),
                  method,
                  "llama-quantize",
                  Optional.of("b6942"),
                  NOW,
                  new QuantizationDetails(
                      Optional.empty(), Optional.empty(), List.of(), Optional.empty(), bounds))
              .statement(subjects);
      String said = new String(statement, UTF_8).replace("\"quantization\"", '"' + made + '"');
      return write(sidecar, signer.apply(said.getBytes(UTF_8)));
    }
  }

  /** A statement of ggufpacker's: a file was converted from all files of a repository. */
  public Conversion convert(String file, String repository) {
    return convert(file, repository, "r1");
  }

  public Conversion convert(String file, String repository, String revision) {
    return converted(
        file,
        repository,
        revision,
        manifest(repository).resources().stream()
            .map(resource -> repository + "/" + resource.path())
            .toArray(String[]::new));
  }

  /** A statement of ggufpacker's: a file was converted from files of a model. */
  public Conversion convertFiles(String file, String model, String... sources) {
    return converted(file, model, "r1", sources);
  }

  private Conversion converted(String file, String model, String revision, String... sources) {
    String files =
        Arrays.stream(sources)
            .map(
                source ->
                    "{\"name\": \"%s\", \"digest\": {\"sha256\": \"%s\"}}"
                        .formatted(source.substring(source.lastIndexOf('/') + 1), sha256(source)))
            .collect(Collectors.joining(", "));
    String uri = model.isEmpty() ? "https://else.example" : "pkg:huggingface/" + model;
    String statement =
        """
        {"_type": "https://in-toto.io/Statement/v1",
         "subject": [{"name": "NAME", "digest": {"sha256": "DIGEST"}}],
         "predicateType": "TYPE",
         "predicate": {
           "source": {"directoryName": "base", "uri": "URI", "revision": "REVISION",
             "files": [FILES]},
           "recipe": {"outputType": "f16"},
           "builder": {"tool": "convert_hf_to_gguf.py"},
           "reproducibility": {"reDerivedDigest": {"sha256": "DIGEST"}}}}
        """
            .replace("NAME", file.substring(file.lastIndexOf('/') + 1))
            .replace("DIGEST", sha256(file))
            .replace("TYPE", PredicateTypes.GGUF_CONVERSION)
            .replace("URI", uri)
            .replace("REVISION", revision)
            .replace("FILES", files);
    return signer -> write(file + ".conversion.json", signer.apply(statement.getBytes(UTF_8)));
  }

  /** A statement of ggufpacker's: a file was quantized from another, which a URI names. */
  public Conversion derive(String file, String baseSha256, String model) {
    String statement =
        """
        {"_type": "https://in-toto.io/Statement/v1",
         "subject": [{"name": "NAME", "digest": {"sha256": "DIGEST"}}],
         "predicateType": "TYPE",
         "predicate": {
           "baseModel": {"name": "any.gguf", "digest": {"sha256": "BASE"},
             "uri": "URI"},
           "recipe": {"quantType": "Q4_0", "outputFormat": "gguf"},
           "builder": {"tool": "llama-quantize", "buildIdentity": {"gitRef": "b3821"}},
           "reproducibility": {"reDerivedDigest": {"sha256": "DIGEST"}},
           "producedAt": "2026-07-06T21:00:00Z"}}
        """
            .replace("NAME", file.substring(file.lastIndexOf('/') + 1))
            .replace("DIGEST", sha256(file))
            .replace("TYPE", PredicateTypes.GGUF_DERIVATION)
            .replace("BASE", baseSha256)
            .replace("URI", model.isEmpty() ? "https://else.example" : "pkg:huggingface/" + model);
    return signer -> write(file + ".derivation.json", signer.apply(statement.getBytes(UTF_8)));
  }

  @FunctionalInterface
  public interface Conversion {
    TestHub by(Signs signer);
  }

  /** Takes a file or a folder out of the hub. */
  public TestHub remove(String path) {
    try (Stream<Path> tree = Files.walk(root.resolve(path))) {
      for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds lines to the policy. */
  public TestHub policy(String lines) {
    policy = policy + lines;
    return this;
  }

  /** Changes the policy. */
  public TestHub policyWith(String text, String replacement) {
    policy = policy.replace(text, replacement);
    return this;
  }

  /** Reads the hub through another storage. */
  public TestHub reading(UnaryOperator<Storage> through) {
    reading = through;
    return this;
  }

  /**
   * The judgement of one quantization, by the sources that are read as they are asked for, and
   * again by those of the whole hub, as an audit has them: both must come to the same.
   *
   * @param path of its first file, relative to the hub's root
   */
  public Judgement judge(String path) {
    TrustPolicy trust = trust();
    BundleVerifier verifier = new BundleVerifier(trust, Clock.fixed(NOW, ZoneOffset.UTC));
    ChainJudge judge = new ChainJudge(trust);
    try (Storage storage = reading.apply(new LocalStorage(root))) {
      Repository repository = Inventory.containing(storage, path).orElseThrow();
      AttestationStore elsewhere = elsewhere(verifier);
      HubSources asked = new HubSources(storage, verifier, elsewhere, judge);
      QuantizationCase quantization = quantization(asked.evidence(repository), repository, path);
      Judgement judgement = judge.judge(quantization, asked);

      List<Source> sources = new ArrayList<>();
      for (Repository each : Inventory.repositories(storage)) {
        sources.addAll(new RepositoryAudit(storage, verifier, elsewhere).read(each).sources());
      }
      Judgement audited =
          judge.judge(
              quantization,
              query ->
                  sources.stream().filter(source -> source.key().equals(query.key())).toList());
      assertThat(audited.reason()).as(audited.detail()).isEqualTo(judgement.reason());
      return judgement;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What comes of a quantization where claimed error bounds are held against the weights. */
  public record Measured(Judgement judgement, Optional<BoundsReport> bounds) {}

  /** The same with nothing between the reading of digests and the measurement. */
  public Measured measure(String path) {
    return measure(path, () -> {});
  }

  /**
   * The judgement of one quantization by the sources that are read, with its weights measured.
   *
   * @param path of its first file, relative to the hub's root
   * @param meanwhile happens between the reading of digests and the measurement
   */
  public Measured measure(String path, Runnable meanwhile) {
    TrustPolicy trust = trust();
    BundleVerifier verifier = new BundleVerifier(trust, Clock.fixed(NOW, ZoneOffset.UTC));
    ChainJudge judge = new ChainJudge(trust);
    try (Storage storage = reading.apply(new LocalStorage(root))) {
      Repository repository = Inventory.containing(storage, path).orElseThrow();
      HubSources sources = new HubSources(storage, verifier, AttestationStore.NONE, judge);
      HubBounds bounds = new HubBounds(storage, sources, AttestationStore.NONE);
      QuantizationCase quantization = quantization(sources.evidence(repository), repository, path);
      WeightsCheck check =
          (attestation, quantized, source) -> {
            meanwhile.run();
            return bounds.problem(attestation, quantized, source);
          };
      Judgement judgement = judge.judge(quantization, sources, check);
      return new Measured(judgement, bounds.report(judgement, quantization));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a repository shows by itself. */
  public RepositoryEvidence evidence(String repository) {
    BundleVerifier verifier = new BundleVerifier(trust(), Clock.fixed(NOW, ZoneOffset.UTC));
    try (Storage storage = new LocalStorage(root)) {
      return new RepositoryAudit(storage, verifier, elsewhere(verifier))
          .read(new Repository(repository, "", repository));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private AttestationStore elsewhere(BundleVerifier verifier) throws IOException {
    if (!Files.exists(root.resolve(ELSEWHERE))) {
      return AttestationStore.NONE;
    }
    try (Storage storage = new LocalStorage(root.resolve(ELSEWHERE))) {
      return AttestationStore.read(storage, verifier);
    }
  }

  private static QuantizationCase quantization(
      RepositoryEvidence evidence, Repository repository, String path) {
    String name = path.substring(repository.directory().length() + 1);
    List<QuantizationCase> found =
        evidence.cases().stream().filter(each -> each.quantization().name().equals(name)).toList();
    assertThat(found).as("quantizations named %s", name).hasSize(1);
    return found.get(0);
  }

  /** The policy with all that was added to it. */
  TrustPolicy trust() {
    try {
      return TrustPolicy.parse(PolicySource.of("policy.yaml", policy.getBytes(UTF_8), rootFiles()));
    } catch (PolicyException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The files that the policy names. */
  private static Map<String, byte[]> rootFiles() {
    return Map.of(
        "acme.pem", publicPem(ACME),
        "quants.pem", publicPem(QUANTS),
        "stranger.pem", publicPem(STRANGER),
        "root.json", SIGSTORE.trustedRoot(),
        "ca.pem", AUTHORITY.pem());
  }

  /** Writes the policy and the files that it names into a folder outside the hub. */
  public Path writePolicy(Path folder) {
    try {
      Files.createDirectories(folder);
      for (Map.Entry<String, byte[]> file : rootFiles().entrySet()) {
        Files.write(folder.resolve(file.getKey()), file.getValue());
      }
      return Files.writeString(folder.resolve("policy.yaml"), policy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] publicPem(Signs signer) {
    return ((ByKey) signer).publicPem().getBytes(UTF_8);
  }
}
