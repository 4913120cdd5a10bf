package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.QuantizationAttestation;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.attest.VerificationSummary;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.TestKeys;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Bundles of npm's {@code sigstore}, made against the services of {@code @sigstore/mock}, verify
 * here, and those made here verify there; with one byte changed, or under another identity, neither
 * does.
 */
class JavaScriptInteropTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String IDENTITY = "https://acme.example/workflows/release";
  private static final String ISSUER = "https://accounts.acme.example";
  private static final String SOMEBODY = "https://acme.example/workflows/else";
  private static final String REPOSITORY = "acme/base-7b";
  private static final String A = "a".repeat(64);
  private static final String B = "b".repeat(64);

  private static final Map<String, byte[]> STATEMENTS =
      Map.of(
          PredicateTypes.MODEL_SIGNATURE,
          ModelSigner.statement(
              "модель",
              ModelSigner.manifest(
                  List.of(new Resource("🜲.bin", 0, Optional.empty(), A)), List.of(), false)),
          PredicateTypes.QUANTIZATION,
          new QuantizationAttestation(
                  REPOSITORY,
                  Optional.empty(),
                  A,
                  Optional.empty(),
                  Optional.of("gguf"),
                  "Q4_K_M",
                  "llama.cpp/llama-quantize",
                  Optional.of("b6942"),
                  Instant.parse("2026-11-22T00:00:00Z"))
              .statement(List.of(new Subject("base.gguf", Optional.of(B)))),
          PredicateTypes.VERIFICATION_SUMMARY,
          new VerificationSummary(
                  "https://audits.example/weighmaster",
                  Optional.of("1"),
                  Optional.of(Instant.parse("2026-11-22T00:00:00Z")),
                  "pkg:huggingface/quants/base-GGUF",
                  Optional.of(A),
                  List.of(B),
                  true,
                  List.of(VerificationSummary.CHAIN_VERIFIED))
              .statement(List.of(new Subject("base.gguf", Optional.of(B)))),
          PredicateTypes.GGUF_DERIVATION,
          statement(
              PredicateTypes.GGUF_DERIVATION,
              """
              {"baseModel":{"name":"base-f16.gguf","digest":{"sha256":"%s"}},
               "recipe":{"quantType":"Q4_K_M"},
               "builder":{"tool":"ggml-org/llama.cpp/llama-quantize"},
               "reproducibility":{"reDerivedDigest":{"sha256":"%s"}}}"""
                  .formatted(B, A)),
          PredicateTypes.GGUF_CONVERSION,
          statement(
              PredicateTypes.GGUF_CONVERSION,
              """
              {"source":{"directoryName":"base",
                 "files":[{"name":"model.safetensors","digest":{"sha256":"%s"}}]},
               "recipe":{"outputType":"f16"},
               "builder":{"tool":"ggml-org/llama.cpp/convert_hf_to_gguf.py"},
               "reproducibility":{"reDerivedDigest":{"sha256":"%s"}}}"""
                  .formatted(B, A)));

  /** What a byte is changed of, and what that breaks here. */
  private enum Part {
    PAYLOAD("/dsseEnvelope/payload", Reason.SIGNATURE_INVALID),
    SIGNATURE("/dsseEnvelope/signatures/0/sig", Reason.SIGNATURE_INVALID),
    LOG_ENTRY("/tlogEntries/0/canonicalizedBody", Reason.LOG_PROOF_INVALID),
    PROMISE("/tlogEntries/0/inclusionPromise/signedEntryTimestamp", Reason.LOG_PROOF_INVALID),
    ROOT_HASH("/tlogEntries/0/inclusionProof/rootHash", Reason.LOG_PROOF_INVALID),
    CHECKPOINT("/tlogEntries/0/inclusionProof/checkpoint/envelope", Reason.LOG_PROOF_INVALID),
    TIMESTAMP(
        "/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp", Reason.TIMESTAMP_INVALID),
    CERTIFICATE("/certificate/rawBytes", Reason.CERTIFICATE_UNTRUSTED),
    OLDER_CERTIFICATE(
        "/x509CertificateChain/certificates/0/rawBytes", Reason.CERTIFICATE_UNTRUSTED);

    private final String pointer;
    private final Reason reason;

    Part(String pointer, Reason reason) {
      this.pointer = (pointer.startsWith("/dsse") ? "" : "/verificationMaterial") + pointer;
      this.reason = reason;
    }

    /** Whether that is what a changed byte gives; a payload may no longer be a statement. */
    boolean gives(Reason given) {
      return given == reason || (this == PAYLOAD && given == Reason.MALFORMED_BUNDLE);
    }

    boolean isIn(JsonNode bundle) {
      return !bundle.at(pointer).isMissingNode();
    }

    /** The bundle with the lowest bit of the last byte changed, or of one near the last. */
    JsonNode changed(JsonNode bundle) {
      JsonNode copy = bundle.deepCopy();
      int slash = pointer.lastIndexOf('/');
      ObjectNode parent = (ObjectNode) copy.at(pointer.substring(0, slash));
      String name = pointer.substring(slash + 1);
      String text = parent.get(name).textValue();
      byte[] bytes = this == CHECKPOINT ? text.getBytes(UTF_8) : Base64.getDecoder().decode(text);
      // The end of a checkpoint is padding, and that of a statement white space and brackets.
      int at =
          switch (this) {
            case CHECKPOINT -> bytes.length - 12;
            case PAYLOAD -> bytes.length / 2;
            default -> bytes.length - 1;
          };
      bytes[at] ^= 1;
      String changed =
          this == CHECKPOINT ? new String(bytes, UTF_8) : Base64.getEncoder().encodeToString(bytes);
      parent.set(name, TextNode.valueOf(changed));
      return copy;
    }
  }

  /** A bundle, and of which statement it is. */
  private record Case(String name, String predicateType, JsonNode bundle) {}

  private static List<Case> theirs;
  private static JsonNode theirRoot;
  private static final LocalSigstore SIGSTORE =
      LocalSigstore.create(Instant.parse("2026-11-22T00:00:00Z"));
  private static final KeyPair KEY = TestKeys.generate("secp256r1");

  /** What the client says of each bundle made here; empty where it holds. */
  private static Map<String, Optional<String>> complaints;

  @BeforeAll
  static void exchange() {
    JavaScriptClient.assumePresent();
    theirs = signedThere();
    complaints = verifiedThere();
  }

  private static List<Case> signedThere() {
    ArrayNode requests = JSON.createArrayNode();
    var cases = new ArrayList<Case>();
    STATEMENTS.forEach(
        (type, statement) -> {
          for (boolean legacy : List.of(false, true)) {
            for (boolean timestamp : List.of(false, true)) {
              requests
                  .addObject()
                  .put("statement", statement)
                  .put("identity", IDENTITY)
                  .put("issuer", ISSUER)
                  .put("legacy", legacy)
                  .put("timestamp", timestamp);
              String name = "%s, legacy %s, timestamp %s".formatted(type, legacy, timestamp);
              cases.add(new Case(name, type, JSON.nullNode()));
            }
          }
        });
    JsonNode answer = JavaScriptClient.run("attest.mjs", requests);
    theirRoot = answer.get("trustedRoot");
    for (int i = 0; i < cases.size(); i++) {
      Case asked = cases.get(i);
      cases.set(i, new Case(asked.name, asked.predicateType, answer.at("/bundles/" + i)));
    }
    return cases;
  }

  private static Map<String, Optional<String>> verifiedThere() {
    var bundles = new LinkedHashMap<String, JsonNode>();
    ours().forEach((name, bundle) -> bundles.put(name, asked(json(bundle), IDENTITY)));
    JsonNode whole = json(SIGSTORE.sign(model(), IDENTITY, ISSUER));
    JsonNode intoto = json(SIGSTORE.bundle(model(), IDENTITY, ISSUER).asIntotoEntry().build());
    for (Part part : Part.values()) {
      if (part.isIn(whole)) {
        bundles.put("changed " + part, asked(part.changed(whole), IDENTITY));
        bundles.put("intoto, changed " + part, asked(part.changed(intoto), IDENTITY));
      }
    }
    bundles.put("of somebody else", asked(whole, SOMEBODY));
    byte[] digest = SIGSTORE.bundle(model(), IDENTITY, ISSUER).inRekorV2().build();
    bundles.put("in Rekor v2 by its digest", asked(json(digest), IDENTITY));
    for (Flaw flaw : Flaw.values()) {
      byte[] flawed = SIGSTORE.bundle(model(), IDENTITY, ISSUER).with(flaw).build();
      bundles.put(flaw.name(), asked(json(flawed), IDENTITY));
    }
    JsonNode keyed = json(signer().sign(model()));
    byKey().forEach((name, statement) -> putKeyed(bundles, name, json(signer().sign(statement))));
    ObjectNode request = JSON.createObjectNode();
    request.set("trustedRoot", json(SIGSTORE.trustedRoot()));
    request
        .putObject("keys")
        .put(
            keyed.at("/verificationMaterial/publicKey/hint").textValue(),
            new String(TestKeys.publicPem(KEY), UTF_8));
    request.putArray("bundles").addAll(bundles.values());

    JsonNode answer = JavaScriptClient.run("verify.mjs", request);
    var said = new LinkedHashMap<String, Optional<String>>();
    for (String name : bundles.keySet()) {
      said.put(name, Optional.ofNullable(answer.get(said.size()).textValue()));
    }
    return said;
  }

  /** What is signed by a key too, the files of a run among them. */
  private static Map<String, byte[]> byKey() {
    String part = "audit/audit_date=2026-11-22/run_id=20261122T010000Z-1b2c3d4e/part-0.parquet";
    return Map.of(
        "by key",
        model(),
        "summary by key",
        STATEMENTS.get(PredicateTypes.VERIFICATION_SUMMARY),
        "run by key",
        ModelSigner.statement(
            "20261122T010000Z-1b2c3d4e",
            ModelSigner.manifest(
                List.of(new Resource(part, 0, Optional.empty(), A)), List.of(), false)));
  }

  private static void putKeyed(Map<String, JsonNode> bundles, String name, JsonNode keyed) {
    bundles.put(name, JSON.createObjectNode().set("bundle", keyed));
    for (Part part : List.of(Part.PAYLOAD, Part.SIGNATURE)) {
      bundles.put(
          name + ", changed " + part, JSON.createObjectNode().set("bundle", part.changed(keyed)));
    }
  }

  /** One bundle of each kind that LocalSigstore makes, for each kind of statement. */
  private static Map<String, byte[]> ours() {
    var bundles = new LinkedHashMap<String, byte[]>();
    STATEMENTS.forEach(
        (type, statement) -> {
          bundles.put(type, SIGSTORE.sign(statement, IDENTITY, ISSUER));
          bundles.put(
              type + ", no timestamp",
              SIGSTORE.bundle(statement, IDENTITY, ISSUER).withoutTimestamp().build());
          bundles.put(
              type + ", no promise",
              SIGSTORE.bundle(statement, IDENTITY, ISSUER).withoutPromise().build());
          bundles.put(
              type + ", version 0.2",
              SIGSTORE.bundle(statement, IDENTITY, ISSUER).asVersion02().build());
          bundles.put(
              type + ", intoto entry",
              SIGSTORE.bundle(statement, IDENTITY, ISSUER).asIntotoEntry().build());
          bundles.put(
              type + ", Rekor v2, as an envelope",
              SIGSTORE.bundle(statement, IDENTITY, ISSUER).inRekorV2AsEnvelope().build());
        });
    return bundles;
  }

  @Test
  void whatTheClientSignsVerifiesHere() throws Exception {
    TrustPolicy policy = policy(theirRoot, IDENTITY);
    assertThat(theirs).hasSize(4 * STATEMENTS.size());
    for (Case made : theirs) {
      CheckedStatement statement = check(policy, made.bundle);

      assertThat(statement.signature().failure()).as(made.name).isEmpty();
      assertThat(statement.predicateType()).as(made.name).contains(made.predicateType);
      assertThat(statement.signature().logIndex()).as(made.name).isPresent();
      Signer signer = statement.signature().signer().orElseThrow();
      assertThat(signer.identity()).as(made.name).isEqualTo(IDENTITY);
      assertThat(signer.issuer()).as(made.name).isEqualTo(ISSUER);
      assertThat(policy.trustsQuantizer(signer, REPOSITORY)).as(made.name).isTrue();
      assertThat(policy(theirRoot, SOMEBODY).trustsQuantizer(signer, REPOSITORY))
          .as(made.name)
          .isFalse();
    }
  }

  @Test
  void theClientLogsBothKindsOfEntryInBothVersionsOfBundle() {
    assertThat(theirs)
        .extracting(
            made ->
                made.bundle.get("mediaType").textValue()
                    + " "
                    + made.bundle
                        .at("/verificationMaterial/tlogEntries/0/kindVersion/kind")
                        .textValue())
        .containsOnly(
            "application/vnd.dev.sigstore.bundle.v0.3+json dsse",
            "application/vnd.dev.sigstore.bundle+json;version=0.2 intoto");
  }

  @Test
  void oneByteChangedInTheClientsBundleIsSeenHere() throws Exception {
    TrustPolicy policy = policy(theirRoot, IDENTITY);
    var seen = EnumSet.noneOf(Part.class);
    for (Case made : theirs) {
      for (Part part : Part.values()) {
        if (part.isIn(made.bundle)) {
          seen.add(part);
          SignatureCheck check = check(policy, part.changed(made.bundle)).signature();

          assertThat(check.signer()).as("%s of %s", part, made.name).isEmpty();
          assertThat(check.failure().map(Problem::reason).orElseThrow())
              .as("%s of %s", part, made.name)
              .matches(part::gives);
        }
      }
    }
    assertThat(seen).containsExactly(Part.values());
  }

  @Test
  void theClientsBundlesAreNobodysUnderAnotherTrustRoot() throws Exception {
    TrustPolicy policy = policy(json(SIGSTORE.trustedRoot()), IDENTITY);

    assertThat(check(policy, theirs.get(0).bundle).signature().failure())
        .map(Problem::reason)
        .contains(Reason.SIGNER_NOT_TRUSTED);
  }

  @Test
  void whatIsSignedHereVerifiesThere() {
    assertThat(ours()).hasSize(6 * STATEMENTS.size());
    ours().keySet().forEach(name -> assertThat(complaints.get(name)).as(name).isEmpty());
  }

  @Test
  void whatAKeySignsHereVerifiesThere() {
    for (String name : byKey().keySet()) {
      assertThat(complaints.get(name)).as(name).isEmpty();
      assertThat(complaints.get(name + ", changed PAYLOAD")).as(name).isPresent();
      assertThat(complaints.get(name + ", changed SIGNATURE")).as(name).isPresent();
    }
  }

  @Test
  void oneByteChangedInABundleOfOursIsSeenThere() {
    Map<String, Optional<String>> changed = new LinkedHashMap<>(complaints);
    changed.keySet().removeIf(name -> !name.contains("changed"));
    assertThat(changed).hasSize(22);
    // The client takes the root hash from the checkpoint, which the log signed.
    assertThat(changed.remove("changed ROOT_HASH")).isEmpty();
    assertThat(changed.remove("intoto, changed ROOT_HASH")).isEmpty();
    assertThat(changed).allSatisfy((name, complaint) -> assertThat(complaint).isPresent());
  }

  @Test
  void anotherIdentityIsSeenThere() {
    assertThat(complaints.get("of somebody else").orElseThrow())
        .startsWith("UNTRUSTED_SIGNER_ERROR");
  }

  /** This version of it compares the digest with the payload's, as of a file. */
  @Test
  void theClientDoesNotKnowEnvelopesByTheirDigestYet() {
    assertThat(complaints.get("in Rekor v2 by its digest").orElseThrow())
        .startsWith("TLOG_BODY_ERROR");
  }

  /** All of them are seen here, see {@link SigstoreCheckTest}. */
  @Test
  void theClientSeesAllFlawsButThese() {
    assertThat(Arrays.stream(Flaw.values()).filter(flaw -> complaints.get(flaw.name()).isEmpty()))
        .containsExactly(
            Flaw.ANOTHER_PAYLOAD_TYPE,
            Flaw.CERTIFICATE_NOT_FOR_CODE_SIGNING,
            Flaw.LOG_ENTRY_OF_ANOTHER_CERTIFICATE,
            Flaw.CHECKPOINT_OF_ANOTHER_ORIGIN);
  }

  private static CheckedStatement check(TrustPolicy policy, JsonNode bundle) {
    byte[] bytes = bundle.toString().getBytes(UTF_8);
    return new BundleVerifier(policy)
        .check(REPOSITORY, "r1", "model.sig", bytes, Sha256Hex.of(bytes))
        .get(0);
  }

  private static TrustPolicy policy(JsonNode trustedRoot, String identity) throws Exception {
    return TrustPolicy.parse(
        PolicySource.of(
            "policy.yaml",
            """
            version: 1
            trust_roots: [{name: s, sigstore: root.json}]
            quantizers:
              - {repositories: "acme/*", signers: [{root: s, identity: "%s", issuer: "%s"}]}
            """
                .formatted(identity, ISSUER)
                .getBytes(UTF_8),
            Map.of("root.json", trustedRoot.toString().getBytes(UTF_8))));
  }

  private static ObjectNode asked(JsonNode bundle, String identity) {
    ObjectNode asked = JSON.createObjectNode();
    asked.set("bundle", bundle);
    return asked.put("identity", "^" + identity.replace(".", "\\.") + "$").put("issuer", ISSUER);
  }

  private static byte[] model() {
    return STATEMENTS.get(PredicateTypes.MODEL_SIGNATURE);
  }

  private static byte[] statement(String predicateType, String predicate) {
    return """
        {"_type":"https://in-toto.io/Statement/v1",
         "subject":[{"name":"base.gguf","digest":{"sha256":"%s"}}],
         "predicateType":"%s","predicate":%s}"""
        .formatted(A, predicateType, predicate)
        .getBytes(UTF_8);
  }

  private static KeySigner signer() {
    try {
      return KeySigner.of(TestKeys.privatePem(KEY));
    } catch (InvalidKeyException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode json(byte[] bytes) {
    try {
      return JSON.readTree(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
