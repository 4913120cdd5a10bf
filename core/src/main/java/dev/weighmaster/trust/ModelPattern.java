package dev.weighmaster.trust;

/**
 * A pattern on model ids, {@code org/name}: exact, but {@code *} stands for any run of characters
 * other than {@code /}. Matching takes time in proportion to both lengths at most, whatever the
 * texts are. Immutable.
 */
public final class ModelPattern {
  private final String pattern;
  private final String[] segments;

  public ModelPattern(String pattern) {
    this.pattern = pattern;
    this.segments = pattern.split("/", -1);
  }

  /** Whether the whole id matches; case counts. */
  public boolean matches(String model) {
    String[] names = model.split("/", -1);
    if (names.length != segments.length) {
      return false;
    }
    for (int i = 0; i < names.length; i++) {
      if (!matches(segments[i], names[i])) {
        return false;
      }
    }
    return true;
  }

  /** Whether a model of the organisation {@code org} can match. */
  public boolean mayMatchIn(String organisation) {
    return segments.length == 2 && matches(segments[0], organisation);
  }

  @Override
  public String toString() {
    return pattern;
  }

  private static boolean matches(String pattern, String name) {
    int p = 0;
    int n = 0;
    int lastStar = -1;
    int afterStar = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        lastStar = p++;
        afterStar = n;
      } else if (p < pattern.length() && pattern.charAt(p) == name.charAt(n)) {
        p++;
        n++;
      } else if (lastStar >= 0) {
        p = lastStar + 1;
        n = ++afterStar;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
