package dev.weighmaster.format.gguf;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.weighmaster.format.WeightsFormat;
import dev.weighmaster.io.ByteSource;
import java.io.IOException;
import java.util.Arrays;

/** GGUF: recognised by its first four bytes, since loaders look only at those, or by its name. */
public final class GgufFormat implements WeightsFormat {
  public static final GgufFormat GGUF = new GgufFormat();

  private static final byte[] MAGIC = "GGUF".getBytes(US_ASCII);

  private GgufFormat() {}

  @Override
  public String name() {
    return "gguf";
  }

  @Override
  public boolean begins(byte[] head) {
    return head.length >= MAGIC.length
        && Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  @Override
  public GgufHeader read(ByteSource source, boolean firstPiece) throws IOException {
    return firstPiece ? GgufReader.readFirstPiece(source) : GgufReader.read(source);
  }
}
