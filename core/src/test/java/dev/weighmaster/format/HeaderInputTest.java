package dev.weighmaster.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class HeaderInputTest {

  @Property(edgeCases = EdgeCasesMode.NONE)
  void readsTheSameWhateverTheChunks(
      @ForAll byte first,
      @ForAll short second,
      @ForAll int third,
      @ForAll long fourth,
      @ForAll boolean bigEndian,
      @ForAll @IntRange(min = 1, max = 20) int chunkSize)
      throws IOException {
    ByteOrder order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    byte[] bytes =
        ByteBuffer.allocate(20)
            .order(order)
            .put(first)
            .putShort(second)
            .putInt(third)
            .putLong(fourth)
            .put("hello".getBytes(StandardCharsets.US_ASCII))
            .array();
    var input = new HeaderInput(new InMemoryByteSource(bytes, chunkSize));
    input.order(order);

    assertThat(input.readByte()).isEqualTo(first);
    assertThat(input.readShort()).isEqualTo(second);
    assertThat(input.readInt()).isEqualTo(third);
    assertThat(input.readLong()).isEqualTo(fourth);
    input.skip(1);
    assertThat(input.readBytes(3)).asString(StandardCharsets.US_ASCII).isEqualTo("ell");
    assertThat(input.offset()).isEqualTo(19);
    assertThat(input.remaining()).isEqualTo(1);
  }

  @Test
  void leavesTheChunksAfterTheHeaderToItsCaller() throws IOException {
    var source = new InMemoryByteSource(new byte[100], 10);
    var input = new HeaderInput(source);

    assertThat(source.position()).isZero();
    input.readLong();
    input.skip(2);
    assertThat(source.position()).isEqualTo(10);
    input.skip(1);
    assertThat(source.position()).isEqualTo(20);
  }

  @Test
  void endsAStreamWhereItWasToldTo() throws IOException {
    var input = new HeaderInput(new InMemoryByteSource(new byte[] {1, 2, 3, 4, 5}, 2));
    input.readByte();

    assertThat(input.stream(3).readAllBytes()).containsExactly(2, 3, 4);
    assertThat(input.offset()).isEqualTo(4);
    assertThat(input.readByte()).isEqualTo((byte) 5);
  }

  @Test
  void saysWhereTheFileEnds() throws IOException {
    var input = new HeaderInput(new InMemoryByteSource(new byte[5]));
    input.section("its directory");
    input.readShort();

    assertThatThrownBy(input::readInt)
        .isInstanceOf(MalformedWeightsException.class)
        .hasMessage("file ends within its directory: 4 bytes wanted, 3 left (at byte 2)");
    assertThatThrownBy(() -> input.skip(-1)).isInstanceOf(MalformedWeightsException.class);
    assertThatThrownBy(() -> input.stream(4)).isInstanceOf(MalformedWeightsException.class);
    assertThatThrownBy(() -> input.readBytes(Integer.MAX_VALUE))
        .isInstanceOf(MalformedWeightsException.class);
  }
}
