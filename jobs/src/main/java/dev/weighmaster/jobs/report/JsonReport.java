package dev.weighmaster.jobs.report;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weighmaster.json.RecordJson;
import java.io.IOException;
import java.io.OutputStream;

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

  private static final RecordJson RECORDS = new RecordJson(RecordJson.Missing.NULL);

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

  private JsonReport() {}

  static void write(Report report, OutputStream file) throws IOException {
    try (JsonGenerator generator = MAPPER.createGenerator(file).useDefaultPrettyPrinter()) {
      generator.writeStartObject();
      generator.writeNumberField("form", FORM);
      RECORDS.fields(report, generator);
      generator.writeFieldName("method");
      RECORDS.value(Statement.method(report), generator);
      generator.writeFieldName("limits");
      RECORDS.value(Statement.limits(), generator);
      generator.writeFieldName("frameworks");
      RECORDS.value(Framework.of(report), generator);
      generator.writeEndObject();
      generator.writeRaw('\n');
    }
  }
}
