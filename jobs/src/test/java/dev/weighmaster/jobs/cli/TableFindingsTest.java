package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weighmaster.jobs.table.RunSignature;
import dev.weighmaster.jobs.table.RunSignature.State;
import dev.weighmaster.jobs.table.TableVerification.Verification;
import dev.weighmaster.jobs.table.TableVerification.VerifiedRun;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class TableFindingsTest {
  private static final VerifiedRun SIGNED = run("signed", State.TRUSTED, List.of(), List.of());
  private static final VerifiedRun UNSIGNED = run("unsigned", State.UNSIGNED, List.of(), List.of());
  private static final VerifiedRun BY_A_STRANGER =
      run("stranger", State.NOT_TRUSTED, List.of(), List.of());
  private static final VerifiedRun DAMAGED =
      run("damaged", State.UNSIGNED, List.of("a file is missing"), List.of());
  private static final VerifiedRun BROKEN_SIGNATURE =
      run("broken", State.BROKEN, List.of(), List.of());
  private static final VerifiedRun UNREADABLE =
      run("unreadable", State.UNKNOWN, List.of(), List.of("a file can't be read"));

  @Test
  void unsignedRunsAreCountedApartFromDamagedOnes() {
    assertThat(lastLine(true, SIGNED, UNSIGNED, BY_A_STRANGER, DAMAGED))
        .isEqualTo("checked 4 runs: 1 is as written, 2 are not signed by an auditor, 1 is damaged");
    assertThat(lastLine(true, UNSIGNED))
        .isEqualTo("checked 1 run: 0 are as written, 1 is not signed by an auditor");
  }

  @Test
  void aBrokenSignatureCountsAsDamage() {
    assertThat(lastLine(true, BROKEN_SIGNATURE, DAMAGED))
        .isEqualTo("checked 2 runs: 0 are as written, 2 are damaged");
    assertThat(lastLine(false, BROKEN_SIGNATURE, SIGNED))
        .isEqualTo("checked 2 runs: 1 is as written, 1 is damaged");
  }

  @Test
  void whereNoSignatureIsRequiredAnUnsignedRunIsAsItWasWritten() {
    assertThat(lastLine(false, SIGNED, UNSIGNED, BY_A_STRANGER))
        .isEqualTo("checked 3 runs: 3 are as written");
    assertThat(new TableFindings(of(UNSIGNED), false).exitCode()).isZero();
  }

  @Test
  void whatCouldNotBeCheckedIsNeitherDamagedNorUnsigned() {
    assertThat(lastLine(true, SIGNED, UNREADABLE))
        .isEqualTo("checked 2 runs: 1 is as written, 1 could not be checked");
    assertThat(new TableFindings(of(SIGNED, UNREADABLE), true).exitCode()).isEqualTo(3);
    assertThat(new TableFindings(of(UNREADABLE, DAMAGED), true).exitCode()).isEqualTo(2);
  }

  @Test
  void aMissingSignatureFailsTheCommandWhereOneIsRequired() {
    assertThat(new TableFindings(of(SIGNED, UNSIGNED), true).exitCode()).isEqualTo(2);
    assertThat(new TableFindings(of(SIGNED), true).exitCode()).isZero();
  }

  @Test
  void machinesGetTheCountsAndTheConditionOfEachRun() {
    JsonNode json = new TableFindings(of(SIGNED, UNSIGNED, DAMAGED), true).toJson();

    assertThat(json.get("counts").toString())
        .isEqualTo("{\"damaged\":1,\"unsigned\":1,\"unknown\":0,\"as_written\":1}");
    assertThat(json.get("runs").findValuesAsText("condition"))
        .containsExactly("as_written", "unsigned", "damaged");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "TRUSTED")
  void onlyATrustedSignatureSatisfiesTheRequirement(State state) {
    assertThat(new TableFindings(of(run("any", state, List.of(), List.of())), true).exitCode())
        .isNotZero();
  }

  private static String lastLine(boolean requireSignature, VerifiedRun... runs) {
    StringWriter printed = new StringWriter();
    new TableFindings(of(runs), requireSignature).print(new PrintWriter(printed, true));
    List<String> lines = printed.toString().lines().toList();
    return lines.get(lines.size() - 1);
  }

  private static Verification of(VerifiedRun... runs) {
    return new Verification(List.of(runs), List.of());
  }

  private static VerifiedRun run(
      String id, State state, List<String> mismatches, List<String> unreadable) {
    return new VerifiedRun(
        id,
        5,
        10,
        1000,
        new RunSignature(state, Optional.empty(), "what the signature is"),
        mismatches,
        unreadable,
        List.of());
  }
}
