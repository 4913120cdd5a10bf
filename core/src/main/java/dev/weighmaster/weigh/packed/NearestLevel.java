package dev.weighmaster.weigh.packed;

import dev.weighmaster.packing.CodeType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Finds the level of a type that is nearest to a number. Thread-safe. */
final class NearestLevel {
  private static final NearestLevel NF4 = of(CodeType.NF4, Ties.LOWER);
  private static final NearestLevel FP4 = ofFp4();
  private static final NearestLevel E4M3 = of(CodeType.E4M3, Ties.EVEN);
  private static final NearestLevel E2M1 = of(CodeType.E2M1, Ties.EVEN);

  private final int[] codes;
  private final float[] middles;
  private final int[] places;
  private final Ties ties;

  /** Which level a number in the middle of two is taken for. */
  private enum Ties {
    LOWER,
    EVEN,
    NEARER_TO_ZERO
  }

  private NearestLevel(int[] codes, float[] middles, int[] places, Ties ties) {
    this.codes = codes;
    this.middles = middles;
    this.places = places;
    this.ties = ties;
  }

  /** For a type that has levels of its own, and integers. */
  static NearestLevel of(CodeType type) {
    if (type == CodeType.NF4) {
      return NF4;
    }
    if (type == CodeType.FP4) {
      return FP4;
    }
    if (type == CodeType.E4M3) {
      return E4M3;
    }
    return type == CodeType.E2M1 ? E2M1 : of(type, Ties.EVEN);
  }

  /** The kernels' middles are written in six to eight digits, which decides real ties. */
  private static NearestLevel ofFp4() {
    float[] sizes = {
      0.00260417f, 0.0859375f, 0.20833333f, 0.29166666f, 0.4166667f, 0.583333f, 0.8333333f
    };
    NearestLevel levels = of(CodeType.FP4, Ties.NEARER_TO_ZERO);
    for (int i = 0; i < sizes.length; i++) {
      levels.middles[sizes.length + i] = sizes[i];
      levels.middles[sizes.length - 1 - i] = -sizes[i];
    }
    return levels;
  }

  private static NearestLevel of(CodeType type, Ties ties) {
    float[] levels = type.levels();
    List<Integer> inOrder = new ArrayList<>();
    for (int code = 0; code < levels.length; code++) {
      boolean negativeZero = levels[code] == 0 && 1 / levels[code] < 0;
      if (!Float.isNaN(levels[code]) && !negativeZero) {
        inOrder.add(code);
      }
    }
    inOrder.sort(Comparator.comparing(code -> levels[code]));
    int[] codes = inOrder.stream().mapToInt(code -> code).toArray();
    float[] middles = new float[codes.length - 1];
    int[] places = new int[levels.length];
    for (int i = 0; i < codes.length; i++) {
      places[codes[i]] = i;
      if (i > 0) {
        middles[i - 1] = (levels[codes[i - 1]] + levels[codes[i]]) / 2;
      }
    }
    for (int code = 0; code < levels.length; code++) {
      // The zero that has a sign is where the other one is.
      places[code] = levels[code] == 0 ? places[zero(levels)] : places[code];
    }
    return new NearestLevel(codes, middles, places, ties);
  }

  private static int zero(float[] levels) {
    int code = 0;
    while (levels[code] != 0) {
      code++;
    }
    return code;
  }

  /** The code of the nearest level: of a tie, as the type's tools take it. */
  int nearest(float value) {
    int low = 0;
    int high = middles.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (value > middles[middle]) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    boolean tie = low < middles.length && value == middles[low];
    return tie && isUpper(value, low) ? codes[low + 1] : codes[low];
  }

  private boolean isUpper(float tie, int lower) {
    return switch (ties) {
      case LOWER -> false;
      case EVEN -> codes[lower] % 2 != 0;
      case NEARER_TO_ZERO -> tie < 0;
    };
  }

  /**
   * Whether a number is about as far from the levels of two codes that follow each other.
   *
   * @param tolerance how far it may be from their middle
   */
  boolean isTie(float value, int one, int other, float tolerance) {
    int lower = Math.min(places[one], places[other]);
    return Math.abs(places[one] - places[other]) == 1
        && Math.abs(value - middles[lower]) <= tolerance;
  }
}
