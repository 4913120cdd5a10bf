package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.ELSEWHERE;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.Flaw;
import dev.weighmaster.trust.Role;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a judge says of a statement, a signer or a source outside of any chain. */
class StatementsAloneTest {
  private static final String REPOSITORY = "quants/base-GGUF";
  private static final String Q4 = REPOSITORY + "/base.Q4_0.gguf";
  private static final String SIDECAR = Q4 + ".quantization.sigstore.json";
  private static final String BASE = "acme/base";

  private TestHub hub;

  @BeforeEach
  void aSignedModelAndAQuantization(@TempDir Path folder) {
    hub = new TestHub(folder);
    hub.model(BASE).sign(BASE, ACME).write(Q4, gguf(GgmlType.Q4_0, "base"));
  }

  private ChainJudge judge() {
    return new ChainJudge(hub.trust());
  }

  /** A sidecar of the hub as one of a repository, which may be none. */
  private CheckedStatement checked(String repository, String name, String path) throws IOException {
    return new BundleVerifier(hub.trust(), Clock.fixed(TestHub.NOW, ZoneOffset.UTC))
        .check(repository, "", name, Files.readAllBytes(hub.file(path)), hub.sha256(path))
        .get(0);
  }

  private Optional<Reason> ofAttestation() {
    List<HeldStatement> statements = hub.evidence(REPOSITORY).statements();
    assertThat(statements).hasSize(1);
    return judge().problemOf(statements.get(0)).map(Problem::reason);
  }

  @Test
  void aStatementIsHeldToItsSignerAndToItsSubjects() {
    hub.attest(Q4).from(BASE).by(QUANTS);
    assertThat(ofAttestation()).isEmpty();

    hub.write(Q4, gguf(GgmlType.Q4_0, "another"));
    assertThat(ofAttestation()).contains(Reason.DIGEST_MISMATCH);

    hub.attest(Q4).from(BASE).by(STRANGER);
    assertThat(ofAttestation()).contains(Reason.SIGNER_NOT_TRUSTED);
  }

  @Test
  void aModelSignatureIsHeldToItsSignerAndToItsFiles() {
    ModelSignature signed = hub.evidence(BASE).signatures().get(0);
    assertThat(judge().problemOf(signed, BASE)).isEmpty();

    hub.write(BASE + "/config.json", "{}");
    assertThat(judge().problemOf(hub.evidence(BASE).signatures().get(0), BASE))
        .map(Problem::reason)
        .contains(Reason.DIGEST_MISMATCH);

    hub.sign(BASE, STRANGER);
    assertThat(judge().problemOf(hub.evidence(BASE).signatures().get(0), BASE))
        .map(Problem::reason)
        .contains(Reason.SIGNER_NOT_TRUSTED);
  }

  @ParameterizedTest
  @CsvSource({
    "PUBLISHER, acme/base, true",
    "PUBLISHER, quants/base-GGUF, false",
    "QUANTIZER, acme/base, false"
  })
  void aSignerCountsInARoleAndForARepository(Role role, String repository, boolean counts)
      throws Exception {
    CheckedStatement signature = checked(repository, "model.sig", BASE + "/model.sig");

    assertThat(judge().signerProblem(signature, role, repository).map(Problem::reason))
        .isEqualTo(counts ? Optional.empty() : Optional.of(Reason.SIGNER_NOT_TRUSTED));
  }

  @Test
  void aQuantizerCountsForTheRepositoryThatTheStatementLiesIn() throws Exception {
    hub.attest(Q4).from(BASE).by(QUANTS);

    assertThat(judge().signerProblem(checked(REPOSITORY, "a", SIDECAR), Role.QUANTIZER, REPOSITORY))
        .isEmpty();
    assertThat(
            judge().signerProblem(checked("evil/copy", "a", SIDECAR), Role.QUANTIZER, "evil/copy"))
        .isPresent();
  }

  private Problem unmatched(String path) throws IOException {
    return judge().problemOfUnmatched(checked("", CheckedStatement.ELSEWHERE + "a", path));
  }

