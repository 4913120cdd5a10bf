package dev.weighmaster.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Writes records as JSON objects, a field a component, in the record's order. A component {@code
 * sourceModel} is the field {@code source_model}, as the audit table spells its columns. Lists are
 * arrays and nested records objects; times are ISO 8601 in UTC. Thread-safe.
 */
public final class RecordJson {
  private static final JsonMapper JSON = new JsonMapper();

  private final Missing missing;

  /** What becomes of an optional component that is empty. */
  public enum Missing {
    NULL,
    LEFT_OUT
  }

  public RecordJson(Missing missing) {
    this.missing = missing;
  }

  /** The name of a component's field: {@code sourceModel} as {@code source_model}. */
  public static String name(String component) {
    return component.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  /** A record as an object whose empty components are left out. */
  public static ObjectNode tree(Record value) {
    return tree(value, Missing.LEFT_OUT);
  }

  /** A record as an object. */
  public static ObjectNode tree(Record value, Missing missing) {
    try (TokenBuffer written = new TokenBuffer(JSON, false)) {
      new RecordJson(missing).value(value, written);
      return JSON.readTree(written.asParser(JSON));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the fields of a record into an object that has begun. */
  public void fields(Record value, JsonGenerator out) throws IOException {
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      Object held = held(value, component);
      if (missing == Missing.LEFT_OUT && held.equals(Optional.empty())) {
        continue;
      }
      out.writeFieldName(name(component.getName()));
      value(held, out);
    }
  }

  private static Object held(Record value, RecordComponent component) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(value);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("can't read " + component, e);
    }
  }

  /**
   * Writes a record, or what a record's component can be.
   *
   * @throws IllegalArgumentException for anything else
   */
  public void value(Object value, JsonGenerator out) throws IOException {
    if (value instanceof Optional<?> optional) {
      if (optional.isPresent()) {
        value(optional.get(), out);
      } else {
        out.writeNull();
      }
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      for (Object each : list) {
        value(each, out);
      }
      out.writeEndArray();
    } else if (value instanceof Record nested) {
      out.writeStartObject();
      fields(nested, out);
      out.writeEndObject();
    } else if (value instanceof Long number) {
      out.writeNumber(number);
    } else if (value instanceof Integer number) {
      out.writeNumber(number);
    } else if (value instanceof BigInteger number) {
      out.writeNumber(number);
    } else if (value instanceof Double number) {
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
