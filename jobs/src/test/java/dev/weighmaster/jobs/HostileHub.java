package dev.weighmaster.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.QuantizationAttestation;
import dev.weighmaster.attest.QuantizationAttestation.SourceSignature;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.jobs.badge.HostileNames;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.trust.TestCertificates;
import dev.weighmaster.trust.TestKeys;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.bouncycastle.asn1.x509.KeyUsage;

/**
 * A hub on disk whose uploaders mean harm, and the policy of an operator who trusts two of them by
 * their keys. Each of {@link HostileNames#ofFiles} is the name of repositories, folders and files,
 * and is written into model cards, metadata of weights, attestations and certificates; it is there
 * in every verdict that an audit can come to. Beside it one of {@link HostileNames#ofTexts} stands
 * in them, where no file is named: what can't be a file's name is said of verified ones too.
 */
public final class HostileHub {
  public static final String AUDITOR = "https://audits.example/weighmaster";

  private static final List<String> NAMES = HostileNames.ofFiles();
  private static final List<String> TEXTS = HostileNames.ofTexts();
  private static final Instant PRODUCED = Instant.parse("2026-11-22T00:00:00Z");
  private static final String SIDECAR = ".quantization.sigstore.json";
  private static final int Q4_1 = 3;

  /**
   * A quantization that is in the hub, and what an audit must say of it.
   *
   * @param name of the repository, in its last part, and of the weights without their extension
   * @param text that the card, the weights' metadata and the attestation have beside the name
   * @param weights what reading them alone must come to
   * @param sidecar what reading the attestation alone must come to; sound too where there is none
   */
  public record Expected(
      String repository,
      String name,
      String text,
      Verdict verdict,
      Soundness weights,
      Soundness sidecar) {
    /** As the audit calls it. */
    public String quantization() {
      return repository.startsWith("quants/") || repository.startsWith("gone/")
          ? name + ".gguf"
          : name + "/" + name + ".gguf";
    }
  }

  /** What a single file shows, whatever lies beside it. */
  public enum Soundness {
    SOUND,
    MALFORMED,
    /** Another file stands in its place. */
    NOT_THERE
  }

  private final Path folder;
  private final KeySigner publisher = signer("secp256r1");
  private final KeySigner quantizer = signer("secp384r1");
  private final TestCertificates authority = TestCertificates.root("CN=Root,O=Strangers");

  private HostileHub(Path folder) {
    this.folder = folder;
  }

  /** Writes the hub, the policy and the auditor's key into a folder. */
  public static HostileHub write(Path folder) throws Exception {
    HostileHub hub = new HostileHub(folder);
    hub.writePolicy();
    for (int i = 0; i < NAMES.size(); i++) {
      hub.writeRepository(i);
    }
    return hub;
  }

  public Path root() {
    return folder.resolve("hub");
  }

  public Path policy() {
    return folder.resolve("policy.yaml");
  }

  /** The private key of an auditor whom the policy names, by the id {@link #AUDITOR}. */
  public Path auditorKey() {
    return folder.resolve("auditor.pem");
  }

