package dev.weighmaster.imatrix;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.format.HeaderInput;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.TensorBytes;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The form that {@code llama-imatrix} wrote until July 2025, {@code imatrix.dat}, as {@code
 * common_imatrix_load_legacy} of llama.cpp reads it: the number of entries, and for each a name,
 * how many calls its values sum, their number and the values; all of 32 bits and little-endian.
 * What may follow, the number of chunks and the data set's name, changes no weight.
 */
final class LegacyImatrix {
  /** As of a tensor's name in a GGUF. */
  static final int MAX_NAME_BYTES = 127;

  private LegacyImatrix() {}

  static Map<String, ImatrixEntry> entries(Storage storage, Storage.Entry file) throws IOException {
    Map<String, ImatrixEntry> entries = new LinkedHashMap<>();
    try (ByteSource source = storage.open(file)) {
      HeaderInput input = new HeaderInput(source);
      input.section("its directory");
      int count = positive(input, "entries", Imatrix.MAX_ENTRIES);
      for (int i = 0; i < count; i++) {
        long start = input.offset();
        String name =
            new String(input.readBytes(positive(input, "bytes of a name", MAX_NAME_BYTES)), UTF_8);
        int calls = input.readInt();
        int values = positive(input, "values of " + Quoted.of(name), Integer.MAX_VALUE);
        long offset = input.offset();
        input.skip((long) values * Float.BYTES);
        // Without calls the values are no sums.
        float[] divisor = {calls > 0 ? calls : 1};
        ImatrixEntry entry =
            new ImatrixEntry(
                values, offset, divisor, (first, n) -> range(storage, file, offset, first, n));
        if (entries.put(name, entry) != null) {
          throw new MalformedWeightsException(start, "%s twice".formatted(Quoted.of(name)));
        }
      }
      while (source.next().hasRemaining()) {}
    }
    return entries;
  }

  private static TensorBytes range(
      Storage storage, Storage.Entry file, long offset, long first, long count) throws IOException {
    return TensorBytes.open(storage, file, offset + first * Float.BYTES, count * Float.BYTES);
  }

  private static int positive(HeaderInput input, String what, int most) throws IOException {
    long start = input.offset();
    int number = input.readInt();
    if (number < 1 || number > most) {
      throw new MalformedWeightsException(
          start, "it claims %d %s, not 1 to %d".formatted(number, what, most));
    }
    return number;
  }
}
