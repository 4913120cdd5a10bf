package dev.weighmaster.jobs.table;

import dev.weighmaster.jobs.spark.RecordShape;
import dev.weighmaster.json.RecordJson;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.parquet.column.Dictionary;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.GroupType;

/**
 * Makes records of the columns of a Parquet file: the reverse of what {@link RowCodec} writes, for
 * those columns alone that the record has a component for. A column that the file does not have is
 * null. Not thread-safe.
 */
final class RecordConverter extends GroupConverter {
  private final RecordShape shape;
  private final Consumer<Object> made;
  private final Object[] values;
  private final Converter[] converters;

  /**
   * Sets it up.
   *
   * @param columns of the file, such as {@link #columns} chooses them
   * @param made takes each record
   */
  RecordConverter(Class<?> type, GroupType columns, Consumer<Object> made) {
    this.shape = RecordShape.of(type);
    this.made = made;
    this.values = new Object[shape.components().size()];
    this.converters = new Converter[columns.getFieldCount()];
    for (int i = 0; i < values.length; i++) {
      RecordComponent component = shape.components().get(i);
      String column = RecordJson.name(component.getName());
      if (columns.containsField(column)) {
        int place = i;
        converters[columns.getFieldIndex(column)] =
            converter(
                present(component.getGenericType()),
                columns.getType(column),
                value -> values[place] = value);
      }
    }
  }

  /** Those columns of a file that a record has components for, nested ones too. */
  static GroupType columns(Class<?> type, GroupType file) {
    List<org.apache.parquet.schema.Type> wanted = new ArrayList<>();
    for (RecordComponent component : RecordShape.of(type).components()) {
      String column = RecordJson.name(component.getName());
      if (file.containsField(column)) {
        wanted.add(nested(present(component.getGenericType()), file.getType(column)));
      }
    }
    return file.withNewFields(wanted);
  }

  private static org.apache.parquet.schema.Type nested(
      Type type, org.apache.parquet.schema.Type column) {
    if (type instanceof ParameterizedType list) {
      GroupType repeated = repeated(column);
      return column
          .asGroupType()
          .withNewFields(
              repeated.withNewFields(
                  nested(list.getActualTypeArguments()[0], repeated.getType(0))));
    }
    Class<?> raw = (Class<?>) type;
    return raw.isRecord() ? columns(raw, column.asGroupType()) : column;
  }

  /** The group in a list's column that is repeated, with the element in it. */
  private static GroupType repeated(org.apache.parquet.schema.Type list) {
    return list.asGroupType().getType(0).asGroupType();
  }

  /** The type of a component's value where there is one. */
  private static Type present(Type type) {
    return type instanceof ParameterizedType generic && generic.getRawType() == Optional.class
        ? generic.getActualTypeArguments()[0]
        : type;
  }

  private static Converter converter(
      Type type, org.apache.parquet.schema.Type column, Consumer<Object> made) {
    if (type instanceof ParameterizedType list) {
      return new ListConverter(list.getActualTypeArguments()[0], repeated(column), made);
    }
    Class<?> raw = (Class<?>) type;
    return raw.isRecord()
        ? new RecordConverter(raw, column.asGroupType(), made)
        : new ValueConverter(raw, made);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Function<Object, Object> value(Class<?> type) {
    if (type.isEnum()) {
      return text -> Enum.valueOf((Class) type, ((Binary) text).toStringUsingUTF8());
    } else if (type == String.class) {
      return text -> ((Binary) text).toStringUsingUTF8();
    } else if (type == Instant.class) {
      return micros -> Instant.EPOCH.plus((Long) micros, ChronoUnit.MICROS);
    } else if (type == LocalDate.class) {
      return days -> LocalDate.ofEpochDay((Integer) days);
    }
    return number -> number;
  }

  @Override
  public Converter getConverter(int column) {
    return converters[column];
  }

  @Override
  public void start() {
    Arrays.fill(values, null);
  }

  @Override
  public void end() {
    Object[] complete = new Object[values.length];
    for (int i = 0; i < values.length; i++) {
      RecordComponent component = shape.components().get(i);
      if (component.getType() == Optional.class) {
        complete[i] = Optional.ofNullable(values[i]);
      } else if (values[i] == null) {
        throw new IllegalArgumentException(
            "the column " + RecordJson.name(component.getName()) + " is null");
      } else {
        complete[i] = values[i];
      }
    }
    made.accept(shape.create(complete));
  }

  /** A list of Parquet: a group with a group that is repeated, with the element in it. */
  private static final class ListConverter extends GroupConverter {
    private final Consumer<Object> made;
    private final GroupConverter repeated;
    private List<Object> elements = List.of();

    ListConverter(Type element, GroupType repeated, Consumer<Object> made) {
      this.made = made;
      Converter one = converter(element, repeated.getType(0), value -> elements.add(value));
      this.repeated =
          new GroupConverter() {
            @Override
            public Converter getConverter(int field) {
              return one;
            }

            @Override
            public void start() {}

            @Override
            public void end() {}
          };
    }

    @Override
    public Converter getConverter(int field) {
      return repeated;
    }

    @Override
    public void start() {
      elements = new ArrayList<>();
    }

    @Override
    public void end() {
      made.accept(elements);
    }
  }

  /** A value that is not nested; what a dictionary holds is made once for all rows. */
  private static final class ValueConverter extends PrimitiveConverter {
    private final boolean isText;
    private final Function<Object, Object> value;
    private final Consumer<Object> made;
    private Object[] dictionary = {};

    ValueConverter(Class<?> type, Consumer<Object> made) {
      this.isText = type == String.class || type.isEnum();
      this.value = value(type);
      this.made = made;
    }

    /** Of texts, which are the same in many rows. */
    @Override
    public boolean hasDictionarySupport() {
      return isText;
    }

    @Override
    public void setDictionary(Dictionary found) {
      dictionary = new Object[found.getMaxId() + 1];
      for (int i = 0; i < dictionary.length; i++) {
        dictionary[i] = value.apply(found.decodeToBinary(i));
      }
    }

    @Override
    public void addValueFromDictionary(int id) {
      made.accept(dictionary[id]);
    }

    @Override
    public void addBinary(Binary text) {
      made.accept(value.apply(text));
    }

    @Override
    public void addLong(long number) {
      made.accept(value.apply(number));
    }

    @Override
    public void addInt(int number) {
      made.accept(value.apply(number));
    }

    @Override
    public void addDouble(double number) {
      made.accept(number);
    }

    @Override
    public void addBoolean(boolean is) {
      made.accept(is);
    }
  }
}