  /** What an audit must find at first. */
  public static List<Expected> first() {
    List<Expected> expected = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      expected.add(attested(i, Fate.of(i).first));
      if (isGone(i)) {
        expected.add(bare("gone/" + NAMES.get(i), i));
      }
    }
    return expected;
  }

  /** What an audit must find after {@link #change}. */
  public static List<Expected> second() {
    List<Expected> expected = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      expected.add(attested(i, Fate.of(i).second));
      expected.add(bare(NAMES.get(i) + "/" + NAMES.get(i), i));
    }
    return expected;
  }

  private static Expected attested(int i, Verdict verdict) {
    Fate fate = Fate.of(i);
    return new Expected(
        "quants/" + NAMES.get(i),
        NAMES.get(i),
        said(i),
        verdict,
        switch (fate) {
          case MALFORMED_WEIGHTS -> Soundness.MALFORMED;
          case NOT_FETCHED -> Soundness.NOT_THERE;
          default -> Soundness.SOUND;
        },
        fate == Fate.NO_BUNDLE ? Soundness.MALFORMED : Soundness.SOUND);
  }

  /** Weights that nobody attests. */
  private static Expected bare(String repository, int i) {
    return new Expected(
        repository, NAMES.get(i), said(i), Verdict.UNVERIFIED, Soundness.SOUND, Soundness.SOUND);
  }

  /**
   * What is said beside the name: of repositories of one fate each another text, and between both
   * that are verified all that can't be the name of a file.
   */
  private static String said(int i) {
    int fates = Fate.values().length;
    return TEXTS.get((i / fates * 2 + i % fates) % TEXTS.size());
  }

  /** The repositories that {@link #change} removes. */
  public static List<String> gone() {
    return IntStream.range(0, NAMES.size())
        .filter(HostileHub::isGone)
        .mapToObj(i -> "gone/" + NAMES.get(i))
        .toList();
  }

  private static boolean isGone(int i) {
    return i % 3 == 0;
  }

  /** What becomes of the repository of a name: each happens to some. */
  private enum Fate {
    VERIFIED(Verdict.VERIFIED, Verdict.VERIFIED),
    VERIFIED_BY_A_CARD_WITH_ALIASES(Verdict.VERIFIED, Verdict.VERIFIED),
    TAMPERED_LATER(Verdict.VERIFIED, Verdict.BROKEN),
    NOT_ATTESTED(Verdict.UNVERIFIED),
    ATTESTED_BY_A_STRANGER(Verdict.UNVERIFIED),
    NOT_SIGNED(Verdict.UNVERIFIED),
    NO_BUNDLE(Verdict.BROKEN),
    OTHER_CARD(Verdict.BROKEN),
    OTHER_METHOD(Verdict.BROKEN),
    OTHER_SIGNER_OF_THE_SOURCE(Verdict.BROKEN),
    SOURCE_MISSING(Verdict.UNVERIFIED),
    SOURCE_CHANGED(Verdict.BROKEN),
    MALFORMED_WEIGHTS(Verdict.BROKEN),
    NOT_FETCHED(Verdict.ERROR);

    private final Verdict first;
    private final Verdict second;

    Fate(Verdict always) {
      this(always, always);
    }

    Fate(Verdict first, Verdict second) {
      this.first = first;
      this.second = second;
    }

    static Fate of(int i) {
      return values()[i % values().length];
    }
  }

  private void writePolicy() throws IOException {
    KeyPair auditor = TestKeys.generate("secp256r1");
    Files.createDirectories(root());
    Files.write(auditorKey(), TestKeys.privatePem(auditor));
    Files.write(folder.resolve("auditor.pub.pem"), TestKeys.publicPem(auditor));
    Files.write(folder.resolve("acme.pem"), publicPem(publisher));
    Files.write(folder.resolve("quants.pem"), publicPem(quantizer));
    Files.write(folder.resolve("ca.pem"), authority.pem());
    Files.writeString(
        policy(),
        """
        version: 1
        trust_roots:
          - {name: acme, public_key: acme.pem}
          - {name: quants, public_key: quants.pem}
          - {name: auditor, public_key: auditor.pub.pem}
          - {name: ca, certificates: ca.pem}
        publishers:
          - {models: "acme/*", signers: [{key: acme}]}
        quantizers:
          - {repositories: "quants/*", signers: [{key: quants}]}
        auditors:
          - {verifier: "%s", signers: [{key: auditor}]}
        """
            .formatted(AUDITOR));
  }

  private void writeRepository(int i) throws IOException, InvalidKeyException {
    String name = NAMES.get(i);
    Fate fate = Fate.of(i);
    String repository = "quants/" + name;
    String source = "acme/" + name;
    Signed signed = writeSource(source, name);
    String text = said(i);
    byte[] weights = weights(name, text, i);
    write(repository + "/" + name + ".gguf", weights);
    if (isGone(i)) {
      write("gone/" + name + "/" + name + ".gguf", weights);
    }
    Claim claim =
        new Claim(source, signed.rootDigest, "Q4_0", text, signed.bundle, Optional.empty());
    String card = card(source, text, name);
    switch (fate) {
      case VERIFIED, TAMPERED_LATER -> attest(repository, name, claim, weights, quantizer);
      case VERIFIED_BY_A_CARD_WITH_ALIASES -> {
        card = cardWithAliases(source, text, name);
        attest(repository, name, claim, weights, quantizer);
      }
      case NOT_ATTESTED -> {
        // The card alone says where it comes from.
      }
      case ATTESTED_BY_A_STRANGER -> attest(repository, name, claim, weights, stranger(name));
      case NOT_SIGNED ->
          write(repository + "/" + name + ".gguf" + SIDECAR, statement(name, claim, weights));
      case NO_BUNDLE -> write(repository + "/" + name + ".gguf" + SIDECAR, name.getBytes(UTF_8));
      case OTHER_CARD -> {
        card = card("evil/" + name, text, name);
        attest(repository, name, claim, weights, quantizer);
      }
      case OTHER_METHOD -> attest(repository, name, claim.method(text), weights, quantizer);
      case OTHER_SIGNER_OF_THE_SOURCE ->
          attest(repository, name, claim.signedBy(text), weights, quantizer);
      case SOURCE_MISSING ->
          attest(
              repository,
              name,
              new Claim(
                  "evil/" + name, "0".repeat(64), "Q4_0", text, signed.bundle, Optional.empty()),
              weights,
              quantizer);
      case SOURCE_CHANGED -> {
        attest(repository, name, claim, weights, quantizer);
        write(source + "/config.json", "{ }".getBytes(UTF_8));
      }
      case MALFORMED_WEIGHTS -> write(repository + "/" + name + ".gguf", malformed(name));
      case NOT_FETCHED ->
          write(
              repository + "/" + name + ".gguf",
              "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 7\n"
                  .formatted("a".repeat(64))
                  .getBytes(UTF_8));
    }
    write(repository + "/README.md", card.getBytes(UTF_8));
  }

  /**
   * What happens between two audits: some weights are replaced, some repositories removed, and
   * organisations of hostile names join.
   */
  public void change() throws IOException {
    for (int i = 0; i < NAMES.size(); i++) {
      String name = NAMES.get(i);
      if (Fate.of(i) == Fate.TAMPERED_LATER) {
        write("quants/" + name + "/" + name + ".gguf", weights(name, said(i), i + 100));
      }
      if (isGone(i)) {
        Path gone = root().resolve("gone/" + name);
        Files.delete(gone.resolve(name + ".gguf"));
        Files.delete(gone);
      }
      write(name + "/" + name + "/" + name + "/" + name + ".gguf", weights(name, said(i), i));
      write(name + "/" + name + "/README.md", card("acme/" + name, said(i), name).getBytes(UTF_8));
    }
  }

  /** How often each repository of {@link #second} was downloaded: a thousand times and more. */
  public Path downloads() throws IOException {
    Path file = folder.resolve("downloads.csv");
    try (var csv = new CSVPrinter(Files.newBufferedWriter(file), CSVFormat.RFC4180)) {
      csv.printRecord("repository", "downloads");
      List<Expected> all = second();
      for (int i = 0; i < all.size(); i++) {
        csv.printRecord(all.get(i).repository(), 1000 + i);
      }
    }
    return file;
  }

  /** The model that something was quantized from, signed with the files that it has now. */
  private record Signed(String rootDigest, String bundle) {}

  private Signed writeSource(String source, String name) throws IOException {
    write(source + "/config.json", ("{\"architectures\": [" + quoted(name) + "]}").getBytes(UTF_8));
    write(source + "/" + name + ".txt", name.getBytes(UTF_8));
    write(
        source + "/" + name + ".safetensors",
        new SafetensorsWriter()
            .put(name, name)
            .tensor(name, SafetensorsType.F32, List.of(64L, 32L), new byte[8192])
            .toByteArray());
    ModelManifest manifest =
        ModelSigner.enumerate(root().resolve(source), Optional.empty(), sidecar -> false);
    byte[] bundle = publisher.sign(ModelSigner.statement(name, manifest));
    write(source + "/model.sig", bundle);
    return new Signed(manifest.rootDigest(), Sha256Hex.of(bundle));
  }

  /** What an attestation says of the source and of how it was quantized. */
  private record Claim(
      String source,
      String sourceSha256,
      String method,
      String tool,
      String bundle,
      Optional<String> signerOfTheSource) {
    Claim method(String other) {
      return new Claim(source, sourceSha256, other, tool, bundle, signerOfTheSource);
    }

    Claim signedBy(String other) {
      return new Claim(source, sourceSha256, method, tool, bundle, Optional.of(other));
    }
  }

  private void attest(String repository, String name, Claim claim, byte[] weights, KeySigner signer)
      throws IOException {
    write(
        repository + "/" + name + ".gguf" + SIDECAR, signer.sign(statement(name, claim, weights)));
  }

  private static byte[] statement(String name, Claim claim, byte[] weights) {
    return new QuantizationAttestation(
            claim.source,
            Optional.of(name),
            claim.sourceSha256,
            Optional.of(
                new SourceSignature(
                    claim.bundle, claim.signerOfTheSource, claim.signerOfTheSource)),
            Optional.of("gguf"),
            claim.method,
            claim.tool,
            Optional.of(name),
            PRODUCED)
        .statement(List.of(new Subject(name + ".gguf", Optional.of(Sha256Hex.of(weights)))));
  }

  /** Somebody whose certificate is known, and has the name, but whom the policy does not name. */
  private KeySigner stranger(String name) throws InvalidKeyException {
    KeyPair pair = TestKeys.generate("secp256r1");
    // RFC 2253 lets any byte be written as its two digits.
    String subject =
        "CN="
            + IntStream.range(0, name.getBytes(UTF_8).length)
                .mapToObj(i -> "\\%02X".formatted(name.getBytes(UTF_8)[i]))
                .collect(Collectors.joining());
    return KeySigner.of(TestKeys.privatePem(pair))
        .withCertificates(List.of(authority.leaf(subject, pair, KeyUsage.digitalSignature)));
  }

  private static byte[] weights(String name, String text, int i) {
    byte[] tensor = new byte[64 * 18];
    Arrays.fill(tensor, (byte) i);
    GgufWriter gguf =
        new GgufWriter()
            .put("general.architecture", text)
            .put("general.type", text)
            .put("general.base_model.count", 1);
    for (String key :
        List.of(
            "name",
            "author",
            "organization",
            "url",
            "license",
            "license.name",
            "quantized_by",
            "source.url",
            "source.repo_url",
            "source.huggingface.repository",
            "base_model.0.name",
            "base_model.0.organization",
            "base_model.0.repo_url")) {
      gguf.put("general." + key, text);
    }
    if (i % 2 == 0) {
      gguf.put("general.file_type", text);
    } else {
      gguf.put("general.file_type", Q4_1);
    }
    return gguf.put(name, text)
        .put(text, name)
        .put("general." + name, name)
        .tensor(name, GgmlType.Q4_0, List.of(32L, 64L), tensor)
        .toByteArray();
  }

  /** Two tensors of one name, which no reader may take. */
  private static byte[] malformed(String name) {
    return new GgufWriter()
        .put("general.architecture", name)
        .tensor(name, GgmlType.Q4_0, List.of(32L), new byte[18])
        .tensor(name, GgmlType.Q4_0, List.of(32L), new byte[18])
        .toByteArray();
  }

  private static String card(String source, String text, String name) {
    return """
        ---
        base_model: [%s, %s]
        base_model_relation: quantized
        license: %s
        tags: [%s]
        %s: !<%s> %s
        ---
        # %s
        %s
        """
        .formatted(
            quoted(source),
            quoted(text),
            quoted(text),
            quoted(text),
            quoted(name),
            "tag:x",
            quoted(text),
            name,
            text);
  }

  private static String cardWithAliases(String source, String text, String name) {
    return """
        ---
        name: &name %s
        source: &source %s
        base_model: [*source, *name]
        license: *name
        tags: [*name, *name]
        ---
        %s
        """
        .formatted(quoted(text), quoted(source), name);
  }

  /** Between double quotes, as YAML and JSON read it alike: in ASCII. */
  private static String quoted(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    value
        .chars()
        .mapToObj(
            c ->
                c >= ' ' && c <= '~' && c != '"' && c != '\\'
                    ? "" + (char) c
                    : "\\u%04x".formatted(c))
        .forEach(quoted::append);
    return quoted.append('"').toString();
  }

  private void write(String name, byte[] content) throws IOException {
    Path file = root().resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  private static byte[] publicPem(KeySigner signer) {
    return TestKeys.pem("PUBLIC KEY", signer.publicKey().getEncoded());
  }

  private static KeySigner signer(String curve) {
    try {
      return KeySigner.of(TestKeys.privatePem(TestKeys.generate(curve)));
    } catch (InvalidKeyException e) {
      throw new IllegalStateException(e);
    }
  }
}
