package dev.weighmaster.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RecordJsonTest {
  private enum Colour {
    RED
  }

  private record Inner(int count, Optional<Long> bytes) {}

  private record Outer(
      String sourceModel,
      LocalDate auditDate,
      Instant at,
      boolean holds,
      Colour colour,
      Optional<String> missing,
      Optional<Inner> inner,
      List<Inner> all) {}

  private record Odd(Object unknown) {}

  private static final Outer VALUE =
      new Outer(
          "acme/base",
          LocalDate.parse("2026-11-22"),
          Instant.parse("2026-11-22T01:02:03.5Z"),
          true,
          Colour.RED,
          Optional.empty(),
          Optional.of(new Inner(1, Optional.of(1L << 40))),
          List.of(new Inner(2, Optional.empty())));

  @Test
  void fieldsHaveTheColumnsNamesAndTheRecordsOrderAndWhatIsMissingIsLeftOut() {
    assertThat(RecordJson.tree(VALUE).toString())
        .isEqualTo(
            "{\"source_model\":\"acme/base\",\"audit_date\":\"2026-11-22\","
                + "\"at\":\"2026-11-22T01:02:03.500Z\",\"holds\":true,\"colour\":\"RED\","
                + "\"inner\":{\"count\":1,\"bytes\":1099511627776},\"all\":[{\"count\":2}]}");
  }

  private record Held(Object value) {}

  @ParameterizedTest
  @MethodSource
  void aNumberStaysWhatItIs(Object number, String written) {
    assertThat(RecordJson.tree(new Held(number))).hasToString("{\"value\":" + written + "}");
  }

  static Stream<Arguments> aNumberStaysWhatItIs() {
    return Stream.of(
        arguments(new BigInteger("18446744073709551615"), "18446744073709551615"),
        arguments(BigInteger.ONE, "1"),
        arguments(1.0, "1.0"),
        arguments(4.55, "4.55"),
        arguments(1e-5, "1.0E-5"),
        arguments(Double.NaN, "\"NaN\""),
        arguments(Double.NEGATIVE_INFINITY, "\"-Infinity\""));
  }

  @Test
  void whatIsMissingCanBeNull() throws IOException {
    StringWriter written = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(written)) {
      new RecordJson(RecordJson.Missing.NULL).value(new Inner(2, Optional.empty()), out);
    }

    assertThat(written).hasToString("{\"count\":2,\"bytes\":null}");
    assertThat(RecordJson.tree(new Inner(2, Optional.empty()), RecordJson.Missing.NULL))
        .hasToString("{\"count\":2,\"bytes\":null}");
  }

  @Test
  void whatHasNoFormInJsonIsRefused() {
    assertThatThrownBy(() -> RecordJson.tree(new Odd(Thread.State.class)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("no JSON for ");
  }
}
