package dev.weighmaster.jobs.demo;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.LlamaFileType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Ways to store weights in a GGUF file: ggml's F16, and its blocks of 32 weights with a scale in
 * half precision. Little-endian. Values round as in ggml's reference quantizers.
 */
enum TensorEncoding {
  F16(GgmlType.F16, LlamaFileType.F16) {
    @Override
    void block(float[] values, int start, ByteBuffer out) {
      out.putShort(HalfPrecision.of(values[start]));
    }
  },

  /** A scale and 32 signed bytes. */
  Q8_0(GgmlType.Q8_0, LlamaFileType.Q8_0) {
    @Override
    void block(float[] values, int start, ByteBuffer out) {
      float scale = Math.abs(furthestFromZero(values, start)) / 127;
      float inverse = scale == 0 ? 0 : 1 / scale;
      out.putShort(HalfPrecision.of(scale));
      for (int i = 0; i < BLOCK; i++) {
        float level = values[start + i] * inverse;
        // C's roundf takes a half away from zero, Math.round upwards.
        out.put((byte) (level < 0 ? -Math.round(-level) : Math.round(level)));
      }
    }
  },

  /** A scale and 32 nibbles, 8 of which stands for zero. */
  Q4_0(GgmlType.Q4_0, LlamaFileType.Q4_0) {
    @Override
    void block(float[] values, int start, ByteBuffer out) {
      float scale = furthestFromZero(values, start) / -8;
      out.putShort(HalfPrecision.of(scale));
      putNibbles(values, start, scale, 0, 8.5f, out);
    }
  },

  /** A scale, the least weight, and 32 nibbles that count from it. */
  Q4_1(GgmlType.Q4_1, LlamaFileType.Q4_1) {
    @Override
    void block(float[] values, int start, ByteBuffer out) {
      float least = values[start];
      float most = values[start];
      for (int i = 1; i < BLOCK; i++) {
        least = Math.min(least, values[start + i]);
        most = Math.max(most, values[start + i]);
      }
      float scale = (most - least) / 15;
      out.putShort(HalfPrecision.of(scale)).putShort(HalfPrecision.of(least));
      putNibbles(values, start, scale, least, 0.5f, out);
    }
  };

  private static final int BLOCK = 32;

  private final GgmlType type;
  private final LlamaFileType fileType;

  TensorEncoding(GgmlType type, LlamaFileType fileType) {
    this.type = type;
    this.fileType = fileType;
  }

  GgmlType type() {
    return type;
  }

  LlamaFileType fileType() {
    return fileType;
  }

  /** What the demo calls a GGUF file in this encoding. */
  String fileName() {
    return "tiny-" + name() + ".gguf";
  }

  /** Encodes rows whose length is a multiple of the type's block. */
  byte[] encode(float[] values) {
    ByteBuffer out =
        ByteBuffer.allocate(values.length / type.blockElements() * type.blockBytes())
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int start = 0; start < values.length; start += type.blockElements()) {
      block(values, start, out);
    }
    return out.array();
  }

  abstract void block(float[] values, int start, ByteBuffer out);

  private static float furthestFromZero(float[] values, int start) {
    float furthest = 0;
    for (int i = 0; i < BLOCK; i++) {
      if (Math.abs(values[start + i]) > Math.abs(furthest)) {
        furthest = values[start + i];
      }
    }
    return furthest;
  }

  /** The first half of the block goes into the low nibbles, the second into the high ones. */
  private static void putNibbles(
      float[] values, int start, float scale, float least, float rounding, ByteBuffer out) {
    float inverse = scale == 0 ? 0 : 1 / scale;
    for (int i = start; i < start + BLOCK / 2; i++) {
      int low = (int) ((values[i] - least) * inverse + rounding);
      int high = (int) ((values[i + BLOCK / 2] - least) * inverse + rounding);
      out.put((byte) (Math.min(15, low) | (Math.min(15, high) << 4)));
    }
  }
}
