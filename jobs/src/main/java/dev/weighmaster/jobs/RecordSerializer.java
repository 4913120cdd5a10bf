package dev.weighmaster.jobs;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes a record component by component, by the components' declared types: the records that one
 * stage gives the next are not {@link java.io.Serializable}, and Spark's Kryo does not know
 * records. What a component can be is what {@link RecordShape} says.
 */
final class RecordSerializer extends Serializer<Record> {

  @Override
  public void write(Kryo kryo, Output output, Record value) {
    writeRecord(output, value);
  }

  @Override
  public Record read(Kryo kryo, Input input, Class<Record> type) {
    return readRecord(input, type);
  }

  /** Writes a record's components, without its type. */
  static void writeRecord(Output output, Record value) {
    RecordShape shape = RecordShape.of(value.getClass());
    List<RecordComponent> components = shape.components();
    for (int i = 0; i < components.size(); i++) {
      write(output, components.get(i).getGenericType(), shape.get(value, i));
    }
  }

  /** Reads what {@link #writeRecord} has written of a record of this type. */
  static Record readRecord(Input input, Class<?> type) {
    RecordShape shape = RecordShape.of(type);
    Object[] values = new Object[shape.components().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = read(input, shape.components().get(i).getGenericType());
    }
    return shape.create(values);
  }

  private static void write(Output output, Type type, Object value) {
    if (type instanceof ParameterizedType generic) {
      Type element = generic.getActualTypeArguments()[0];
      if (value instanceof Optional<?> optional) {
        output.writeBoolean(optional.isPresent());
        optional.ifPresent(present -> write(output, element, present));
      } else {
        List<?> list = (List<?>) value;
        output.writeInt(list.size(), true);
        list.forEach(each -> write(output, element, each));
      }
    } else if (value instanceof String text) {
      output.writeString(text);
    } else if (value instanceof Integer number) {
      output.writeInt(number);
    } else if (value instanceof Long number) {
      output.writeLong(number);
    } else if (value instanceof Double number) {
      output.writeDouble(number);
    } else if (value instanceof Boolean truth) {
      output.writeBoolean(truth);
    } else if (value instanceof Enum<?> constant) {
      output.writeString(constant.name());
    } else if (value instanceof Instant instant) {
      output.writeLong(instant.getEpochSecond());
      output.writeInt(instant.getNano());
    } else if (value instanceof LocalDate date) {
      output.writeLong(date.toEpochDay());
    } else {
      writeRecord(output, (Record) value);
    }
  }

  private static Object read(Input input, Type type) {
    if (type instanceof ParameterizedType generic) {
      Type element = generic.getActualTypeArguments()[0];
      if (generic.getRawType() == Optional.class) {
        return input.readBoolean() ? Optional.of(read(input, element)) : Optional.empty();
      }
      int size = input.readInt(true);
      List<Object> list = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        list.add(read(input, element));
      }
      return list;
    }
    Class<?> raw = (Class<?>) type;
    if (raw == String.class) {
      return input.readString();
    } else if (raw == int.class || raw == Integer.class) {
      return input.readInt();
    } else if (raw == long.class || raw == Long.class) {
      return input.readLong();
    } else if (raw == double.class || raw == Double.class) {
      return input.readDouble();
    } else if (raw == boolean.class || raw == Boolean.class) {
      return input.readBoolean();
    } else if (raw.isEnum()) {
      return constant(raw, input.readString());
    } else if (raw == Instant.class) {
      return Instant.ofEpochSecond(input.readLong(), input.readInt());
    } else if (raw == LocalDate.class) {
      return LocalDate.ofEpochDay(input.readLong());
    }
    return readRecord(input, raw);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Enum<?> constant(Class<?> type, String name) {
    return Enum.valueOf((Class) type, name);
  }
}
