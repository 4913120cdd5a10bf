package dev.weighmaster.packing;

import dev.weighmaster.digest.MemoryStorage;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.ModelTensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Packs matrices as the quantizers do, one bit or one move at a time as they describe it. Tensors
 * can be changed or left out before they are written.
 */
public final class PackedWriter {
  private static final int[] ORDER_OF_GEMM = {0, 2, 4, 6, 1, 3, 5, 7};

  private final Map<String, TestTensor> tensors = new LinkedHashMap<>();

  /** A tensor to be written; its shape ends with the row's length. */
  @SuppressWarnings("ArrayRecordComponent") // it is changed in tests
  public record TestTensor(SafetensorsType type, List<Long> shape, byte[] bytes) {}

  public PackedWriter put(String name, SafetensorsType type, List<Long> shape, byte[] bytes) {
    tensors.put(name, new TestTensor(type, shape, bytes));
    return this;
  }

  public PackedWriter remove(String name) {
    tensors.remove(name);
    return this;
  }

  /** A tensor, whose bytes may be changed. */
  public TestTensor get(String name) {
    return tensors.get(name);
  }

  /** Takes the tensors of another one, whose names have another beginning there. */
  public PackedWriter putAll(PackedWriter other, String beginning, String instead) {
    other.tensors.forEach((name, each) -> tensors.put(name.replace(beginning, instead), each));
    return this;
  }

  /** The names of the tensors. */
  public List<String> names() {
    return List.copyOf(tensors.keySet());
  }

  /** A safetensors file of these tensors. */
  public byte[] toByteArray() {
    var writer = new SafetensorsWriter();
    tensors.forEach((name, each) -> writer.tensor(name, each.type, each.shape, each.bytes));
    return writer.toByteArray();
  }

  /** The model that these tensors are. */
  public ModelTensors model() throws IOException {
    byte[] bytes = toByteArray();
    String file = "model.safetensors";
    return ModelTensors.openListed(
        new MemoryStorage(Map.of(file, bytes), bytes.length),
        List.of(
            new Storage.Entry(
                file,
                Storage.Type.FILE,
                bytes.length,
                Instant.EPOCH,
                Optional.empty(),
                Optional.empty())));
  }

  private PackedWriter matrix(String name, SafetensorsType type, int[][] rows) {
    int bytes = type.bits() / Byte.SIZE;
    var buffer =
        ByteBuffer.allocate(rows.length * rows[0].length * bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int[] row : rows) {
      for (int value : row) {
        switch (bytes) {
          case 1 -> buffer.put((byte) value);
          case 2 -> buffer.putShort((short) value);
          default -> buffer.putInt(value);
        }
      }
    }
    return put(name, type, List.of((long) rows.length, (long) rows[0].length), buffer.array());
  }

