package dev.weighmaster.format.safetensors;

import dev.weighmaster.format.WeightsFormat;
import dev.weighmaster.io.ByteSource;
import java.io.IOException;

/** safetensors: recognised only by its name, since the file begins with a length. */
public final class SafetensorsFormat implements WeightsFormat {
  public static final SafetensorsFormat SAFETENSORS = new SafetensorsFormat();

  private SafetensorsFormat() {}

  @Override
  public String name() {
    return "safetensors";
  }

  /** Some tools shorten the extension. */
  @Override
  public boolean hasName(String name) {
    return name.endsWith(".safetensors") || name.endsWith(".sft");
  }

  @Override
  public boolean begins(byte[] head) {
    return false;
  }

  /** A shard is a file of its own: there are no pieces. */
  @Override
  public SafetensorsHeader read(ByteSource source, boolean firstPiece) throws IOException {
    return SafetensorsReader.read(source);
  }
}
