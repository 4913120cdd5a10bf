package dev.weighmaster.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

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

  @Test
  void whatIsMissingCanBeNull() throws IOException {
    StringWriter written = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(written)) {
      new RecordJson(RecordJson.Missing.NULL).value(new Inner(2, Optional.empty()), out);
    }

    assertThat(written).hasToString("{\"count\":2,\"bytes\":null}");
  }

  @Test
  void whatHasNoFormInJsonIsRefused() {
    assertThatThrownBy(() -> RecordJson.tree(new Odd(Thread.State.class)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("no JSON for ");
  }
}
