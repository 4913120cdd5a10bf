package dev.weighmaster.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.tensor.RowReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ViewReaderTest {
  private static View view(CountedUnits units, long offset, long... lengthsAndStrides) {
    List<Axis> axes =
        IntStream.range(0, lengthsAndStrides.length / 2)
            .mapToObj(i -> new Axis(lengthsAndStrides[2 * i], lengthsAndStrides[2 * i + 1]))
            .toList();
    return new View(units, offset, List.of(axes));
  }

  /** Compares what is read, in pieces of any length, with the axes' own sums. */
  private static void mustBeInOrder(View view) throws IOException {
    Random random = new Random(1);
    List<Axis> axes = view.axes();
    long size = view.size();
    try (RowReader reader = ViewReader.open(view)) {
      assertThat(reader.remaining()).isEqualTo(4 * size);
      byte[] bytes = new byte[1 << 18];
      long unit = 0;
      while (reader.remaining() > 0) {
        int count = (int) Math.min(reader.remaining() / 4, 1 + random.nextInt(1 << 16));
        reader.read(bytes, 3, 4 * count);
        ByteBuffer read = ByteBuffer.wrap(bytes, 3, 4 * count);
        for (int i = 0; i < count; i++, unit++) {
          long expected = view.offset();
          long left = unit;
          for (int axis = axes.size() - 1; axis >= 0; axis--) {
            expected += left % axes.get(axis).length() * axes.get(axis).stride();
            left /= axes.get(axis).length();
          }
          if (read.getInt() != expected) {
            assertThat(read.getInt(read.position() - 4)).as("unit %d", unit).isEqualTo(expected);
          }
        }
      }
      assertThatThrownBy(() -> reader.read(bytes, 0, 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  /** Millions of units, so that there are many tiles; each is read about once. */
  @ParameterizedTest
  @CsvSource({
    "a copy, 1.0, 1, '3000000, 1'",
    "heads, 1.0, 40, '30, 102400, 50, 1024, 2, 51200, 1024, 1'",
    "a head that is larger than memory, 1.0, 5000, '2048, 1024, 2, 2097152, 1024, 1'",
    "every second row, 2.0, 32, '1500, 2048, 1024, 1'",
    "groups of parts, 1.0, 120, '3, 30000, 40, 90000, 30000, 1'",
    "a small transposed matrix, 1.0, 1, '700, 1, 900, 700'",
    "a part of columns, 2.5, 32, '3000, 1000, 400, 1'",
    "single units far from each other, 1000, 32, '3000, 1000'"
  })
  void eachPartOfTheSourceIsReadAboutOnce(String what, double times, int opened, String axes)
      throws Exception {
    long[] numbers = List.of(axes.split(", ", -1)).stream().mapToLong(Long::parseLong).toArray();
    CountedUnits units = new CountedUnits(List.of(6_000_000L));
    View view = view(units, 1000, numbers);

    ViewReader.check(view);
    mustBeInOrder(view);

    assertThat((double) units.read / view.size()).as(what).isLessThanOrEqualTo(times);
    assertThat(units.opened).as(what).isLessThanOrEqualTo(opened);
  }

  @Test
  void aTransposedMatrixThatIsLargerThanMemoryIsReadInStrips() throws Exception {
    CountedUnits units = new CountedUnits(List.of(3001L, 1709L));
    View view = Step.parse("transpose").apply(List.of(View.of(units)), null).get(0);

    ViewReader.check(view);
    mustBeInOrder(view);

    assertThat(units.opened).isEqualTo(5);
  }

  /** As stacked experts that are stored the other way round, every second of their rows. */
  @Test
  void strippedMatricesMayBeStackedAndHaveOtherRowsBetween() throws Exception {
    CountedUnits units = new CountedUnits(List.of(2L, 1400L, 1800L));
    View view = View.of(units);
    for (String step : List.of("transpose", "pick(2, 1)")) {
      view = Step.parse(step).apply(List.of(view), new Values(Map.of(), ModelConfig.EMPTY)).get(0);
    }

    ViewReader.check(view);
    mustBeInOrder(view);

    assertThat(units.opened).isEqualTo(4);
  }

  @Test
  void anyAxesAreReadInOrder() throws IOException {
    Random random = new Random(2);
    for (int i = 0; i < 300; i++) {
      long[] axes = new long[2 * (1 + random.nextInt(4))];
      long last = random.nextInt(100);
      for (int axis = 0; axis < axes.length; axis += 2) {
        axes[axis] = 1L + random.nextInt(9);
        axes[axis + 1] = 1L + random.nextInt(1 << random.nextInt(19));
        last += (axes[axis] - 1) * axes[axis + 1];
      }
      mustBeInOrder(view(new CountedUnits(List.of(last + 1)), 0, axes));
    }
  }

  /** A hostile shape: each weight is in another part of a file of gigabytes. */
  @Test
  void whatWouldTakeDaysToReadIsRefused() {
    CountedUnits units = new CountedUnits(List.of(1L << 30, 2L));

    assertThatThrownBy(() -> ViewReader.check(view(units, 0, 1 << 15, 2, 1 << 14, 1 << 16)))
        .isInstanceOf(UnmappedException.class)
        .hasMessage("its weights are too far from each other in the source");
  }
}
