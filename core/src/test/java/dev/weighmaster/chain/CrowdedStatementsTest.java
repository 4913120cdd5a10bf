package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.ELSEWHERE;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More statements about one file than are looked at. */
class CrowdedStatementsTest {
  private static final String REPOSITORY = "quants/base-GGUF";
  private static final String Q4 = REPOSITORY + "/base.Q4_0.gguf";
  private static final String BASE = "acme/base";

  private TestHub hub;

  @BeforeEach
  void aQuantizationThatIsAttestedByItsFirstSidecar(@TempDir Path folder) {
    hub = new TestHub(folder);
    hub.model(BASE).sign(BASE, ACME).write(Q4, gguf(GgmlType.Q4_0, "base"));
    hub.model("acme/other").sign("acme/other", ACME);
    hub.write(REPOSITORY + "/README.md", "---\nbase_model: acme/base\n---\n");
    hub.attest(Q4).from(BASE).in(REPOSITORY + "/a.sigstore.json").by(QUANTS);
  }

  @ParameterizedTest
  @ValueSource(strings = {REPOSITORY, ELSEWHERE})
  void copiesOfOneStatementDoNotCrowdOutOneThatContradictsIt(String folder) throws Exception {
    copies(folder);
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.OK);

    hub.attest(Q4).from("acme/other").in(folder + "/z.sigstore.json").by(QUANTS);
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.CLAIM_MISMATCH);
  }

  @Test
  void norDoCopiesInAFolderEach() throws Exception {
    for (int i = 0; i <= SpeakingStatements.MAX; i++) {
      Path folder = Files.createDirectories(hub.file(REPOSITORY + "/b" + i));
      Files.copy(hub.file(REPOSITORY + "/a.sigstore.json"), folder.resolve("a.sigstore.json"));
    }
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.OK);

    hub.attest(Q4).from("acme/other").in(REPOSITORY + "/z.sigstore.json").by(QUANTS);
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.CLAIM_MISMATCH);
  }

  @Test
  void norDoesWhatTheirSignerSignsAgain() {
    for (int i = 0; i <= SpeakingStatements.MAX; i++) {
      hub.attest(Q4).from(BASE).in(REPOSITORY + "/b" + i + ".sigstore.json").by(QUANTS);
    }
    hub.attest(Q4).from("acme/other").in(REPOSITORY + "/z.sigstore.json").by(QUANTS);

    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.CLAIM_MISMATCH);
  }

  @Test
  void aCopyInAnotherFolderSpeaksOfTheFilesThere() throws Exception {
    String other = REPOSITORY + "/more/base.Q4_0.gguf";
    hub.write(other, gguf(GgmlType.Q4_0, "changed"));
    Files.copy(hub.file(REPOSITORY + "/a.sigstore.json"), hub.file(REPOSITORY + "/more/a.sig"));

    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.OK);
    assertThat(hub.judge(other).reason()).isEqualTo(Reason.DIGEST_MISMATCH);
  }

  @Test
  void whatIsSaidInTooManyWaysByWhoCountsIsNotVerified() {
    manyDifferent(QUANTS);

    Judgement judgement = hub.judge(Q4);
    assertThat(judgement.verdict()).isEqualTo(Verdict.ERROR);
    assertThat(judgement.reason()).isEqualTo(Reason.UNSUPPORTED);
    assertThat(judgement.detail()).startsWith("more statements by signers who count cover");
  }

  @Test
  void howeverMuchStrangersSaySaysNothing() {
    manyDifferent(STRANGER);

    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.OK);
  }

  @Test
  void norIsAWayVerifiedThatLeadsThroughAFileOfWhichTooMuchIsSaid() {
    String f16 = REPOSITORY + "/base.F16.gguf";
    hub.write(f16, gguf(GgmlType.F16, "base")).remove(REPOSITORY + "/a.sigstore.json");
    hub.attest(f16).method("F16").from(BASE).in(REPOSITORY + "/f16.sigstore.json").by(QUANTS);
    hub.attest(Q4).from(BASE, hub.sha256(f16)).in(REPOSITORY + "/q4.sigstore.json").by(QUANTS);
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.OK);

    for (int i = 0; i <= SpeakingStatements.MAX; i++) {
      hub.attest(f16)
          .method("F16")
          .bound(i)
          .from(BASE)
          .in(REPOSITORY + "/g" + i + ".sigstore.json")
          .by(QUANTS);
    }
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.UNSUPPORTED);
  }

  private void manyDifferent(Signs signer) {
    for (int i = 0; i <= SpeakingStatements.MAX; i++) {
      hub.attest(Q4).bound(i).from(BASE).in(REPOSITORY + "/b" + i + ".sigstore.json").by(signer);
    }
  }

  private void copies(String folder) throws Exception {
    Path own = hub.file(REPOSITORY + "/a.sigstore.json");
    Files.createDirectories(hub.file(folder));
    for (int i = 0; i <= SpeakingStatements.MAX; i++) {
      Files.copy(own, hub.file(folder + "/b" + i + ".sigstore.json"));
    }
  }

  /** The lines that are left unread may contradict the others. */
  @Test
  void aSidecarOfMoreStatementsThanAreReadProvesNothing() throws Exception {
    String line = Files.readString(hub.file(REPOSITORY + "/a.sigstore.json")).replace("\n", "");
    hub.remove(REPOSITORY + "/a.sigstore.json");
    String sidecar = REPOSITORY + "/all.intoto.jsonl";
    hub.write(sidecar, (line + "\n").repeat(1000));
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.OK);

    hub.write(sidecar, (line + "\n").repeat(1001));
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.UNSUPPORTED);
  }

  @Test
  void oneThatAnybodyKeepsElsewhereTakesNothingAway() throws Exception {
    String line = Files.readString(hub.file(REPOSITORY + "/a.sigstore.json")).replace("\n", "");
    hub.write(ELSEWHERE + "/all.intoto.jsonl", (line + "\n").repeat(1001));
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.OK);

    hub.remove(REPOSITORY + "/a.sigstore.json");
    assertThat(hub.judge(Q4).reason()).isEqualTo(Reason.SIGNER_NOT_TRUSTED);
  }
}
