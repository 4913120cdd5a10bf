package dev.weighmaster.jobs.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What was probably meant by a name that does not exist. */
final class Nearest {
  /** No name of ours is longer, and the work goes with the square. */
  private static final int LONGEST = 64;

  private Nearest() {}

  /**
   * The known name that takes the fewest letters to change, if that is no more than a third of
   * them; else the only one that has the name for a part.
   */
  static Optional<String> to(String name, Collection<String> known) {
    if (name.length() > LONGEST) {
      return Optional.empty();
    }
    return known.stream()
        .filter(each -> distance(name, each) <= Math.max(1, each.length() / 3))
        .min(Comparator.comparing(each -> distance(name, each)))
        .or(() -> containing(name, known));
  }

  private static Optional<String> containing(String name, Collection<String> known) {
    List<String> found = known.stream().filter(each -> each.contains(name)).limit(2).toList();
    return name.length() >= 3 && found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
  }

  /** How many letters are to be put in, left out or changed, or pairs of neighbours swapped. */
  private static int distance(String one, String other) {
    int[][] rows = new int[one.length() + 1][other.length() + 1];
    for (int i = 0; i <= one.length(); i++) {
      for (int j = 0; j <= other.length(); j++) {
        rows[i][j] = i == 0 || j == 0 ? i + j : distance(rows, i, j, one, other);
      }
    }
    return rows[one.length()][other.length()];
  }

  private static int distance(int[][] rows, int i, int j, String one, String other) {
    int changed = rows[i - 1][j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
    int shortest = Math.min(changed, 1 + Math.min(rows[i - 1][j], rows[i][j - 1]));
    boolean swapped =
        i > 1
            && j > 1
            && one.charAt(i - 1) == other.charAt(j - 2)
            && one.charAt(i - 2) == other.charAt(j - 1);
    return swapped ? Math.min(shortest, 1 + rows[i - 2][j - 2]) : shortest;
  }
}
