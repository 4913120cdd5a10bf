package dev.weighmaster.jobs.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.serializer.SerializerInstance;
import scala.reflect.ClassTag$;

final class RecordSerializerTest {
  private static final SerializerInstance SPARK =
      new KryoSerializer(
              new SparkConf(false).set("spark.kryo.registrator", RecordRegistrator.class.getName()))
          .newInstance();

  enum Color {
    RED,
    GREEN
  }

  sealed interface Named {}

  record ByNumber(int number) implements Named {}

  record ByName(String name, Optional<Inner> inner) implements Named {}

  record Inner(String name, Optional<Long> howMany) {}

  record Outer(
      String sourceModel,
      int count,
      double ratio,
      boolean holds,
      Color color,
      Optional<Color> otherColor,
      Instant at,
      Optional<Instant> maybeAt,
      LocalDate day,
      Inner inner,
      Optional<Inner> maybeInner,
      List<Inner> inners,
      Named one,
      List<Named> others,
      List<String> names) {}

  @Property
  void whatSparkWritesComesBackAsItWas(@ForAll("outers") Outer outer) {
    Outer back =
        SPARK.deserialize(
            SPARK.serialize(outer, ClassTag$.MODULE$.apply(Outer.class)),
            ClassTag$.MODULE$.apply(Outer.class));
    assertThat(back).isEqualTo(outer);
  }

  @Provide
  Arbitrary<Outer> outers() {
    Arbitrary<String> text = Arbitraries.strings().ofMaxLength(12);
    Arbitrary<Instant> instants =
        Arbitraries.longs()
            .between(0, 4_000_000_000_000_000L)
            .map(micros -> Instant.EPOCH.plusNanos(micros * 1000 % 1_000_000_000_000_000_000L));
    Arbitrary<Inner> inner =
        Combinators.combine(text, Arbitraries.longs().optional()).as(Inner::new);
    Arbitrary<Color> color = Arbitraries.of(Color.class);
    return Combinators.combine(
            text,
            Arbitraries.integers(),
            color.optional(),
            instants.optional(),
            instants,
            inner,
            inner.optional(),
            inner.list().ofMaxSize(4))
        .as(
            (name, number, maybeColor, maybeAt, at, in, maybeIn, ins) ->
                new Outer(
                    name,
                    number,
                    number / 3.0,
                    number % 2 == 0,
                    maybeColor.orElse(Color.RED),
                    maybeColor,
                    at,
                    maybeAt,
                    LocalDate.ofEpochDay(Math.floorMod(number, 40_000)),
                    in,
                    maybeIn,
                    ins,
                    new ByName(name, maybeIn),
                    List.of(new ByNumber(number), new ByName(name, maybeIn)),
                    List.of(name, in.name())));
  }
}
