package dev.weighmaster.jobs.table;

import dev.weighmaster.jobs.spark.RecordShape;
import dev.weighmaster.json.RecordJson;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Maps records to the rows of the audit table. Thread-safe.
 *
 * <p>A component {@code sourceModel} is the column {@code source_model}; only optionals are
 * nullable. Instants become timestamps of microseconds.
 */
public final class RowCodec {
  private RowCodec() {}

  /** The columns of a record. */
  public static StructType schema(Class<?> type) {
    List<StructField> fields = new ArrayList<>();
    for (RecordComponent component : RecordShape.of(type).components()) {
      fields.add(
          DataTypes.createStructField(
              RecordJson.name(component.getName()),
              dataType(component.getGenericType()),
              component.getType() == Optional.class));
    }
    return DataTypes.createStructType(fields);
  }

  /** A record as a row of its columns. */
  public static Row row(Record value) {
    RecordShape shape = RecordShape.of(value.getClass());
    Object[] columns = new Object[shape.components().size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = column(shape.get(value, i));
    }
    return RowFactory.create(columns);
  }

  /**
   * The record that a row of its columns holds, the reverse of {@link #row}.
   *
   * @throws IllegalArgumentException if a column is null that must not be
   */
  public static <T extends Record> T record(Row row, Class<T> type) {
    return type.cast(nested(row, type));
  }

  private static Record nested(Row row, Class<?> type) {
    RecordShape shape = RecordShape.of(type);
    Object[] values = new Object[shape.components().size()];
    for (int i = 0; i < values.length; i++) {
      RecordComponent component = shape.components().get(i);
      if (row.isNullAt(i) && component.getType() != Optional.class) {
        throw new IllegalArgumentException(
            "the column " + RecordJson.name(component.getName()) + " is null");
      }
      values[i] = value(row.get(i), component.getGenericType());
    }
    return shape.create(values);
  }

  private static Object value(Object column, Type type) {
    if (type instanceof ParameterizedType generic) {
      Type element = generic.getActualTypeArguments()[0];
      if (generic.getRawType() == Optional.class) {
        return Optional.ofNullable(column).map(present -> value(present, element));
      }
      List<Object> list = new ArrayList<>();
      CollectionConverters.asJava((scala.collection.Iterable<?>) column)
          .forEach(each -> list.add(value(each, element)));
      return list;
    }
    Class<?> raw = (Class<?>) type;
    if (raw.isEnum()) {
      return constant(raw, (String) column);
    }
    return raw.isRecord() ? nested((Row) column, raw) : column;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Enum<?> constant(Class<?> type, String name) {
    return Enum.valueOf((Class) type, name);
  }

  private static DataType dataType(Type type) {
    if (type instanceof ParameterizedType generic) {
      DataType element = dataType(generic.getActualTypeArguments()[0]);
      return generic.getRawType() == List.class
          ? DataTypes.createArrayType(element, false)
          : element;
    }
    Class<?> raw = (Class<?>) type;
    if (raw == String.class || raw.isEnum()) {
      return DataTypes.StringType;
    } else if (raw == int.class || raw == Integer.class) {
      return DataTypes.IntegerType;
    } else if (raw == long.class || raw == Long.class) {
      return DataTypes.LongType;
    } else if (raw == double.class || raw == Double.class) {
      return DataTypes.DoubleType;
    } else if (raw == boolean.class || raw == Boolean.class) {
      return DataTypes.BooleanType;
    } else if (raw == Instant.class) {
      return DataTypes.TimestampType;
    } else if (raw == LocalDate.class) {
      return DataTypes.DateType;
    } else if (raw.isRecord()) {
      return schema(raw);
    }
    throw new IllegalArgumentException("no column type for " + type);
  }

  private static Object column(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.map(RowCodec::column).orElse(null);
    } else if (value instanceof List<?> list) {
      return CollectionConverters.asScala(list.stream().map(RowCodec::column).toList()).toSeq();
    } else if (value instanceof Enum<?> constant) {
      return constant.name();
    } else if (value instanceof Record nested) {
      return row(nested);
    }
    return value;
  }
}
