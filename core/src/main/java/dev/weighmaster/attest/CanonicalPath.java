package dev.weighmaster.attest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/** Canonical paths by OMS 1.0, section 6.1.2. */
public final class CanonicalPath {
  /** Unicode code point order, which is the order of the UTF-8 bytes (section 5.2.1). */
  public static final Comparator<String> CODE_POINT_ORDER = CanonicalPath::compareCodePoints;

  /** Name by name, as the reference implementation sorts: {@code a/b} before {@code a-b}. */
  static final Comparator<String> NAME_BY_NAME = CanonicalPath::compareNameByName;

  private static final Pattern GLOB = Pattern.compile("[*?\\[]");

  private CanonicalPath() {}

  /** Whether a path is relative, normalized, and encodable as UTF-8. */
  public static boolean isCanonical(String path) {
    return Arrays.stream(path.split("/", -1))
            .noneMatch(name -> name.isEmpty() || name.equals(".") || name.equals(".."))
        && StandardCharsets.UTF_8.newEncoder().canEncode(path);
  }

  /** Whether a path can be one that a signature ignores: section 6.2.1. */
  public static boolean isIgnorable(String path) {
    return isCanonical(path) && !GLOB.matcher(path).find();
  }

  private static int compareCodePoints(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean mixed = Character.isSurrogate(x) != Character.isSurrogate(y);
        return mixed ? (Character.isSurrogate(x) ? 1 : -1) : Character.compare(x, y);
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  private static int compareNameByName(String a, String b) {
    List<String> x = List.of(a.split("/", -1));
    List<String> y = List.of(b.split("/", -1));
    for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
      int order = compareCodePoints(x.get(i), y.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(x.size(), y.size());
  }
}