  @Test
  void aStatementOfWhichTheHubHoldsNothingCountsForNothing() throws Exception {
    hub.attest(Q4).from(BASE).in(ELSEWHERE + "/a.sigstore.json").by(QUANTS);

    Problem problem = unmatched(ELSEWHERE + "/a.sigstore.json");

    assertThat(problem.reason()).isEqualTo(Reason.SIGNER_NOT_TRUSTED);
    assertThat(problem.detail()).contains("the hub holds nothing that it covers");
    assertThat(unmatched(BASE + "/model.sig").detail())
        .contains("the hub holds nothing that it covers");
  }

  /** No entry of the policy is asked: whoever signed it, it says so. */
  @Test
  void whatIsWrongWithAnUnmatchedStatementItselfIsSaidFirst() throws Exception {
    hub.attest(Q4).from(BASE).by(Signs.keyless("any@body.example", Flaw.INCLUSION_PATH_CHANGED));
    assertThat(unmatched(SIDECAR).reason()).isEqualTo(Reason.LOG_PROOF_INVALID);

    hub.attest(Q4).from(BASE).by(STRANGER);
    assertThat(unmatched(SIDECAR).reason()).isEqualTo(Reason.SIGNER_NOT_TRUSTED);
    assertThat(unmatched(SIDECAR).detail()).contains("the hub holds nothing that it covers");

    hub.policy("revoked: {statements: [" + hub.sha256(SIDECAR) + "]}\n");
    assertThat(unmatched(SIDECAR).reason()).isEqualTo(Reason.REVOKED);
  }

  @Test
  void anUnmatchedSignatureByShardsCouldNotBeCompared() throws Exception {
    hub.signShards(BASE, 64, ACME);

    assertThat(unmatched(BASE + "/model.sig").reason()).isEqualTo(Reason.UNSUPPORTED);
  }

  @Test
  void aSourceIsRevokedByItsWeightsAndByItsModelWhoeverSignedIt() {
    hub.sign(BASE, STRANGER);
    assertThat(revokedSources()).isEmpty();

    for (String digest : List.of(hub.sha256(BASE + "/model.safetensors"), hub.rootDigest(BASE))) {
      String revoked = "revoked: {digests: [" + digest + "]}\n";
      hub.policy(revoked);
      assertThat(revokedSources()).contains(Reason.REVOKED);
      hub.policyWith(revoked, "");
    }
  }

  private List<Reason> revokedSources() {
    return hub.evidence(BASE).sources().stream()
        .flatMap(source -> judge().revoked(source).stream())
        .map(Problem::reason)
        .toList();
  }

  /** Where nobody can vouch, nothing is looked for. */
  @ParameterizedTest
  @CsvSource({
    // A publisher of the model that is named, or its quantizer, in a repository of the same signer.
    "acme, acme/base, true",
    "acme, acme/other, true",
    "quants, quants/any, true",
    "evil, evil/copy, false"
  })
  void whoMayVouchInARepositoryIsForThePolicyToSay(String org, String place, boolean may) {
    SourceQuery query =
        SourceQuery.elsewhere(new SourceKey.OfDigest("a".repeat(64)), REPOSITORY, List.of(BASE));

    assertThat(judge().mayVouchIn(place, query)).isEqualTo(may);
    assertThat(judge().mayVouchAnywhereIn(org, query)).isEqualTo(may);
  }

  @Test
  void aQuantizersOtherRepositoriesVouchForNoStatementOfSomebodyElse() {
    SourceQuery query =
        SourceQuery.elsewhere(
            new SourceKey.OfDigest("a".repeat(64)), "evil/q", List.of("evil/model"));

    for (String place : List.of("acme/base", "quants/any", "evil/copy")) {
      assertThat(judge().mayVouchIn(place, query)).as(place).isFalse();
    }
  }

  @Test
  void aPublisherWhoQuantizesElsewhereMayVouchThere() {
    hub.policy("  - {repositories: \"mirror/*\", signers: [{key: acme}]}\n");
    SourceQuery query =
        SourceQuery.elsewhere(new SourceKey.OfDigest("a".repeat(64)), "evil/q", List.of(BASE));

    assertThat(judge().mayVouchIn("mirror/any", query)).isTrue();
    assertThat(judge().mayVouchAnywhereIn("mirror", query)).isTrue();
    assertThat(judge().mayVouchIn("quants/any", query)).isFalse();
  }
}
