package dev.weighmaster.attest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.attest.QuantizationAttestation.SourceSignature;
import dev.weighmaster.json.JsonFields;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void everyDetailIsReadAsItWasWritten(@ForAll("details") QuantizationDetails details)
      throws Exception {
    byte[] statement = with(details).statement(List.of(new Subject("a.gguf", Optional.of(A))));

    assertThat(StatementReader.read(statement).claim())
        .isEqualTo(
            StatementReader.read(FULL.statement(List.of(new Subject("a.gguf", Optional.of(A)))))
                .claim());
    assertThat(QuantizationDetails.read(JsonFields.parse(statement).object("predicate")))
        .isEqualTo(details);
  }

  @Provide
  Arbitrary<QuantizationDetails> details() {
    Arbitrary<String> text = Arbitraries.strings().ofMaxLength(20);
    Arbitrary<Double> error = Arbitraries.doubles().between(0, 1e300);
    Arbitrary<String> digest = Arbitraries.of(A, B);
    return Combinators.combine(
            text.optional(),
            digest.optional(),
            Combinators.combine(text, text)
                .as(QuantizationDetails.Parameter::new)
                .list()
                .uniqueElements(QuantizationDetails.Parameter::name)
                .ofMaxSize(5),
            Combinators.combine(text, digest).as(QuantizationDetails.Calibration::new).optional(),
            Combinators.combine(text, text, error, error, error.optional())
                .as(ErrorBound::new)
                .list()
                .uniqueElements(ErrorBound::tensor)
                .ofMaxSize(5))
        .as(QuantizationDetails::new);
  }

  /** JDK 17 itself would write the first as 5.6843418860808015E-14. */
  @Test
  void aDoubleIsWrittenInTheSameWayByEveryJdk() {
    String statement =
        new String(
            with(new QuantizationDetails(
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.empty(),
                    List.of(new ErrorBound("w", "Q8_0", 0x1p-44, 1.0E22, Optional.of(0.1)))))
                .statement(List.of(new Subject("a.gguf", Optional.of(A)))),
            StandardCharsets.UTF_8);

    assertThat(statement)
        .contains("\"maxAbsError\" : 5.684341886080802E-14,")
        .contains("\"rmse\" : 1.0E22,")
        .contains("\"relativeRmse\" : 0.1\n");
  }

  private static QuantizationAttestation with(QuantizationDetails details) {
    return new QuantizationAttestation(
        FULL.model(),
        FULL.revision(),
        FULL.sourceSha256(),
        FULL.signature(),
        FULL.format(),
        FULL.method(),
        FULL.toolName(),
        FULL.toolVersion(),
        FULL.producedAt(),
        details);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"tool\" : {|\"tool\" : { \"digest\": 7,|tool.digest must be an object",
        "\"tool\" : {|\"tool\" : { \"digest\": {\"sha256\": \"x\"},|64 lower-case",
        "\"tool\" : {|\"tool\" : { \"uri\": 7,|tool.uri must be a string",
        "\"format\"|\"parameters\": [], \"format\"|parameters must be an object",
        "\"format\"|\"calibration\": {}, \"format\"|calibration.name is missing",
        "\"format\"|\"calibration\": {\"name\": \"a\"}, \"format\"|calibration.digest is missing",
        "\"producedAt\"|\"errorBounds\": {}, \"producedAt\"|errorBounds must be an array",
        "\"producedAt\"|\"errorBounds\": [{}], \"producedAt\"|errorBounds[0].tensor is missing",
        "\"identity\"|\"logIndex\": -1, \"identity\"|logIndex must not be negative",
        "\"identity\"|\"logIndex\": \"1\", \"identity\"|logIndex must be an integer",
        "\"identity\"|\"bundle\": \"{}\", \"identity\"|signature.bundle must be an object",
      })
  void aDetailThatIsNoneMakesTheStatementMalformed(String from, String to, String message) {
    String statement =
        new String(
            FULL.statement(List.of(new Subject("a.gguf", Optional.of(A)))), StandardCharsets.UTF_8);
    assertThat(statement).contains(from);

    assertThatThrownBy(
            () ->
                StatementReader.read(statement.replace(from, to).getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(MalformedStatementException.class)
        .hasMessageContaining(message);
  }

  /** Others may write a number where a name stands for text here. */
  @Test
  void aParameterMayBeAnything() throws Exception {
    String statement =
        new String(
            FULL.statement(List.of(new Subject("a.gguf", Optional.of(A)))), StandardCharsets.UTF_8);
    String numbers =
        statement.replace(
            "\"format\"", "\"parameters\": {\"a\": 128, \"b\": [1], \"c\": null}, \"format\"");

    assertThat(
            QuantizationDetails.read(
                    JsonFields.parse(numbers.getBytes(StandardCharsets.UTF_8)).object("predicate"))
                .parameters())
        .extracting(QuantizationDetails.Parameter::value)
        .containsExactly("128", "[1]", "null");
  }

  @Test
  void theSignatureThatComesAlongIsReadAsItIs() throws Exception {
    var signature =
        new SourceSignature(
            B, Optional.empty(), Optional.empty(), Optional.of(7L), Optional.of("{\"a\":[1]}"));
    var attestation =
        new QuantizationAttestation(
            "acme/base",
            Optional.empty(),
            A,
            Optional.of(signature),
            Optional.empty(),
            "GPTQ",
            "tool",
            Optional.empty(),
            TIME);

    Statement statement =
        StatementReader.read(attestation.statement(List.of(new Subject("a", Optional.of(A)))));

    assertThat(statement.sourceBundle().orElseThrow().json()).isEqualTo("{\"a\":[1]}");
    assertThat(JsonFields.parse(attestation.statement(statement.subjects())).object("predicate"))
        .extracting(predicate -> predicate.json().contains("\"logIndex\":7"))
        .isEqualTo(true);
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
