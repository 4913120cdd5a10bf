package dev.weighmaster.jobs.table;

import dev.weighmaster.jobs.spark.RecordShape;
import dev.weighmaster.json.RecordJson;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The columns of the audit table in the types of DuckDB's SQL: those that Spark's rows have. */
public final class SqlColumns {
  private SqlColumns() {}

  /** The SQL type of each column of a data set by its name, in the order of the columns. */
  public static Map<String, String> of(String dataSet) {
    return of(AuditTable.rowType(dataSet));
  }

  private static Map<String, String> of(Class<?> type) {
    Map<String, String> columns = new LinkedHashMap<>();
    for (RecordComponent component : RecordShape.of(type).components()) {
      columns.put(RecordJson.name(component.getName()), sqlType(component.getGenericType()));
    }
    return columns;
  }

  private static String sqlType(Type type) {
    if (type instanceof ParameterizedType generic) {
      String element = sqlType(generic.getActualTypeArguments()[0]);
      return generic.getRawType() == List.class ? element + "[]" : element;
    }
    Class<?> raw = (Class<?>) type;
    if (raw == String.class || raw.isEnum()) {
      return "VARCHAR";
    } else if (raw == int.class || raw == Integer.class) {
      return "INTEGER";
    } else if (raw == long.class || raw == Long.class) {
      return "BIGINT";
    } else if (raw == double.class || raw == Double.class) {
      return "DOUBLE";
    } else if (raw == boolean.class || raw == Boolean.class) {
      return "BOOLEAN";
    } else if (raw == Instant.class) {
      return "TIMESTAMP WITH TIME ZONE";
    } else if (raw == LocalDate.class) {
      return "DATE";
    } else if (raw.isRecord()) {
      return of(raw).entrySet().stream()
          .map(column -> "\"" + column.getKey() + "\" " + column.getValue())
          .collect(Collectors.joining(", ", "STRUCT(", ")"));
    }
    throw new IllegalArgumentException("no column type for " + type);
  }
}
