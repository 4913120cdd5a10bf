package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of several outcomes decides. */
class OutcomeTest {
  private static final Problem UNREAD = new Problem(Reason.IO_ERROR, "weights could not be read");

  private TestHub hub;
  private Link signature;
  private Link attestation;

  @BeforeEach
  void aSignatureAndAnAttestation(@TempDir Path folder) {
    hub = new TestHub(folder);
    String file = "quants/a/a.gguf";
    hub.write(file, gguf(GgmlType.Q4_0, "a"));
    hub.attest(file).from("acme/base", "a".repeat(64)).by(QUANTS).sign("quants/a", QUANTS);
    RepositoryEvidence evidence = hub.evidence("quants/a");
    signature = link(evidence.signatures().get(0).statement(), LinkKind.MODEL_SIGNATURE);
    attestation =
        link(evidence.cases().get(0).attestations().get(0).statement(), LinkKind.QUANTIZATION);
  }

  private static Link link(CheckedStatement statement, LinkKind kind) {
    return new Link(statement, kind, Optional.empty(), Optional.empty());
  }

  private static Outcome outcome(Reason reason, Link link) {
    return outcome(Optional.of(new Problem(reason, "why")), link);
  }

  private static Outcome outcome(Optional<Problem> problem, Link link) {
    return new Outcome(
        problem, List.of(link), Optional.empty(), Optional.empty(), Optional.empty(), List.of());
  }

  private int rank(Outcome outcome) {
    return outcome.rank(hub.trust(), Optional.of(UNREAD));
  }

  /** Contradictions before what holds, what holds before all that only fails to prove anything. */
  @Test
  void outcomesDecideInThisOrder() {
    List<Integer> ranks =
        Stream.of(
                outcome(Reason.REVOKED, attestation),
                outcome(Reason.DIGEST_MISMATCH, signature),
                outcome(Reason.CLAIM_MISMATCH, attestation),
                outcome(Optional.of(UNREAD), attestation),
                outcome(Optional.empty(), attestation),
                outcome(Reason.DIGEST_MISMATCH, attestation),
                outcome(Reason.CHANGED_DURING_READ, attestation),
                outcome(Reason.SOURCE_MISSING, attestation),
                outcome(Reason.SIGNER_NOT_TRUSTED, attestation))
            .map(this::rank)
            .toList();

    assertThat(ranks).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void aSignatureThatLeavesFilesOutOrIsNotTrustedContradictsNothing() {
    int verified = rank(outcome(Optional.empty(), attestation));

    assertThat(rank(outcome(Reason.UNSIGNED_FILES, signature))).isGreaterThan(verified);
    assertThat(rank(outcome(Reason.SIGNER_NOT_TRUSTED, signature))).isGreaterThan(verified);
    assertThat(rank(outcome(Reason.IO_ERROR, signature))).isGreaterThan(verified);
  }
}
