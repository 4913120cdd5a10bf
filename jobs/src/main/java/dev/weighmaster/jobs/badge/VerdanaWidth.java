package dev.weighmaster.jobs.badge;

/**
 * How wide text is in Verdana at 11 pixels, the type of badges. Who lacks Verdana sees another one
 * stretched to this width.
 */
final class VerdanaWidth {
  private static final int SIZE = 11;
  private static final int UNITS_PER_EM = 2048;

  /** The advance widths of U+0020 to U+007E. */
  private static final int[] ASCII = {
    720, 806, 940, 1676, 1302, 2204, 1488, 550, 930, 930, 1302, 1676, 745, 930, 745, 930, // to /
    1302, 1302, 1302, 1302, 1302, 1302, 1302, 1302, 1302, 1302, 930, 930, 1676, 1676, 1676, 1117,
    2048, 1400, 1404, 1430, 1578, 1295, 1177, 1588, 1539, 862, 931, 1419, 1140, 1726, 1532, 1612,
    1235, 1612, 1424, 1400, 1262, 1499, 1400, 2025, 1403, 1260, 1403, 930, 930, 930, 1676, 1302,
    1302, 1230, 1276, 1067, 1276, 1220, 720, 1276, 1296, 562, 705, 1212, 562, 1992, 1296, 1243,
    1276, 1276, 874, 1067, 807, 1296, 1212, 1676, 1212, 1212, 1076, 1300, 930, 1300, 1676
  };

  private static final int OTHER_LETTER = 1400;

  private VerdanaWidth() {}

  /** The width in whole pixels, rounded up; at least one. */
  static int of(String text) {
    long units = text.codePoints().mapToLong(VerdanaWidth::units).sum();
    return (int) Math.max(1, (units * SIZE + UNITS_PER_EM - 1) / UNITS_PER_EM);
  }

  private static int units(int codePoint) {
    if (codePoint >= ' ' && codePoint <= '~') {
      return ASCII[codePoint - ' '];
    }
    return switch (Character.getType(codePoint)) {
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK -> 0;
      default ->
          Character.isIdeographic(codePoint) || Character.charCount(codePoint) > 1
              ? UNITS_PER_EM
              : OTHER_LETTER;
    };
  }
}
