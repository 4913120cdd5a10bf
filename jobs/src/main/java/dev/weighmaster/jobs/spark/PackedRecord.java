package dev.weighmaster.jobs.spark;

import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;

/**
 * Records as their bytes, for where Spark gathers them in memory: again and again it estimates how
 * much that takes by going through the objects, which costs more than all else that is done with
 * them. An array of bytes is one object.
 */
public final class PackedRecord {
  private static final int FIRST_BYTES = 512;

  private PackedRecord() {}

  /** The bytes of a record, without its type. */
  public static byte[] pack(Record value) {
    try (Output output = new Output(FIRST_BYTES, -1)) {
      RecordSerializer.writeRecord(output, value);
      return output.toBytes();
    }
  }

  /** The record of this type whose bytes {@link #pack} has given. */
  public static <T extends Record> T unpack(byte[] packed, Class<T> type) {
    try (Input input = new Input(packed)) {
      return type.cast(RecordSerializer.readRecord(input, type));
    }
  }
}
