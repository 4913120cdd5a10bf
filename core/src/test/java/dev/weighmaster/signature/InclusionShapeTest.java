package dev.weighmaster.signature;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class InclusionShapeTest {
  @Property
  void aPathIsAsLongAsTheTreeIsDeepAtItsLeaf(
      @ForAll @LongRange(max = 5000) long index,
      @ForAll @LongRange(min = 1, max = 5000) long size) {
    Assume.that(index < size);

    assertThat(InclusionShape.pathLength(index, size)).isEqualTo(depth(index, size));
  }

  /** RFC 9162, section 2.1.3.1: PATH(m, D[n]), counted. */
  private static int depth(long index, long size) {
    if (size == 1) {
      return 0;
    }
    long left = Long.highestOneBit(size - 1);
    return 1 + (index < left ? depth(index, left) : depth(index - left, size - left));
  }
}
