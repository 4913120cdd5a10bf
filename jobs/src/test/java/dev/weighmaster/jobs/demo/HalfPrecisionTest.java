package dev.weighmaster.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfPrecisionTest {
  /** The value of a half, by the formula of IEEE 754. */
  static float decode(short half) {
    int exponent = (half >>> 10) & 0x1f;
    int fraction = half & 0x3ff;
    float sign = half < 0 ? -1 : 1;
    if (exponent == 0x1f) {
      return fraction == 0 ? sign * Float.POSITIVE_INFINITY : Float.NaN;
    }
    return exponent == 0
        ? sign * Math.scalb((float) fraction, -24)
        : sign * Math.scalb((float) (0x400 + fraction), exponent - 25);
  }

  @Test
  void everyHalfComesBackFromItsValue() {
    for (int half = Short.MIN_VALUE; half <= Short.MAX_VALUE; half++) {
      float value = decode((short) half);
      if (!Float.isNaN(value)) {
        assertThat(HalfPrecision.of(value)).isEqualTo((short) half);
      }
    }
  }

  @Property
  void noOtherHalfIsNearer(@ForAll @FloatRange(min = -65504, max = 65504) float value) {
    short half = HalfPrecision.of(value);
    double error = Math.abs((double) decode(half) - value);
    for (int neighbour : new int[] {half - 1, half + 1}) {
      float other = decode((short) neighbour);
      if (!Float.isNaN(other)) {
        assertThat(error).isLessThanOrEqualTo(Math.abs((double) other - value));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1.00048828125, 3c00, a tie goes down to the even one",
    "1.00146484375, 3c02, a tie goes up to the even one",
    "2.98023223876953125e-8, 0000, half of the least half",
    "8.94069671630859375e-8, 0002, a tie of subnormals",
    "65519, 7bff, the largest that does not round to infinity",
    "65520, 7c00, the least that does",
    "1e30, 7c00, much too large",
    "-1e30, fc00, much too small",
    "NaN, 7e00, not a number",
  })
  void whatLiesBetweenOrBeyondIsRounded(float value, String half, String why) {
    assertThat(String.format("%04x", HalfPrecision.of(value))).as(why).isEqualTo(half);
  }
}
