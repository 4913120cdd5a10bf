package dev.weighmaster.jobs.cli;

import static dev.weighmaster.jobs.table.OpenedTable.existing;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.attest.VerificationSummary;
import dev.weighmaster.audit.RunRow;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.cli.Commands.Result;
import dev.weighmaster.jobs.evidence.ModelBom;
import dev.weighmaster.jobs.evidence.RunSigning;
import dev.weighmaster.jobs.evidence.RunSigning.SignedRun;
import dev.weighmaster.jobs.evidence.RunSummaries;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.table.RunSignature;
import dev.weighmaster.jobs.table.RunSignature.State;
import dev.weighmaster.jobs.table.TablePrune;
import dev.weighmaster.jobs.table.TableVerification;
import dev.weighmaster.jobs.table.TableVerification.VerifiedRun;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.sign.LocalServices;
import dev.weighmaster.sign.LocalServices.Fault;
import dev.weighmaster.sign.StatementSigner;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TestKeys;
import dev.weighmaster.trust.TrustPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What an auditor signs of a table, and what others make of it by a policy that names it. */
class AuditorTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final SparkSession SPARK = TestSpark.session();
  private static final String AUDITOR = "https://audits.example/weighmaster";
  private static final String WEIGHTS = "base-Q4_0.gguf";
  private static final String ALIKE = "other-Q4_0.gguf";

  @TempDir private static Path written;
  private static SmallHub small;
  private static RunRow run;
  private static Path key;
  private static Path policy;
  private static Path summaries;

  @TempDir private Path folder;
  private Path table;

  @BeforeAll
  static void auditAndSign() throws Exception {
    small = SmallHub.write(written);
    var pair = TestKeys.generate("secp256r1");
    key = Files.write(written.resolve("auditor.pem"), TestKeys.privatePem(pair));
    Files.write(written.resolve("auditor.pub.pem"), TestKeys.publicPem(pair));
    policy = policy("policy-of-a-consumer.yaml", "auditor", AUDITOR);
    // Attested by nobody: it has no summary.
    small.write("quants/alone/" + ALIKE, SmallHub.quantization());
    run = audit(written.resolve("table"));
    summaries = written.resolve("summaries");
    assertThat(vsa(written.resolve("table"), summaries, Optional.empty())).isEqualTo(1);
  }

  private static RunRow audit(Path into) throws Exception {
    return new AuditJob(SPARK, small.hub().toString(), into.toString())
        .policy(PolicySource.read(small.policy()))
        .date(LocalDate.parse("2026-11-22"))
        .execute()
        .run();
  }

  /** What a consumer trusts: no publisher, only what vouches for the auditor. */
  private static Path policy(String name, String root, String verifier) throws IOException {
    return Files.writeString(
        written.resolve(name),
        """
        version: 1
        trust_roots:
          - {name: auditor, public_key: auditor.pub.pem}
          - {name: acme, public_key: acme.pem}
        auditors:
          - verifier: %s
            signers: [{key: %s}]
        """
            .formatted(verifier, root));
  }

  private static long vsa(Path of, Path out, Optional<String> repository) throws IOException {
    return summarize(of, out, repository, signer());
  }

  private static long summarize(
      Path of, Path out, Optional<String> repository, StatementSigner signer) throws IOException {
    AuditedRun newest = AuditedRun.newest(existing(of.toString()), Optional.empty());
    return new RunSummaries(newest, AUDITOR)
        .of(repository)
        .execute((row, statement) -> SummaryFile.write(out, row, signer, statement));
  }

  private static KeySigner signer() throws IOException {
    try {
      return KeySigner.of(Files.readAllBytes(key));
    } catch (InvalidKeyException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void copyTheTable() throws IOException {
    table = folder.resolve("table");
    copy(written.resolve("table"), table);
  }

  @Test
  void eachVerifiedQuantizationHasASummaryAndNoOther() throws Exception {
    assertThat(files(summaries)).containsExactly(summary(summaries));
    JsonNode statement = payload(JSON.readTree(summary(summaries).toFile()));

    assertThat(statement.get("_type").textValue()).isEqualTo("https://in-toto.io/Statement/v1");
    assertThat(statement.get("predicateType").textValue())
        .isEqualTo("https://slsa.dev/verification_summary/v1");
    assertThat(statement.at("/subject/0/name").textValue()).isEqualTo(WEIGHTS);
    assertThat(statement.at("/subject/0/digest/sha256").textValue())
        .isEqualTo(Sha256Hex.of(SmallHub.quantization()));
    JsonNode predicate = statement.get("predicate");
    assertThat(predicate.at("/verifier/id").textValue()).isEqualTo(AUDITOR);
    assertThat(predicate.get("resourceUri").textValue())
        .isEqualTo("pkg:huggingface/quants/base-GGUF");
    assertThat(predicate.at("/policy/digest/sha256").textValue()).isEqualTo(run.policyDigest());
    assertThat(predicate.at("/policy/uri").textValue()).startsWith("ni:///sha-256;");
    assertThat(predicate.get("verificationResult").textValue()).isEqualTo("PASSED");
    assertThat(predicate.at("/verifiedLevels/0").textValue())
        .isEqualTo("WEIGHMASTER_CHAIN_VERIFIED");
    assertThat(predicate.get("inputAttestations"))
        .extracting(input -> input.at("/digest/sha256").textValue())
        .containsExactlyElementsOf(statements());
    assertThat(Instant.parse(predicate.get("timeVerified").textValue()))
        .isBetween(run.startedAt(), run.finishedAt());
  }

  /** The quantization's first, then its source's. */
  private static List<String> statements() throws IOException {
    return List.of(
        statement(SmallHub.QUANTIZED + "/" + WEIGHTS + ".quantization.sigstore.json"),
        statement(SmallHub.SOURCE + "/model.sig"));
  }

  private static String statement(String sidecar) throws IOException {
    JsonNode bundle = JSON.readTree(small.hub().resolve(sidecar).toFile());
    return Sha256Hex.of(Base64.getDecoder().decode(bundle.at("/dsseEnvelope/payload").textValue()));
  }

  @Test
  void aSummaryHoldsForTheFilesThatTheAuditorHasVerified() {
    Path weights = small.hub().resolve(SmallHub.QUANTIZED);

    assertThat(verify(summary(summaries), weights, policy).succeeded())
        .startsWith("VERIFIED  ")
        .contains("OK: the files are those that the auditor has verified")
        .contains("resource     pkg:huggingface/quants/base-GGUF")
        .contains("auditor      " + AUDITOR);
  }

  @Test
  void whatAnIdentitySignsHoldsByAPolicyThatNamesIt() throws Exception {
    Path out = folder.resolve("out");
    Path trusting;
    Path another;
    try (LocalServices services = LocalServices.start(Fault.NONE)) {
      StatementSigner signer = keyless("auditor@audits.example", services);
      summarize(table, out, Optional.empty(), signer);
      new RunSigning(existing(table.toString()))
          .execute(run.runId(), statement -> Sidecar.sign("the run", signer, statement).bytes());
      trusting = policyOfIdentity("auditor@audits.example");
      another = policyOfIdentity("mallory@audits.example");
    }
    Path weights = small.hub().resolve(SmallHub.QUANTIZED);

    assertThat(verify(summary(out), weights, trusting).succeeded())
        .startsWith("VERIFIED  ")
        .contains("auditor@audits.example");
    assertThat(verify(summary(out), weights, another).out())
        .startsWith("UNVERIFIED  ")
        .contains("SIGNER_NOT_TRUSTED: ");
    assertThat(signature(trusting).state()).isEqualTo(State.TRUSTED);
    assertThat(signature(another).state()).isEqualTo(State.NOT_TRUSTED);
  }

  /** The options that the commands sign by. */
  @Command
  private static final class Signing {
    @Mixin private SignerOption by;
  }

  private StatementSigner keyless(String identity, LocalServices services) throws IOException {
    Path root = Files.write(folder.resolve("root.json"), services.trustedRoot());
    Path config = Files.write(folder.resolve("config.json"), services.signingConfig(2));
    Path token = Files.writeString(folder.resolve("token"), services.token(identity));
    return CommandLine.populateCommand(
            new Signing(),
            "--keyless",
            "--identity-token-file=" + token,
            "--trusted-root=" + root,
            "--signing-config=" + config)
        .by
        .signer();
  }

  private Path policyOfIdentity(String identity) throws IOException {
    return Files.writeString(
        folder.resolve(identity + ".yaml"),
        """
        version: 1
        trust_roots: [{name: local, sigstore: root.json}]
        auditors:
          - verifier: %s
            signers: [{root: local, identity: %s, issuer: %s}]
        """
            .formatted(AUDITOR, identity, LocalServices.ISSUER));
  }

  @Test
  void aSummaryBesideItsFilesNeedsNoFolder() throws Exception {
    Files.write(folder.resolve(WEIGHTS), SmallHub.quantization());
    Path beside = Files.copy(summary(summaries), folder.resolve("one.vsa.sigstore.json"));

    JsonNode said =
        JSON.readTree(Commands.run("verify", beside, "--policy", policy, "--json").succeeded());

    assertThat(said.get("verdict").textValue()).isEqualTo("VERIFIED");
    assertThat(said.at("/levels/0").textValue()).isEqualTo("WEIGHMASTER_CHAIN_VERIFIED");
  }

  @Test
  void aSummaryIsBrokenForOtherBytesAndUnknownWithoutThem() throws Exception {
    assertThat(verify(summary(summaries), folder, policy).out()).contains("IO_ERROR: ");
    byte[] weights = SmallHub.quantization();
    weights[weights.length - 1] ^= 1;
    Files.write(folder.resolve(WEIGHTS), weights);

    Result result = verify(summary(summaries), folder, policy);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).startsWith("BROKEN  ").contains("DIGEST_MISMATCH: ");
  }

  @Test
  void aSummaryOfSomebodyElseOrByAnotherIdCountsForNothing() throws Exception {
    Path weights = small.hub().resolve(SmallHub.QUANTIZED);
    for (Path other :
        List.of(
            policy("key-of-another.yaml", "acme", AUDITOR),
            policy("id-of-another.yaml", "auditor", "https://audits.example/other"),
            small.policy())) {
      Result result = verify(summary(summaries), weights, other);

      assertThat(result.exitCode()).as(other.toString()).isEqualTo(1);
      assertThat(result.out()).startsWith("UNVERIFIED  ").contains("SIGNER_NOT_TRUSTED: ");
    }
    assertThat(Commands.run("verify", summary(summaries), "--files", weights).exitCode())
        .isEqualTo(1);
  }

  @Test
  void anEditedStatementIsSeen() throws Exception {
    ObjectNode bundle = (ObjectNode) JSON.readTree(summary(summaries).toFile());
    String edited = payload(bundle).toString().replace("base-GGUF", "best-GGUF");
    ((ObjectNode) bundle.get("dsseEnvelope"))
        .put("payload", Base64.getEncoder().encodeToString(edited.getBytes(UTF_8)));
    Path file = Files.writeString(folder.resolve("e.vsa.sigstore.json"), bundle.toString());

    Result result = verify(file, small.hub().resolve(SmallHub.QUANTIZED), policy);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).contains("SIGNATURE_INVALID: ");
  }

  @Test
  void whatIsSignedByTheAuditorButIsNoSummaryThatPassedCountsForNothing() throws Exception {
    Path weights = small.hub().resolve(SmallHub.QUANTIZED);
    KeySigner signer = signer();
    String statement = payload(JSON.readTree(summary(summaries).toFile())).toString();
    for (String other :
        List.of(
            statement.replace("verification_summary/v1", "verification_summary/v0.2"),
            statement.replace("PASSED", "FAILED"),
            statement.replace(VerificationSummary.CHAIN_VERIFIED, "SLSA_BUILD_LEVEL_3"))) {
      assertThat(other).isNotEqualTo(statement);
      Path file = folder.resolve("o.vsa.sigstore.json");
      Files.write(file, signer.sign(other.getBytes(UTF_8)));

      Result result = verify(file, weights, policy);

      assertThat(result.exitCode()).as(other).isEqualTo(1);
      assertThat(result.out()).as(other).contains("NO_ATTESTATION: ");
    }
  }

  @Test
  void aStatementThatNobodySignedAndOneThatIsMalformedCountForNothing() throws Exception {
    Path file = folder.resolve("u.vsa.sigstore.json");
    Files.write(file, JSON.writeValueAsBytes(payload(JSON.readTree(summary(summaries).toFile()))));
    assertThat(verify(file, folder, policy).out()).contains("UNSIGNED_STATEMENT: ");
    assertThat(verify(file, folder, policy).exitCode()).isEqualTo(1);

    Files.writeString(file, "{\"mediaType\": 7}");
    assertThat(verify(file, folder, policy).out()).contains("MALFORMED_BUNDLE: ");
    assertThat(verify(file, folder, policy).exitCode()).isEqualTo(2);
  }

  @Test
  void aSummaryInTheHubIsListedAndNeverMakesVerified() throws Exception {
    SmallHub other = SmallHub.write(folder.resolve("other"));
    Path alone = other.hub().resolve("quants/alone");
    other.write("quants/alone/" + WEIGHTS, SmallHub.quantization());
    Path sidecar = alone.resolve(WEIGHTS + SummaryFile.SUFFIX);
    Files.copy(summary(summaries), sidecar);
    Files.copy(
        summary(summaries),
        other.hub().resolve(SmallHub.QUANTIZED + "/" + WEIGHTS + SummaryFile.SUFFIX));
    Files.copy(written.resolve("auditor.pub.pem"), folder.resolve("other/auditor.pub.pem"));
    String trusting =
        Files.readString(other.policy())
                .replace(
                    "trust_roots:\n",
                    "trust_roots:\n  - {name: auditor, public_key: auditor.pub.pem}\n")
            + "auditors:\n  - {verifier: \"%s\", signers: [{key: auditor}]}\n".formatted(AUDITOR);
    Files.writeString(other.policy(), trusting);

    JsonNode unattested = verdict(alone, other);
    assertThat(unattested.get("verdict").textValue()).isEqualTo("UNVERIFIED");
    assertThat(unattested.get("reason").textValue()).isEqualTo("NO_ATTESTATION");
    assertThat(verdict(other.hub().resolve(SmallHub.QUANTIZED), other).get("verdict").textValue())
        .isEqualTo("VERIFIED");
  }

  private static JsonNode verdict(Path repository, SmallHub hub) throws IOException {
    Path above = repository.getParent().getParent();
    Result result =
        Commands.run("verify", repository, "--hub", above, "--policy", hub.policy(), "--json");
    return JSON.readTree(result.out()).at("/quantizations/0");
  }

  @Test
  void nothingIsSignedOfARunThatIsNotAsItWasWritten() throws Exception {
    Path part = part("audit");
    byte[] bytes = Files.readAllBytes(part);
    bytes[bytes.length / 2] ^= 1;
    Files.write(part, bytes);
    Path out = folder.resolve("out");

    assertThatThrownBy(() -> vsa(table, out, Optional.empty()))
        .hasMessageContaining("is not as it was written")
        .hasMessageContaining("hashes to sha256:");
    assertThatThrownBy(this::sign).hasMessageContaining("is not as it was written");
    assertThat(out).doesNotExist();
    assertThat(table.resolve("_signatures")).doesNotExist();
  }

  @Test
  void summariesAreOfOneRepositoryIfOneIsNamed() throws Exception {
    assertThat(vsa(table, folder.resolve("of"), Optional.of(SmallHub.QUANTIZED))).isEqualTo(1);
    assertThat(vsa(table, folder.resolve("no"), Optional.of("quants/alone"))).isZero();
    assertThat(folder.resolve("no")).doesNotExist();
  }

  @Test
  void aRunIsSignedAndItsSignatureChecked() throws Exception {
    assertThat(signature(policy).state()).isEqualTo(State.UNSIGNED);
    SignedRun signed = sign();
    assertThat(signed.files()).isEqualTo(4);
    assertThat(signed.path()).isEqualTo("_signatures/" + run.runId() + ".sig");

    assertThat(signature(policy).state()).isEqualTo(State.TRUSTED);
    assertThat(signature(policy).detail())
        .contains("signed by sha256:", "an auditor of the policy");
    assertThat(signature(small.policy()).state()).isEqualTo(State.NOT_TRUSTED);
    assertThat(signature(small.policy()).signer()).isEmpty();
    Path others = policy("others.yaml", "acme", AUDITOR);
    assertThat(signature(others).state()).isEqualTo(State.NOT_TRUSTED);
    assertThat(signature(others).detail()).contains("whom the policy does not name as an auditor");
  }

  @Test
  void aRowInRunsThatWasMadeToFitIsSeenByTheSignature() throws Exception {
    sign();
    Path row = part("runs");
    Path rewritten = folder.resolve("rewritten");
    SPARK.read().parquet(row.toString()).coalesce(1).write().parquet(rewritten.toString());
    Files.delete(row.resolveSibling("." + row.getFileName() + ".crc"));
    Files.write(row, Files.readAllBytes(part(rewritten)));

    VerifiedRun found = verified(policy);

    assertThat(found.mismatches()).isEmpty();
    assertThat(found.signature().isBroken()).isTrue();
    assertThat(found.signature().detail())
        .startsWith("the signature is broken: runs/audit_date=")
        .contains("hashes to sha256:");
  }

  @Test
  void anEditedSignatureAndOneOfSomethingElseAreBroken() throws Exception {
    sign();
    Path file = table.resolve("_signatures/" + run.runId() + ".sig");
    Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
    ObjectNode bundle = (ObjectNode) JSON.readTree(file.toFile());
    String edited = payload(bundle).toString();
    ((ObjectNode) bundle.get("dsseEnvelope"))
        .put("payload", Base64.getEncoder().encodeToString(edited.getBytes(UTF_8)));
    Files.writeString(file, bundle.toString());
    assertThat(signature(policy).isBroken()).isTrue();

    Files.write(file, Files.readAllBytes(summary(summaries)));
    assertThat(signature(policy).detail()).contains("and no signature of files");
    assertThat(signature(policy).isBroken()).isTrue();

    Files.writeString(file, "nothing");
    assertThat(signature(small.policy()).isBroken()).isTrue();
  }

  @Test
  void aSignatureGoesWithItsRun() throws Exception {
    sign();
    Path old = table.resolve("_signatures/" + run.runId() + ".sig");
    Path stray = Files.copy(old, old.resolveSibling("gone.sig"));
    new AuditJob(SPARK, small.hub().toString(), table.toString())
        .policy(PolicySource.read(small.policy()))
        .date(LocalDate.parse("2026-11-23"))
        .execute();

    Instant future = Instant.parse("2100-01-01T00:00:00Z");
    new TablePrune(existing(table.toString()), future).dryRun().execute();
    assertThat(old).exists();
    new TablePrune(existing(table.toString()), future).execute();

    assertThat(old).doesNotExist();
    assertThat(stray).doesNotExist();
  }

  @Test
  void aRepositorysBomIsValidAndSaysWhatTheAuditFound() throws Exception {
    String text = ModelBom.of(existing(table.toString()), Optional.empty(), SmallHub.QUANTIZED);

    assertThat(BomSchema.read().validate(text, InputFormat.JSON)).isEmpty();
    assertThat(BomSchema.read().validate(text.replace("\"file\"", "\"fil\""), InputFormat.JSON))
        .isNotEmpty();
    JsonNode model = JSON.readTree(text).at("/components/0");
    assertThat(model.get("type").textValue()).isEqualTo("machine-learning-model");
    assertThat(model.at("/hashes/0/content").textValue())
        .isEqualTo(Sha256Hex.of(SmallHub.quantization()));
    assertThat(model.at("/components/0/name").textValue()).isEqualTo(WEIGHTS);
    assertThat(model.at("/pedigree/ancestors/0/name").textValue()).isEqualTo(SmallHub.SOURCE);
    assertThat(model.at("/modelCard/modelParameters/modelArchitecture").textValue())
        .isEqualTo("llama");
    assertThat(model.get("externalReferences"))
        .extracting(reference -> reference.at("/hashes/0/content").textValue())
        .containsExactlyElementsOf(statements());
    assertThat(model.get("properties"))
        .contains(
            JSON.createObjectNode().put("name", "weighmaster:verdict").put("value", "VERIFIED"));
    assertThat(ModelBom.of(existing(table.toString()), Optional.empty(), SmallHub.QUANTIZED))
        .isEqualTo(text);
    assertThatThrownBy(() -> ModelBom.of(existing(table.toString()), Optional.empty(), "no/body"))
        .hasMessageEndingWith("has no quantization of no/body");
  }

  @Test
  void summariesLieBelowTheirFolderWhateverTheirNames() {
    Path out = folder.resolve("out");
    var names =
        List.of(
            "../../etc", "a/..", "/a", "a//b", "a\u0000b/\u202Ec", "x".repeat(5000), "A/b", "%");
    var places = new HashSet<Path>();
    for (String name : names) {
      Path place = SummaryFile.in(out, name, "", "w.gguf");
      assertThat(place.normalize()).isEqualTo(place);
      assertThat(place).startsWithRaw(out);
      places.add(place);
      places.add(SummaryFile.in(out, "a/b", name, "w.gguf"));
      places.add(SummaryFile.in(out, "a/b", "", name));
    }
    assertThat(places).hasSize(3 * names.size());
  }

  @Test
  void subjectsOfTheStatementMustHaveDigests() {
    var summary =
        new VerificationSummary(
            AUDITOR,
            Optional.empty(),
            Optional.empty(),
            "pkg:huggingface/a/b",
            Optional.of("a".repeat(64)),
            List.of(),
            true,
            List.of());

    assertThatThrownBy(() -> summary.statement(List.of(new Subject("a", Optional.empty()))))
        .hasMessage("a has no digest");
    assertThat(PredicateTypes.VERIFICATION_SUMMARY).endsWith("verification_summary/v1");
  }

  private SignedRun sign() throws IOException {
    KeySigner signer = signer();
    return new RunSigning(existing(table.toString())).execute(run.runId(), signer::sign);
  }

  private VerifiedRun verified(Path by) throws Exception {
    return new TableVerification(existing(table.toString()))
        .policy(TrustPolicy.load(by))
        .execute()
        .runs()
        .get(0);
  }

  private RunSignature signature(Path by) throws Exception {
    return verified(by).signature();
  }

  private Path part(String dataSet) throws IOException {
    return part(table.resolve(dataSet));
  }

  private static Path part(Path below) throws IOException {
    return files(below).stream()
        .filter(file -> file.toString().endsWith(".parquet"))
        .findFirst()
        .orElseThrow();
  }

  private static Result verify(Path summary, Path files, Path by) {
    return Commands.run("verify", summary, "--files", files, "--policy", by);
  }

  private static Path summary(Path in) {
    return in.resolve(SmallHub.QUANTIZED + "/" + WEIGHTS + SummaryFile.SUFFIX);
  }

  private static JsonNode payload(JsonNode bundle) throws IOException {
    return JSON.readTree(
        Base64.getDecoder().decode(bundle.at("/dsseEnvelope/payload").textValue()));
  }

  private static List<Path> files(Path below) throws IOException {
    try (Stream<Path> found = Files.walk(below)) {
      return found.filter(Files::isRegularFile).toList();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    for (Path file : files(from)) {
      Path target = to.resolve(from.relativize(file));
      Files.createDirectories(target.getParent());
      Files.copy(file, target);
    }
  }
}