  public PackedWriter floats(String name, SafetensorsType type, float[][] rows) {
    var buffer =
        ByteBuffer.allocate(rows.length * rows[0].length * type.bits() / Byte.SIZE)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] row : rows) {
      for (float value : row) {
        putFloat(buffer, type, value);
      }
    }
    return put(name, type, List.of((long) rows.length, (long) rows[0].length), buffer.array());
  }

  public PackedWriter vector(String name, SafetensorsType type, float[] values) {
    floats(name, type, new float[][] {values});
    return put(name, type, List.of((long) values.length), get(name).bytes);
  }

  private static void putFloat(ByteBuffer buffer, SafetensorsType type, float value) {
    switch (type) {
      case F32 -> buffer.putFloat(value);
      case F16 -> buffer.putShort(TestFloats.half(value));
      case BF16 -> buffer.putShort(TestFloats.bfloat16(value));
      default -> throw new AssertionError(type);
    }
  }

  /** Words with a row's codes in them, the lowest bits first. */
  static int[] words(int[] codes, int bits) {
    int[] words = new int[(codes.length * bits + 31) / 32];
    for (int i = 0; i < codes.length; i++) {
      for (int bit = 0; bit < bits; bit++) {
        int at = i * bits + bit;
        words[at / 32] |= ((codes[i] >> bit) & 1) << (at % 32);
      }
    }
    return words;
  }

  static int[][] transposed(int[][] rows) {
    int[][] columns = new int[rows[0].length][rows.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < columns.length; j++) {
        columns[j][i] = rows[i][j];
      }
    }
    return columns;
  }

  static float[][] transposed(float[][] rows) {
    float[][] columns = new float[rows[0].length][rows.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < columns.length; j++) {
        columns[j][i] = rows[i][j];
      }
    }
    return columns;
  }

  private static int[][] words(int[][] rows, int bits) {
    return Arrays.stream(rows).map(row -> words(row, bits)).toArray(int[][]::new);
  }

  /**
   * Of GPTQ.
   *
   * @param lessBy what the format takes off zero points
   */
  public PackedWriter gptq(String stem, Quantized matrix, int bits, int lessBy) {
    int[][] zeros = new int[matrix.rows()][];
    Arrays.setAll(
        zeros, i -> Arrays.stream(matrix.zeros()[i]).map(zero -> zero - lessBy).toArray());
    int[] groupOf = matrix.groupOf();
    matrix(stem + ".qweight", SafetensorsType.I32, transposed(words(matrix.codes(), bits)));
    matrix(stem + ".qzeros", SafetensorsType.I32, words(transposed(zeros), bits));
    floats(stem + ".scales", SafetensorsType.F16, transposed(matrix.scales()));
    matrix(stem + ".g_idx", SafetensorsType.I32, new int[][] {groupOf});
    return put(
        stem + ".g_idx",
        SafetensorsType.I32,
        List.of((long) groupOf.length),
        get(stem + ".g_idx").bytes);
  }

  public PackedWriter awqGemm(String stem, Quantized matrix) {
    matrix(stem + ".qweight", SafetensorsType.I32, inGemmOrder(transposed(matrix.codes())));
    matrix(stem + ".qzeros", SafetensorsType.I32, inGemmOrder(transposed(matrix.zeros())));
    return floats(stem + ".scales", SafetensorsType.F16, transposed(matrix.scales()));
  }

  private static int[][] inGemmOrder(int[][] rows) {
    int[][] words = new int[rows.length][rows[0].length / 8];
    for (int row = 0; row < rows.length; row++) {
      for (int word = 0; word < words[row].length; word++) {
        for (int i = 0; i < 8; i++) {
          words[row][word] |= rows[row][8 * word + ORDER_OF_GEMM[i]] << (4 * i);
        }
      }
    }
    return words;
  }

  public PackedWriter awqGemv(String stem, Quantized matrix, int paddedGroups) {
    int[][] zeros = new int[matrix.rows()][];
    float[][] scales = new float[matrix.rows()][];
    Arrays.setAll(zeros, i -> Arrays.copyOf(matrix.zeros()[i], paddedGroups));
    Arrays.setAll(scales, i -> Arrays.copyOf(matrix.scales()[i], paddedGroups));
    matrix(stem + ".qweight", SafetensorsType.I32, words(matrix.codes(), 4));
    matrix(stem + ".qzeros", SafetensorsType.I32, words(zeros, 4));
    return floats(stem + ".scales", SafetensorsType.F16, scales);
  }

  public PackedWriter awqFast(String stem, Quantized matrix, int paddedGroups) {
    float[][] scales = new float[matrix.rows()][];
    float[][] shifts = new float[matrix.rows()][paddedGroups];
    Arrays.setAll(scales, i -> Arrays.copyOf(matrix.scales()[i], paddedGroups));
    for (int row = 0; row < matrix.rows(); row++) {
      for (int group = 0; group < matrix.groups(); group++) {
        shifts[row][group] = -(scales[row][group] * matrix.zeros()[row][group]);
      }
    }
    matrix(stem + ".qweight", SafetensorsType.I16, inFastOrder(matrix.codes()));
    floats(stem + ".scales", SafetensorsType.F16, transposed(scales));
    return floats(stem + ".qzeros", SafetensorsType.F16, transposed(shifts));
  }

  /** Two mixings of each 32 columns, then four rows between each other, then four to a word. */
  private static int[][] inFastOrder(int[][] rows) {
    int columns = rows[0].length;
    int[][] words = new int[rows.length / 4][columns];
    for (int four = 0; four < words.length; four++) {
      List<Integer> stream = new ArrayList<>();
      for (int block = 0; block < columns; block += 64) {
        for (int row = 4 * four; row < 4 * four + 4; row++) {
          for (int start = block; start < block + 64; start += 32) {
            for (int value : mixed(Arrays.copyOfRange(rows[row], start, start + 32))) {
              stream.add(value);
            }
          }
        }
      }
      for (int i = 0; i < stream.size(); i++) {
        words[four][i / 4] |= stream.get(i) << (4 * (i % 4));
      }
    }
    return words;
  }

  private static int[] mixed(int[] of32) {
    int[] moved = new int[32];
    int to = 0;
    for (int b = 0; b < 4; b++) {
      for (int a = 0; a < 4; a++) {
        for (int c = 0; c < 2; c++) {
          moved[to++] = of32[8 * a + 2 * b + c];
        }
      }
    }
    int[] result = new int[32];
    for (int eight = 0; eight < 32; eight += 8) {
      for (int i = 0; i < 8; i++) {
        result[eight + i] = moved[eight + ORDER_OF_GEMM[i]];
      }
    }
    return result;
  }

  /** Of compressed-tensors; zero points are left out where they are half of the codes' range. */
  public PackedWriter packed(
      String stem, Quantized matrix, int bits, boolean symmetric, SafetensorsType scaleType) {
    matrix(stem + ".weight_packed", SafetensorsType.I32, words(matrix.codes(), bits));
    floats(stem + ".weight_scale", scaleType, matrix.scales());
    if (!symmetric) {
      matrix(
          stem + ".weight_zero_point",
          SafetensorsType.I32,
          transposed(words(transposed(matrix.zeros()), bits)));
    }
    var shape = ByteBuffer.allocate(2 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    shape.putLong(matrix.rows()).putLong(matrix.columns());
    return put(stem + ".weight_shape", SafetensorsType.I64, List.of(2L), shape.array());
  }

  /** Codes of a byte each. */
  public PackedWriter bytes(String name, SafetensorsType type, int[][] codes) {
    return matrix(name, type, codes);
  }

  /** Two codes to a byte, the first in the lower half. */
  public PackedWriter nibbles(String name, int[][] codes) {
    int[][] pairs = new int[codes.length][codes[0].length / 2];
    for (int row = 0; row < pairs.length; row++) {
      for (int i = 0; i < pairs[row].length; i++) {
        pairs[row][i] = codes[row][2 * i] | (codes[row][2 * i + 1] << 4);
      }
    }
    return matrix(name, SafetensorsType.U8, pairs);
  }

  /** Of bitsandbytes: two codes to a byte, the first in the upper half, and how they were made. */
  public PackedWriter blockwise(
      String name, int[] codes, CodeType type, String state, float[] absmax) {
    byte[] bytes = new byte[codes.length / 2];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ((codes[2 * i] << 4) | codes[2 * i + 1]);
    }
    byte[] json = state.getBytes(StandardCharsets.UTF_8);
    String kind = type == CodeType.NF4 ? "nf4" : "fp4";
    put(name, SafetensorsType.U8, List.of((long) bytes.length, 1L), bytes);
    put(
        name + ".quant_state.bitsandbytes__" + kind,
        SafetensorsType.U8,
        List.of((long) json.length),
        json);
    vector(name + ".absmax", SafetensorsType.F32, absmax);
    return vector(name + ".quant_map", SafetensorsType.F32, type.levels());
  }
}
