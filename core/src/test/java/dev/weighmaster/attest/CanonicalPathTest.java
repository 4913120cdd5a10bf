package dev.weighmaster.attest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalPathTest {
  @Property
  void codePointOrderIsTheOrderOfTheUtf8Bytes(@ForAll String a, @ForAll String b) {
    Assume.that(StandardCharsets.UTF_8.newEncoder().canEncode(a));
    Assume.that(StandardCharsets.UTF_8.newEncoder().canEncode(b));

    int expected =
        Arrays.compareUnsigned(
            a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

    assertThat(Integer.signum(CanonicalPath.CODE_POINT_ORDER.compare(a, b)))
        .isEqualTo(Integer.signum(expected));
  }

  @ParameterizedTest
  @CsvSource({
    // A surrogate pair stands above every character of the basic plane.
    "\uff5e, \ud83d\ude00, -1",
    "\ud83d\ude00, \uff5e, 1",
    "\ud83d\ude00, \ud83d\ude01, -1",
    "a, b, -1",
    "a, a, 0",
    "a, aa, -1",
  })
  void charactersBeyondTheBasicPlaneComeLast(String a, String b, int order) {
    assertThat(Integer.signum(CanonicalPath.CODE_POINT_ORDER.compare(a, b))).isEqualTo(order);
  }

  @ParameterizedTest
  @CsvSource({"a/b, a-b, -1", "a-b, a/b, 1", "a, a/b, -1", "a/b, a/c, -1", "a/b, a/b, 0"})
  void nameByNameAFolderComesBeforeWhatOnlyBeginsLikeIt(String a, String b, int order) {
    assertThat(Integer.signum(CanonicalPath.NAME_BY_NAME.compare(a, b))).isEqualTo(order);
  }
}
