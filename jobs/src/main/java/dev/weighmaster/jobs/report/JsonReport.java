package dev.weighmaster.jobs.report;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Writes a report as JSON: records as objects with the columns' spelling of names, what is missing
 * as null, times as ISO 8601 in UTC. All but ASCII is escaped, so that no text in it can be taken
 * for another; read back it is what the table has.
 */
final class JsonReport {
  /** Goes up when a reader of an earlier form would read something wrong. */
  private static final int FORM = 2;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              new JsonFactoryBuilder()
                  .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                  .characterEscapes(new DeleteToo())
                  .build())
          .build();

  private final JsonGenerator out;

  /** Of ASCII, JSON itself lets one control character stand. */
  private static final class DeleteToo extends CharacterEscapes {
    private static final long serialVersionUID = 1;

    @Override
    public int[] getEscapeCodesForAscii() {
      int[] escapes = standardAsciiEscapesForJSON();
      escapes[0x7f] = ESCAPE_STANDARD;
      return escapes;
    }

    @Override
    public SerializableString getEscapeSequence(int character) {
      throw new IllegalStateException("no character has an escape of its own");
    }
  }

  private JsonReport(JsonGenerator out) {
    this.out = out;
  }

  static void write(Report report, OutputStream file) throws IOException {
    try (JsonGenerator generator = MAPPER.createGenerator(file).useDefaultPrettyPrinter()) {
      JsonReport json = new JsonReport(generator);
      generator.writeStartObject();
      generator.writeNumberField("form", FORM);
      json.fields(report);
      generator.writeFieldName("method");
      json.value(Statement.method(report));
      generator.writeFieldName("limits");
      json.value(Statement.limits());
      generator.writeFieldName("frameworks");
      json.value(Framework.of(report));
      generator.writeEndObject();
      generator.writeRaw('\n');
    }
  }

  private void fields(Record value) throws IOException {
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      out.writeFieldName(component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT));
      try {
        value(component.getAccessor().invoke(value));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void value(Object value) throws IOException {
    if (value instanceof Optional<?> optional) {
      if (optional.isPresent()) {
        value(optional.get());
      } else {
        out.writeNull();
      }
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      for (Object each : list) {
        value(each);
      }
      out.writeEndArray();
    } else if (value instanceof Record nested) {
      out.writeStartObject();
      fields(nested);
      out.writeEndObject();
    } else if (value instanceof Long number) {
      out.writeNumber(number);
    } else if (value instanceof Integer number) {
      out.writeNumber(number);
    } else if (value instanceof Boolean truth) {
      out.writeBoolean(truth);
    } else if (value instanceof Instant || value instanceof LocalDate || value instanceof Enum) {
      out.writeString(value.toString());
    } else if (value instanceof String text) {
      out.writeString(text);
    } else {
      throw new IllegalArgumentException("no JSON for " + value);
    }
  }
}
