package dev.weighmaster.attest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerificationSummaryTest {
  private static final String A = "a".repeat(64);
  private static final String B = "b".repeat(64);
  private static final List<Subject> FILES = List.of(new Subject("w.gguf", Optional.of(A)));

  private static final VerificationSummary PASSED =
      new VerificationSummary(
          "https://audits.example/weighmaster",
          Optional.of("1.2"),
          Optional.of(Instant.parse("2026-11-22T01:02:03Z")),
          "pkg:huggingface/quants/base",
          Optional.of(A),
          List.of(A, B),
          true,
          List.of(VerificationSummary.CHAIN_VERIFIED));

  private static final VerificationSummary BARE =
      new VerificationSummary(
          "https://audits.example/weighmaster",
          Optional.empty(),
          Optional.empty(),
          "pkg:huggingface/quants/base",
          Optional.of(B),
          List.of(),
          false,
          List.of());

  @Test
  void whatIsSummedUpIsWhatIsRead() throws Exception {
    assertThat(VerificationSummary.read(PASSED.statement(FILES))).isEqualTo(PASSED);
    assertThat(VerificationSummary.read(BARE.statement(FILES))).isEqualTo(BARE);
    assertThat(StatementReader.read(PASSED.statement(FILES)).subjects()).isEqualTo(FILES);
  }

  @Test
  void theResultIsAsItWasFound() {
    assertThat(new String(PASSED.statement(FILES), UTF_8)).contains("\"PASSED\"");
    assertThat(new String(BARE.statement(FILES), UTF_8)).contains("\"FAILED\"");
  }

  @Test
  void aPolicyIsNamedByItsDigest() {
    assertThat(new String(PASSED.statement(FILES), UTF_8))
        .contains("\"ni:///sha-256;" + "qqqq".repeat(10) + "qqo\"");
  }

  @Test
  void anotherPredicateIsNoSummary() {
    String statement = new String(PASSED.statement(FILES), UTF_8);

    assertThatThrownBy(() -> read(statement.replace("verification_summary/v1", "else/v1")))
        .isInstanceOf(MalformedStatementException.class)
        .hasMessageContaining("which is not a verification summary");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"PASSED\"|\"passed\"|expected PASSED or FAILED",
        "\"PASSED\"|\"\"|expected PASSED or FAILED",
        "\"verificationResult\"|\"result\"|verificationResult is missing",
        "\"verifier\"|\"by\"|verifier is missing",
        "\"id\"|\"name\"|verifier.id is missing",
        "\"resourceUri\"|\"uri\"|resourceUri is missing",
        "\"policy\"|\"rules\"|policy is missing",
        "2026-11-22T01:02:03Z|yesterday|which is not a time",
        "2026-11-22T01:02:03Z|2026-11-22|which is not a time",
      })
  void aPredicateThatIsNoSummaryIsRefused(String from, String to, String message) {
    String statement = new String(PASSED.statement(FILES), UTF_8);
    assertThat(statement).contains(from);

    assertThatThrownBy(() -> read(statement.replace(from, to)))
        .isInstanceOf(MalformedStatementException.class)
        .hasMessageContaining(message);
  }

  @Test
  void nothingIsSummedUpWithoutFilesDigestsOrPolicy() {
    assertThatThrownBy(() -> PASSED.statement(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> PASSED.statement(List.of(new Subject("w.gguf", Optional.empty()))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("w.gguf has no digest");
    var withoutPolicy =
        new VerificationSummary(
            "id",
            Optional.empty(),
            Optional.empty(),
            "uri",
            Optional.empty(),
            List.of(),
            true,
            List.of());
    assertThatThrownBy(() -> withoutPolicy.statement(FILES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no policy is named");
  }

  private static VerificationSummary read(String statement) throws MalformedStatementException {
    return VerificationSummary.read(statement.getBytes(UTF_8));
  }
}
