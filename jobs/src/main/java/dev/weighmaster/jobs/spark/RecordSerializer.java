package dev.weighmaster.jobs.spark;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Writes a record component by component, by the components' declared types: the records that one
 * stage gives the next are not {@link java.io.Serializable}, and Spark's Kryo does not know
 * records. What a component can be is what {@link RecordShape} says.
 */
public final class RecordSerializer extends Serializer<Record> {
  /** Each type is looked at once: a night takes millions of records through here. */
  private static final ClassValue<RecordForm> FORMS =
      new ClassValue<>() {
        @Override
        protected RecordForm computeValue(Class<?> type) {
          return RecordForm.of(type);
        }
      };

  @Override
  public void write(Kryo kryo, Output output, Record value) {
    writeRecord(output, value);
  }

  @Override
  public Record read(Kryo kryo, Input input, Class<Record> type) {
    return readRecord(input, type);
  }

  /** Writes a record's components, without its type. */
  public static void writeRecord(Output output, Record value) {
    FORMS.get(value.getClass()).write(output, value);
  }

  /** Reads what {@link #writeRecord} has written of a record of this type. */
  public static Record readRecord(Input input, Class<?> type) {
    return (Record) FORMS.get(type).read(input);
  }

  /** How values of one declared type are written. Thread-safe. */
  private interface Form {
    void write(Output output, Object value);

    Object read(Input input);
  }

  private static Form of(Type type) {
    if (type instanceof ParameterizedType generic) {
      Form element = of(generic.getActualTypeArguments()[0]);
      return generic.getRawType() == Optional.class
          ? new OptionalForm(element)
          : new ListForm(element);
    }
    Class<?> raw = (Class<?>) type;
    if (raw == String.class) {
      return new Plain<String>(Output::writeString, Input::readString);
    } else if (raw == int.class || raw == Integer.class) {
      return new Plain<Integer>(Output::writeInt, Input::readInt);
    } else if (raw == long.class || raw == Long.class) {
      return new Plain<Long>(Output::writeLong, Input::readLong);
    } else if (raw == double.class || raw == Double.class) {
      return new Plain<Double>(Output::writeDouble, Input::readDouble);
    } else if (raw == boolean.class || raw == Boolean.class) {
      return new Plain<Boolean>(Output::writeBoolean, Input::readBoolean);
    } else if (raw.isEnum()) {
      return EnumForm.of(raw);
    } else if (raw.isInterface() && raw.isSealed()) {
      return SealedForm.of(raw);
    } else if (raw == Instant.class) {
      return new Plain<Instant>(RecordSerializer::writeInstant, RecordSerializer::readInstant);
    } else if (raw == LocalDate.class) {
      return new Plain<LocalDate>(
          (output, date) -> output.writeLong(date.toEpochDay()),
          input -> LocalDate.ofEpochDay(input.readLong()));
    }
    return new NestedForm(raw);
  }

  private static void writeInstant(Output output, Instant instant) {
    output.writeLong(instant.getEpochSecond());
    output.writeInt(instant.getNano());
  }

  private static Instant readInstant(Input input) {
    return Instant.ofEpochSecond(input.readLong(), input.readInt());
  }

  private record Plain<T>(BiConsumer<Output, T> writer, Function<Input, T> reader) implements Form {
    @Override
    @SuppressWarnings("unchecked")
    public void write(Output output, Object value) {
      writer.accept(output, (T) value);
    }

    @Override
    public Object read(Input input) {
      return reader.apply(input);
    }
  }

  private record OptionalForm(Form element) implements Form {
    @Override
    public void write(Output output, Object value) {
      Optional<?> optional = (Optional<?>) value;
      output.writeBoolean(optional.isPresent());
      if (optional.isPresent()) {
        element.write(output, optional.get());
      }
    }

    @Override
    public Object read(Input input) {
      return input.readBoolean() ? Optional.of(element.read(input)) : Optional.empty();
    }
  }

  private record ListForm(Form element) implements Form {
    @Override
    public void write(Output output, Object value) {
      List<?> list = (List<?>) value;
      output.writeInt(list.size(), true);
      for (Object each : list) {
        element.write(output, each);
      }
    }

    @Override
    public Object read(Input input) {
      int size = input.readInt(true);
      List<Object> list = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        list.add(element.read(input));
      }
      return list;
    }
  }

  private record EnumForm(Class<?> type, Map<String, Object> constants) implements Form {
    static EnumForm of(Class<?> type) {
      Map<String, Object> constants = new HashMap<>();
      for (Object constant : type.getEnumConstants()) {
        constants.put(((Enum<?>) constant).name(), constant);
      }
      return new EnumForm(type, constants);
    }

    @Override
    public void write(Output output, Object value) {
      output.writeString(((Enum<?>) value).name());
    }

    @Override
    public Object read(Input input) {
      String name = input.readString();
      Object constant = constants.get(name);
      if (constant == null) {
        throw new IllegalArgumentException("no " + name + " in " + type);
      }
      return constant;
    }
  }

  /** The name of the permitted record, then its components. */
  private record SealedForm(Class<?> type, Map<String, Class<?>> records) implements Form {
    static SealedForm of(Class<?> type) {
      Map<String, Class<?>> records = new HashMap<>();
      for (Class<?> each : type.getPermittedSubclasses()) {
        records.put(each.getSimpleName(), each);
      }
      return new SealedForm(type, records);
    }

    @Override
    public void write(Output output, Object value) {
      output.writeString(value.getClass().getSimpleName());
      FORMS.get(value.getClass()).write(output, value);
    }

    @Override
    public Object read(Input input) {
      String name = input.readString();
      Class<?> each = records.get(name);
      if (each == null) {
        throw new IllegalArgumentException("no " + name + " in " + type);
      }
      return FORMS.get(each).read(input);
    }
  }

  /** Looked up when it is used: a record can hold others of its own type. */
  private record NestedForm(Class<?> type) implements Form {
    @Override
    public void write(Output output, Object value) {
      FORMS.get(type).write(output, value);
    }

    @Override
    public Object read(Input input) {
      return FORMS.get(type).read(input);
    }
  }

  private record RecordForm(RecordShape shape, List<Form> components) implements Form {
    static RecordForm of(Class<?> type) {
      RecordShape shape = RecordShape.of(type);
      return new RecordForm(
          shape,
          shape.components().stream()
              .map(RecordComponent::getGenericType)
              .map(RecordSerializer::of)
              .toList());
    }

    @Override
    public void write(Output output, Object value) {
      for (int i = 0; i < components.size(); i++) {
        components.get(i).write(output, shape.get((Record) value, i));
      }
    }

    @Override
    public Object read(Input input) {
      Object[] values = new Object[components.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = components.get(i).read(input);
      }
      return shape.create(values);
    }
  }
}
