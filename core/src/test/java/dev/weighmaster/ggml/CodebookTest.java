package dev.weighmaster.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.digest.Sha256Hex;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CodebookTest {
  /** Each codebook with the SHA-256 of the table of bytes in {@code ggml-common.h}. */
  static Stream<Arguments> tables() {
    float[] twoBits = {8, 25, 43};
    return Stream.of(
        arguments(
            "iq2xxs_grid",
            new Codebook(CodebookPoints.IQ2_XXS, 8, 2, 3, 2),
            twoBits,
            "05826b5d3e472a3a78f196be62ac78acf81df0f909626e12ab9fa2a5d490dd54"),
        arguments(
            "iq2xs_grid",
            new Codebook(CodebookPoints.IQ2_XS, 8, 2, 3, 2),
            twoBits,
            "06e47aaca60b4dc1d9b5a3f34540437058a6b142b4d7a59d5ded769b4d1bf1de"),
        arguments(
            "iq2s_grid",
            new Codebook(CodebookPoints.IQ2_S, 8, 2, 3, 1),
            twoBits,
            "e1aa1473412b0552c2174c30ef22ab4073f6a181b85a17056e8249bd2932fd88"),
        arguments(
            "iq1s_grid",
            new Codebook(CodebookPoints.IQ1, 8, 2, 3, 3),
            new float[] {-1, 0, 1},
            "07540ffc1aeaf6ad4d97e96b0fcc765aae39671d4ae4a27bbd0e796fde167c6a"),
        arguments(
            "iq3xxs_grid",
            new Codebook(CodebookPoints.IQ3_XXS, 4, 3, 8, 2),
            new float[] {4, 12, 20, 28, 36, 44, 52, 62},
            "46e35f5a997efdee6c99ce57854c8a0d4f0ff8ca57e5e8a60c0793ea580acf5d"),
        arguments(
            "iq3s_grid",
            new Codebook(CodebookPoints.IQ3_S, 4, 3, 8, 3),
            new float[] {1, 3, 5, 7, 9, 11, 13, 15},
            "bd1af4945a1717c65610b0284e4628b9a1ba3b306fae3a06f6e5f597356e349f"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tables")
  void thePointsAreThoseOfGgmlsTable(
      String table, Codebook codebook, float[] levels, String sha256) {
    float[] coordinates = codebook.coordinates(levels);
    byte[] bytes = new byte[coordinates.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) coordinates[i];
    }

    assertThat(Sha256Hex.of(bytes)).isEqualTo(sha256);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tables")
  void everyPointIsFoundByItsCode(String table, Codebook codebook, float[] levels, String sha256) {
    for (int index = 0; index < codebook.size(); index++) {
      assertThat(codebook.index(codebook.code(index))).isEqualTo(index);
    }
  }

  /** IQ2_S looks at the nearest shell of points, IQ1 and IQ3_S at three, the others at two. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("tables")
  void aNeighbourhoodHasTheNearestShellsInOrderOfDistanceThenIndex(
      String table, Codebook codebook, float[] levels, String sha256) {
    int shells =
        switch (table) {
          case "iq2s_grid" -> 1;
          case "iq1s_grid", "iq3s_grid" -> 3;
          default -> 2;
        };
    List<Integer> points = points(codebook);
    var random = new Random(2);
    for (int i = 0; i < 200; i++) {
      int code = 0;
      for (int coordinate = 0; coordinate < codebook.coordinates; coordinate++) {
        code = code << codebook.levelBits | random.nextInt(codebook.levels);
      }
      if (codebook.index(code) == Codebook.NONE) {
        assertThat(neighbours(codebook, code)).isEqualTo(nearest(codebook, points, code, shells));
      }
    }
  }

  private static List<Integer> points(Codebook codebook) {
    return IntStream.range(0, 1 << (codebook.coordinates * codebook.levelBits))
        .filter(code -> codebook.index(code) != Codebook.NONE)
        .boxed()
        .sorted(Comparator.comparing(codebook::index))
        .toList();
  }

  private static List<Integer> neighbours(Codebook codebook, int code) {
    char[] all = codebook.neighbourhoods().lists();
    int start = codebook.neighbourhoods().start(code);
    var neighbours = new ArrayList<Integer>();
    for (int i = start + 1; i <= start + all[start]; i++) {
      neighbours.add((int) all[i]);
    }
    return neighbours;
  }

  private static List<Integer> nearest(
      Codebook codebook, List<Integer> points, int code, int shells) {
    var distances = new TreeSet<Integer>();
    points.forEach(point -> distances.add(distance(codebook, point, code)));
    int radius = distances.stream().skip(shells - 1).findFirst().orElseThrow();
    return points.stream()
        .filter(point -> distance(codebook, point, code) <= radius)
        .sorted(Comparator.comparing(point -> distance(codebook, point, code)))
        .toList();
  }

  private static int distance(Codebook codebook, int one, int other) {
    int mask = (1 << codebook.levelBits) - 1;
    int sum = 0;
    for (int bit = 0; bit < codebook.coordinates * codebook.levelBits; bit += codebook.levelBits) {
      int difference = (one >> bit & mask) - (other >> bit & mask);
      sum += difference * difference;
    }
    return sum;
  }
}
