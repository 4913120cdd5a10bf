package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.Subject;
import dev.weighmaster.attest.VerificationSummary;
import dev.weighmaster.chain.AuditorCheck.Audited;
import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What others' audits are worth: QUANTS audits as one.example, ACME as two.example. */
class AuditorCheckTest {
  private static final String ONE = "https://one.example";
  private static final String TWO = "https://two.example";
  private static final String Q4 = "quants/base-GGUF/base.Q4_0.gguf";

  private TestHub hub;

  @BeforeEach
  void aPolicyThatNamesTwoAuditors(@TempDir Path folder) {
    hub =
        new TestHub(folder)
            .policy(
                """
                auditors:
                  - {verifier: "%s", signers: [{key: quants}]}
                  - {verifier: "%s", signers: [{key: acme}]}
                """
                    .formatted(ONE, TWO));
  }

  private static byte[] says(String verifier, boolean passed, String... levels) {
    return new VerificationSummary(
            verifier,
            Optional.empty(),
            Optional.of(TestHub.NOW),
            "pkg:huggingface/quants/base-GGUF",
            Optional.of("a".repeat(64)),
            List.of("b".repeat(64)),
            passed,
            List.of(levels))
        .statement(List.of(new Subject("base.Q4_0.gguf", Optional.of("c".repeat(64)))));
  }

  private static byte[] verified(String verifier) {
    return says(verifier, true, VerificationSummary.CHAIN_VERIFIED);
  }

  private Audited summary(byte[] bundle) {
    return new AuditorCheck(hub.trust()).summary("audit.json", bundle);
  }

  private Audited run(byte[] bundle) {
    return new AuditorCheck(hub.trust()).run("run.sig", bundle);
  }

  private static void assertProblem(Audited audited, Reason reason, String detail) {
    assertThat(audited.problem().map(Problem::reason)).contains(reason);
    assertThat(audited.problem().orElseThrow().detail()).contains(detail);
  }

  @Test
  void aSummaryOfAnAuditorCounts() {
    Audited audited = summary(QUANTS.apply(verified(ONE)));

    assertThat(audited.problem()).isEmpty();
    assertThat(audited.summary().orElseThrow().verifierId()).isEqualTo(ONE);
    assertThat(audited.statement().subjects())
        .containsExactly(new Subject("base.Q4_0.gguf", Optional.of("c".repeat(64))));
  }

  @Test
  void anAuditorSpeaksUnderNoOtherId() {
    assertProblem(
        summary(QUANTS.apply(verified(TWO))),
        Reason.SIGNER_NOT_TRUSTED,
        "whom the policy does not name as the auditor " + TWO);
    assertThat(summary(ACME.apply(verified(TWO))).problem()).isEmpty();
  }

  @Test
  void aSummaryOfWhomThePolicyDoesNotNameAsAnAuditorCountsForNothing() {
    assertProblem(
        summary(STRANGER.apply(verified(ONE))), Reason.SIGNER_NOT_TRUSTED, "as the auditor " + ONE);
  }

  @Test
  void aSummaryThatNobodySignedCountsForNothing() {
    Audited bare = summary(verified(ONE));

    assertThat(bare.problem().map(Problem::reason)).contains(Reason.UNSIGNED_STATEMENT);
    assertThat(bare.summary()).isPresent();
  }

  @Test
  void aResultThatIsNotPassedCountsForNothing() {
    assertProblem(
        summary(QUANTS.apply(says(ONE, false, VerificationSummary.CHAIN_VERIFIED))),
        Reason.NO_ATTESTATION,
        "audit.json: the auditor's result is FAILED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "SLSA_BUILD_LEVEL_3", "WEIGHMASTER_CHAIN"})
  void aResultOfAnotherLevelCountsForNothing(String level) {
    byte[] statement = level.isEmpty() ? says(ONE, true) : says(ONE, true, level);

    assertProblem(
        summary(QUANTS.apply(statement)),
        Reason.NO_ATTESTATION,
        "the auditor does not say " + VerificationSummary.CHAIN_VERIFIED);
  }

  @Test
  void aStatementOfAnotherTypeIsNoSummary() throws Exception {
    Audited audited = summary(attestation());

    assertProblem(audited, Reason.NO_ATTESTATION, "audit.json is a statement of the type ");
    assertThat(audited.summary()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[", "\u0000", "{\"dsseEnvelope\": {\"payload\": \"e30=\"}}"})
  void whatCanNotBeReadIsMalformed(String bundle) {
    assertProblem(summary(bundle.getBytes(UTF_8)), Reason.MALFORMED_BUNDLE, "audit.json: ");
    assertThat(summary(bundle.getBytes(UTF_8)).summary()).isEmpty();
    assertProblem(run(bundle.getBytes(UTF_8)), Reason.MALFORMED_BUNDLE, "run.sig: ");
  }

  @Test
  void aSummaryWithoutItsResultIsMalformed() {
    String statement = new String(verified(ONE), UTF_8).replace("verificationResult", "result");

    Audited audited = summary(QUANTS.apply(statement.getBytes(UTF_8)));

    assertProblem(audited, Reason.MALFORMED_BUNDLE, "audit.json: ");
    assertThat(audited.summary()).isEmpty();
  }

  @Test
  void whatThePolicyRevokesCountsForNothing() {
    byte[] bundle = QUANTS.apply(verified(ONE));
    hub.policy("revoked: {statements: [" + Sha256Hex.of(verified(ONE)) + "]}\n");

    assertProblem(summary(bundle), Reason.REVOKED, "audit.json (sha256:");
  }

  @Test
  void theSignatureOfARunIsAnyAuditors() {
    hub.model("runs/one");
    byte[] statement = ModelSigner.statement("one", hub.manifest("runs/one"));

    for (Signs auditor : List.of(ACME, QUANTS)) {
      assertThat(run(auditor.apply(statement)).problem()).isEmpty();
      assertThat(run(auditor.apply(statement)).summary()).isEmpty();
    }
    assertProblem(
        run(STRANGER.apply(statement)),
        Reason.SIGNER_NOT_TRUSTED,
        "whom the policy does not name as an auditor");
  }

  @Test
  void aStatementThatListsNoFilesIsNoSignatureOfARun() throws Exception {
    assertProblem(run(attestation()), Reason.MALFORMED_BUNDLE, "and no signature of files");
  }

  private byte[] attestation() throws Exception {
    hub.model("acme/base").write(Q4, TestHub.gguf(GgmlType.Q4_0, "base"));
    hub.attest(Q4).from("acme/base").by(QUANTS);
    return Files.readAllBytes(hub.file(Q4 + ".quantization.sigstore.json"));
  }
}
