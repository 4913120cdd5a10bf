package dev.weighmaster.jobs.spark;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A record's components and constructor. Thread-safe.
 *
 * <p>The records that leave a process are made of strings, numbers ({@code int}, {@code long},
 * {@code double}), booleans, instants, dates, enums, records, sealed interfaces whose
 * implementations are all records, and lists and optionals of these.
 */
public record RecordShape(List<RecordComponent> components, Constructor<?> constructor) {
  private static final Map<Class<?>, RecordShape> SHAPES = new ConcurrentHashMap<>();

  /**
   * The shape of a record type, read once in each process.
   *
   * @throws IllegalArgumentException if the type has no canonical constructor
   */
  public static RecordShape of(Class<?> type) {
    return SHAPES.computeIfAbsent(type, RecordShape::read);
  }

  private static RecordShape read(Class<?> type) {
    List<RecordComponent> components = List.of(type.getRecordComponents());
    try {
      Constructor<?> constructor =
          type.getDeclaredConstructor(
              components.stream().map(RecordComponent::getType).toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      components.forEach(component -> component.getAccessor().setAccessible(true));
      return new RecordShape(components, constructor);
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException("no canonical constructor in " + type, e);
    }
  }

  /** Names and types, of nested records too: equal for shapes that are written alike. */
  public static String describe(Type type) {
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType().getTypeName()
          + "<"
          + describe(generic.getActualTypeArguments()[0])
          + ">";
    }
    Class<?> raw = (Class<?>) type;
    if (raw.isInterface() && raw.isSealed()) {
      return Stream.of(raw.getPermittedSubclasses())
          .map(RecordShape::describe)
          .collect(Collectors.joining("|"));
    }
    return raw.isRecord()
        ? of(raw).components().stream()
            .map(each -> each.getName() + ":" + describe(each.getGenericType()))
            .collect(Collectors.joining(",", "{", "}"))
        : raw.getTypeName();
  }

  /** The value of the component at a place. */
  public Object get(Record value, int place) {
    try {
      return components.get(place).getAccessor().invoke(value);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("can't read " + components.get(place), e);
    }
  }

  /** Makes a record of the values of its components, in their order. */
  public Record create(Object[] values) {
    try {
      return (Record) constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "can't make a " + constructor.getDeclaringClass() + " of " + Arrays.toString(values), e);
    }
  }
}
