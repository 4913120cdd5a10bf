package dev.weighmaster.ggml;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgmlFloatsTest {
  private static final int HALVES = 1 << 16;

  private static boolean isNan(int half) {
    return (half & 0x7FFF) > 0x7C00;
  }

  /** The value of a half by the definition of IEEE 754's binary16. */
  private static double binary16(int half) {
    int exponent = (half >> 10) & 0x1F;
    int fraction = half & 0x3FF;
    double magnitude =
        exponent == 0x1F
            ? Double.POSITIVE_INFINITY
            : exponent == 0
                ? Math.scalb((double) fraction, -24)
                : Math.scalb(1024.0 + fraction, exponent - 25);
    return half < 0x8000 ? magnitude : -magnitude;
  }

  @Test
  void everyHalfHasTheValueThatIeee754GivesIt() {
    for (int half = 0; half < HALVES; half++) {
      if (!isNan(half)) {
        assertThat((double) GgmlFloats.fromHalf((short) half)).isEqualTo(binary16(half));
      }
    }
  }

  @Test
  void everyHalfButNanSurvivesTheWayToFloatAndBack() {
    for (int half = 0; half < HALVES; half++) {
      short back = GgmlFloats.toHalf(GgmlFloats.fromHalf((short) half));
      int expected = isNan(half) ? (half & 0x8000) | 0x7E00 : half;
      assertThat(back).isEqualTo((short) expected);
    }
  }

  @Test
  void nanHalvesKeepTheirPayloadAndBecomeQuiet() {
    for (int half = 0; half < HALVES; half++) {
      if (isNan(half)) {
        int bits = Float.floatToRawIntBits(GgmlFloats.fromHalf((short) half));
        assertThat(bits).isEqualTo(((half & 0x8000) << 16) | 0x7FC0_0000 | ((half & 0x3FF) << 13));
      }
    }
  }

  @Test
  void midwayBetweenTwoHalvesTheEvenOneIsTaken() {
    for (int half = 0; half < 0x7BFF; half++) {
      double lower = binary16(half);
      double upper = binary16(half + 1);
      float middle = (float) ((lower + upper) / 2);
      int even = half + (half & 1);
      assertThat(GgmlFloats.toHalf(middle)).isEqualTo((short) even);
      assertThat(GgmlFloats.toHalf(-middle)).isEqualTo((short) (even | 0x8000));
      assertThat(GgmlFloats.toHalf(Math.nextDown(middle))).isEqualTo((short) half);
      assertThat(GgmlFloats.toHalf(Math.nextUp(middle))).isEqualTo((short) (half + 1));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "65504,          7bff",
    "65519.996,      7bff",
    "65520,          7c00",
    "3.4028235E38,   7c00",
    "Infinity,       7c00",
    "-65520,         fc00",
    "-Infinity,      fc00",
    "NaN,            7e00",
    "0.0,            0000",
    "-0.0,           8000",
    "2.9802322E-8,   0000", // half of the least half: a tie
    "2.9802326E-8,   0001",
    "1.4E-45,        0000",
    "-1.4E-45,       8000",
    "6.1035156E-5,   0400",
    "6.1035153E-5,   0400"
  })
  void extremesBecomeHalves(float value, String half) {
    assertThat(Integer.toHexString(GgmlFloats.toHalf(value) & 0xFFFF))
        .isEqualTo(half.replaceFirst("^0+(?=.)", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "00000000, 0000",
    "80000000, 8000",
    "00000001, 0000", // denormals are rounded, not flushed
    "00008000, 0000", // ties to even
    "00018000, 0002",
    "00008001, 0001",
    "3f808000, 3f80",
    "3f818000, 3f82",
    "7f7fffff, 7f80", // overflow
    "7f800000, 7f80",
    "ff800000, ff80",
    "7f800001, 7fc0", // a signalling NaN becomes quiet
    "ffc12345, ffc1"
  })
  void floatsBecomeBfloat16(String bits, String bfloat16) {
    float value = Float.intBitsToFloat(Integer.parseUnsignedInt(bits, 16));

    assertThat(GgmlFloats.toBfloat16(value))
        .isEqualTo((short) Integer.parseUnsignedInt(bfloat16, 16));
  }

  @Test
  void everyBfloat16ButSignallingNansSurvivesTheWayToFloatAndBack() {
    for (int bits = 0; bits < HALVES; bits++) {
      int expected = (bits & 0x7FFF) > 0x7F80 ? bits | 0x40 : bits;
      assertThat(GgmlFloats.toBfloat16(GgmlFloats.fromBfloat16((short) bits)))
          .isEqualTo((short) expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.5, 0",
    "0.50000006, 1",
    "1.5, 2",
    "2.5, 2",
    "-0.5, 0",
    "-1.5, -2",
    "-2.5, -2",
    "4194303, 4194303",
    "-4194303, -4194303",
    "4194304, -4194304" // beyond what it is made for
  })
  void theNearestIntegerOfATieIsEven(float value, int nearest) {
    assertThat(GgmlFloats.nearestInt(value)).isEqualTo(nearest);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.5, 1",
    "0.49999997, 0",
    "1.5, 2",
    "2.5, 3",
    "-0.5, -1",
    "-0.49999997, 0",
    "-2.5, -3",
    "8388609, 8388609",
    "2147483520, 2147483520",
    "2147483648, -2147483648",
    "-2147483648, -2147483648",
    "Infinity, -2147483648",
    "NaN, -2147483648"
  })
  void aTieIsRoundedAwayFromZero(float value, int rounded) {
    assertThat(GgmlFloats.roundHalfAway(value)).isEqualTo(rounded);
  }

  @ParameterizedTest
  @CsvSource({
    "0.9, 0",
    "-0.9, 0",
    "15.999999, 15",
    "-2147483648, -2147483648",
    "2147483520, 2147483520",
    "2147483648, -2147483648",
    "-Infinity, -2147483648",
    "Infinity, -2147483648",
    "NaN, -2147483648"
  })
  void whatNoIntHoldsIsTheLeastInt(float value, int truncated) {
    assertThat(GgmlFloats.truncate(value)).isEqualTo(truncated);
  }
}
