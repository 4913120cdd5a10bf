package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Array;
import java.sql.Blob;
import java.sql.SQLException;
import java.sql.Struct;
import java.sql.Timestamp;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.duckdb.DuckDBStruct;

/**
 * The values of DuckDB as text, as Spark SQL writes them. A time without a zone is one of UTC, as
 * it is in a session of Spark's.
 */
final class DuckDbValue {
  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSX");

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private DuckDbValue() {}

  /** A cell: nested values as JSON, bytes in hexadecimal. */
  static Optional<String> text(Object value) throws SQLException {
    if (value instanceof Struct || value instanceof Array || value instanceof Map<?, ?>) {
      return Optional.of(json(value).toString());
    }
    if (value instanceof Blob blob) {
      return Optional.of(HexFormat.of().formatHex(bytes(blob)));
    }
    if (value instanceof BigDecimal decimal) {
      return Optional.of(decimal.toPlainString());
    }
    return Optional.ofNullable(value).map(present -> time(present).orElseGet(present::toString));
  }

  /** A row as an object. Two columns may share a name, which no tree allows. */
  static String object(List<String> names, List<Object> values) throws SQLException {
    StringBuilder object = new StringBuilder("{");
    for (int i = 0; i < names.size(); i++) {
      object
          .append(i == 0 ? "" : ",")
          .append(JSON.textNode(names.get(i)))
          .append(':')
          .append(json(values.get(i)));
    }
    return object.append('}').toString();
  }

  private static JsonNode json(Object value) throws SQLException {
    if (value == null) {
      return JSON.nullNode();
    } else if (value instanceof Struct struct) {
      return fields(((DuckDBStruct) struct).getMap());
    } else if (value instanceof Map<?, ?> map) {
      return fields(map);
    } else if (value instanceof Array array) {
      ArrayNode elements = JSON.arrayNode();
      for (Object element : (Object[]) array.getArray()) {
        elements.add(json(element));
      }
      return elements;
    } else if (value instanceof Boolean truth) {
      return JSON.booleanNode(truth);
    } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return JSON.numberNode(((Number) value).intValue());
    } else if (value instanceof Long number) {
      return JSON.numberNode(number.longValue());
    } else if (value instanceof BigInteger number) {
      return JSON.numberNode(number);
    } else if (value instanceof BigDecimal number) {
      return DecimalNode.valueOf(number);
    } else if (value instanceof Float number) {
      return JSON.numberNode(number.floatValue());
    } else if (value instanceof Double number) {
      return JSON.numberNode(number.doubleValue());
    } else if (value instanceof Blob blob) {
      return JSON.binaryNode(bytes(blob));
    }
    return JSON.textNode(time(value).orElseGet(value::toString));
  }

  private static ObjectNode fields(Map<?, ?> values) throws SQLException {
    ObjectNode fields = JSON.objectNode();
    for (Map.Entry<?, ?> field : values.entrySet()) {
      fields.set(text(field.getKey()).orElse("null"), json(field.getValue()));
    }
    return fields;
  }

  private static Optional<String> time(Object value) {
    if (value instanceof OffsetDateTime time) {
      return Optional.of(TIMESTAMP.format(time.withOffsetSameInstant(ZoneOffset.UTC)));
    }
    if (value instanceof Timestamp time) {
      return Optional.of(TIMESTAMP.format(time.toLocalDateTime().atOffset(ZoneOffset.UTC)));
    }
    return Optional.empty();
  }

  private static byte[] bytes(Blob blob) throws SQLException {
    return blob.getBytes(1, Math.toIntExact(blob.length()));
  }
}
