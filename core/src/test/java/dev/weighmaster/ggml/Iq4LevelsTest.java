package dev.weighmaster.ggml;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class Iq4LevelsTest {
  /** {@code best_index_int8} in {@code ggml-quants.c} leaves the nearest two after halvings. */
  private static int nearest(float number) {
    if (number <= Iq4Levels.value(0)) {
      return 0;
    }
    int upper = 1;
    while (upper < 15 && number >= Iq4Levels.value(upper)) {
      upper++;
    }
    float below = number - Iq4Levels.value(upper - 1);
    float above = Iq4Levels.value(upper) - number;
    return below < above ? upper - 1 : upper;
  }

  @Test
  void everyFloatNearAValueOrHalfwayGetsTheNearestCode() {
    for (int code = 0; code < 15; code++) {
      float value = Iq4Levels.value(code);
      float halfway = (value + Iq4Levels.value(code + 1)) / 2;
      for (float center : new float[] {value, halfway}) {
        float number = center;
        for (int i = 0; i < 1000; i++) {
          number = Math.nextDown(number);
        }
        for (int i = 0; i < 2000; i++) {
          assertThat(Iq4Levels.nearest(number)).as("%s", number).isEqualTo(nearest(number));
          number = Math.nextUp(number);
        }
      }
    }
  }

  @Test
  void anyFloatGetsTheNearestCode() {
    var random = new Random(4);
    for (int i = 0; i < 200_000; i++) {
      float number = 150 * (2 * random.nextFloat() - 1);
      assertThat(Iq4Levels.nearest(number)).as("%s", number).isEqualTo(nearest(number));
    }
  }

  @Test
  void numbersBeyondTheLastValuesGetThese() {
    assertThat(Iq4Levels.nearest(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(Iq4Levels.nearest(-Float.MAX_VALUE)).isZero();
    assertThat(Iq4Levels.nearest(Float.MAX_VALUE)).isEqualTo(15);
    assertThat(Iq4Levels.nearest(Float.POSITIVE_INFINITY)).isEqualTo(15);
    assertThat(Iq4Levels.nearest(0)).isEqualTo(8);
    assertThat(Iq4Levels.nearest(-0f)).isEqualTo(8);
  }
}
