package dev.weighmaster.attest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.attest.QuantizationAttestation.SourceSignature;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuantizationAttestationTest {
  private static final String A = "a".repeat(64);
  private static final String B = "b".repeat(64);
  private static final Instant TIME = Instant.parse("2026-11-22T00:00:00Z");

  private static final QuantizationAttestation FULL =
      new QuantizationAttestation(
          "acme/base 7b",
          Optional.of("r1"),
          A,
          Optional.of(new SourceSignature(B, Optional.of("me"), Optional.of("https://issuer"))),
          Optional.of("gguf"),
          "Q4_K_M",
          "llama.cpp/llama-quantize",
          Optional.of("b6942"),
          TIME);

  @Test
  void whatIsAttestedIsWhatIsRead() throws Exception {
    List<Subject> outputs =
        List.of(new Subject("a.gguf", Optional.of(A)), new Subject("b.gguf", Optional.of(B)));

    Statement statement = StatementReader.read(FULL.statement(outputs));

    assertThat(statement.subjects()).isEqualTo(outputs);
    assertThat(statement.claim())
        .contains(
            new QuantizationClaim(
                Optional.of("acme/base 7b"),
                Optional.of("r1"),
                Optional.of(A),
                List.of(),
                Optional.of(B),
                Optional.of("me"),
                Optional.of("https://issuer"),
                Optional.of("gguf"),
                Optional.of("Q4_K_M"),
                Optional.of("llama.cpp/llama-quantize"),
                Optional.of("b6942"),
                Optional.of("2026-11-22T00:00:00Z")));
  }

  @Test
  void theSourceIsAPackageUrlToo() {
    byte[] statement = FULL.statement(List.of(new Subject("a.gguf", Optional.of(A))));

    assertThat(new String(statement, StandardCharsets.UTF_8))
        .contains("\"pkg:huggingface/acme/base%207b@r1\"");
  }

  @Test
  void whatIsNotKnownIsLeftOut() throws Exception {
    var attestation =
        new QuantizationAttestation(
            "acme/base",
            Optional.empty(),
            A,
            Optional.empty(),
            Optional.empty(),
            "GPTQ",
            "tool",
            Optional.empty(),
            TIME);

    byte[] statement = attestation.statement(List.of(new Subject("a", Optional.of(A))));

    assertThat(new String(statement, StandardCharsets.UTF_8)).doesNotContain("null", "signature");
    assertThat(StatementReader.read(statement).claim()).isPresent();
  }

  @Test
  void outputsNeedDigests() {
    assertThatThrownBy(() -> FULL.statement(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> FULL.statement(List.of(new Subject("a", Optional.empty()))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a has no digest");
  }
}
