package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EverySubjectTest {
  @TempDir private Path folder;
  private TestHub hub;

  @BeforeEach
  void twoFilesThatOneStatementAttests() {
    hub = new TestHub(folder);
    hub.model("acme/base")
        .write("quants/q/a.gguf", gguf(GgmlType.Q4_0, "a"))
        .write("quants/q/b.gguf", gguf(GgmlType.Q4_0, "b"));
    attest("quants/q/a.gguf", "quants/q/b.gguf").by(QUANTS);
  }

  private TestHub.Attestation attest(String... files) {
    return hub.attest(files).from("acme/base");
  }

  private Optional<Problem> mismatch() {
    assertThat(hub.evidence("quants/q").statements()).hasSize(1);
    return hub.evidence("quants/q").statements().get(0).mismatch();
  }

  private void assertMismatch(Reason reason, String detail) {
    assertThat(mismatch().map(Problem::reason)).contains(reason);
    assertThat(mismatch().orElseThrow().detail()).contains(detail);
  }

  @Test
  void subjectsThatAreAsTheyWereAttestedAreNoMismatch() {
    assertThat(mismatch()).isEmpty();
  }

  @Test
  void aChangedSubjectIsAMismatch() {
    hub.write("quants/q/b.gguf", gguf(GgmlType.Q4_0, "another"));

    assertMismatch(Reason.DIGEST_MISMATCH, "b.gguf: the statement covers sha256:");
  }

  @Test
  void theDigestOfAnotherFileDoesNotStandForASubjectThatHasChanged() {
    hub.write("quants/q/b.gguf", gguf(GgmlType.Q4_0, "a"));

    assertMismatch(Reason.DIGEST_MISMATCH, "b.gguf");
  }

  @Test
  void exchangedSubjectsAreAMismatch() {
    hub.write("quants/q/a.gguf", gguf(GgmlType.Q4_0, "b"))
        .write("quants/q/b.gguf", gguf(GgmlType.Q4_0, "a"));

    assertMismatch(Reason.DIGEST_MISMATCH, "a.gguf");
  }

  @Test
  void aRemovedSubjectIsMissed() {
    hub.remove("quants/q/b.gguf");

    assertMismatch(Reason.SUBJECT_INCOMPLETE, "also covers b.gguf");
  }

  @Test
  void aStatementOfWhichNothingIsHereSpeaksOfNothing() {
    hub.remove("quants/q/a.gguf").remove("quants/q/b.gguf");

    assertMismatch(Reason.NO_ATTESTATION, "covers no file here");
  }

  @Test
  void aRenamedSubjectIsKnownByItsDigest() {
    hub.remove("quants/q/b.gguf").write("quants/q/renamed.gguf", gguf(GgmlType.Q4_0, "b"));

    assertThat(mismatch()).isEmpty();
  }

  @Test
  void aPartOfASetThatWasRenamedMustStillBeThatPart() {
    String[] parts = {"quants/q/m-00001-of-00002.gguf", "quants/q/m-00002-of-00002.gguf"};
    hub.remove("quants/q")
        .write(parts[0], gguf(GgmlType.Q4_0, "a"))
        .write(parts[1], gguf(GgmlType.Q4_0, "b"));
    attest(parts).by(QUANTS);
    hub.remove(parts[0])
        .remove(parts[1])
        .write("quants/q/n-00001-of-00002.gguf", gguf(GgmlType.Q4_0, "a"))
        .write("quants/q/n-00002-of-00002.gguf", gguf(GgmlType.Q4_0, "b"));
    assertThat(mismatch()).isEmpty();

    hub.write("quants/q/n-00001-of-00002.gguf", gguf(GgmlType.Q4_0, "b"))
        .write("quants/q/n-00002-of-00002.gguf", gguf(GgmlType.Q4_0, "a"));

    assertThat(mismatch()).isNotEmpty();
  }

  @Test
  void aSubjectInAnotherFolderIsHeldToItsName() {
    hub.remove("quants/q/b.gguf").write("quants/q/sub/b.gguf", gguf(GgmlType.Q4_0, "another"));

    assertMismatch(Reason.DIGEST_MISMATCH, "sub/b.gguf");
  }

  @Test
  void aChangeIsToldBeforeWhatIsMissing() {
    hub.remove("quants/q/a.gguf").write("quants/q/b.gguf", gguf(GgmlType.Q4_0, "another"));

    assertMismatch(Reason.DIGEST_MISMATCH, "b.gguf");
  }

  @Test
  void aSubjectThatIsNoWeightsCountsToo() {
    hub.write("quants/q/imatrix.dat", "calibration");
    attest("quants/q/a.gguf", "quants/q/b.gguf", "quants/q/imatrix.dat").by(QUANTS);
    assertThat(mismatch()).isEmpty();

    hub.write("quants/q/imatrix.dat", "another");

    assertMismatch(Reason.DIGEST_MISMATCH, "imatrix.dat");
  }

  @Test
  void aPointerIsNotTheFileThatWasAttested() {
    hub.write(
        "quants/q/b.gguf",
        "version https://git-lfs.github.com/spec/v1\noid sha256:"
            + hub.sha256("quants/q/b.gguf")
            + "\nsize 100\n");

    assertMismatch(Reason.IO_ERROR, "b.gguf, which could not be read");
  }

  @Test
  void aRevokedSubjectTakesTheStatementAlongWhetherItIsHereOrNot() {
    hub.policy("revoked: {digests: [\"" + hub.sha256("quants/q/b.gguf") + "\"]}\n");
    assertMismatch(Reason.REVOKED, "the policy revokes b.gguf");

    hub.remove("quants/q/b.gguf");

    assertMismatch(Reason.REVOKED, "the policy revokes b.gguf");
  }

  @Test
  void aStatementThatCanNotBeReadIsNotHeldToAnything() {
    hub.write("quants/q/a.gguf.quantization.sigstore.json", "{}");

    assertThat(mismatch()).isEmpty();
  }
}
