package dev.weighmaster.attest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

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
}
