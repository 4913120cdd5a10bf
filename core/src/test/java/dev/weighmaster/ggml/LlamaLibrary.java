package dev.weighmaster.ggml;

import com.sun.jna.Callback;
import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.weighmaster.format.gguf.LlamaFileType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * llama.cpp's own quantizer: {@code libllama.v0.5.0.so}, in the package of {@link GgmlLibrary}, and
 * missing where that is.
 */
public final class LlamaLibrary {
  /**
   * More than {@code struct llama_model_quantize_params} takes: an {@code int} for the threads, one
   * for the file type, and what stays as it is by default.
   */
  private static final int PARAMETERS = 512;

  private static final int FILE_TYPE = Integer.BYTES;

  /** Where the parameters have a pointer to imatrix entries: after four ints and six flags. */
  private static final int IMATRIX = 3 * Long.BYTES;

  /** {@code struct llama_model_imatrix_data}: a name, a pointer to floats, and their number. */
  private static final int IMATRIX_ENTRY = 3 * Long.BYTES;

  private final Function defaultParameters;
  private final Function quantize;

  private LlamaLibrary(NativeLibrary library) {
    defaultParameters = library.getFunction("llama_model_quantize_default_params");
    quantize = library.getFunction("llama_model_quantize");
    library.getFunction("llama_log_set").invokeVoid(new Object[] {SILENCE, Pointer.NULL});
  }

  /** What takes llama.cpp's messages. */
  interface Log extends Callback {
    void message(int level, Pointer text, Pointer data);
  }

  /** The library keeps no reference that the collector sees. */
  private static final Log SILENCE = (level, text, data) -> {};

  /**
   * Loads the library.
   *
   * @throws UnsatisfiedLinkError if it is {@link GgmlLibrary#missing}
   */
  public static LlamaLibrary load() {
    return new LlamaLibrary(
        NativeLibrary.getInstance(GgmlLibrary.folder().resolve("libllama.v0.5.0.so").toString()));
  }

  /**
   * Quantizes a GGUF in one thread.
   *
   * @param importance of the columns of tensors, by name; none is asked for if it is empty
   */
  public void quantize(
      Path source, Path target, LlamaFileType type, Map<String, float[]> importance)
      throws IOException {
    List<Memory> kept = new ArrayList<>();
    try (Memory parameters = new Memory(PARAMETERS)) {
      // A struct of this size is returned where the caller says, as if that were an argument.
      defaultParameters.invokeVoid(new Object[] {parameters});
      parameters.setInt(0, 1);
      parameters.setInt(FILE_TYPE, (int) type.id());
      if (!importance.isEmpty()) {
        parameters.setPointer(IMATRIX, entries(importance, kept));
      }
      int failed =
          quantize.invokeInt(new Object[] {source.toString(), target.toString(), parameters});
      if (failed != 0) {
        throw new IOException("llama.cpp can't quantize %s to %s".formatted(source, type));
      }
    } finally {
      kept.forEach(Memory::close);
    }
  }

  /** Entries that end with one of zeros. */
  private static Memory entries(Map<String, float[]> importance, List<Memory> kept) {
    Memory entries = kept(kept, (importance.size() + 1L) * IMATRIX_ENTRY);
    entries.clear();
    int at = 0;
    for (Map.Entry<String, float[]> each : importance.entrySet()) {
      Memory name = kept(kept, each.getKey().length() + 1L);
      name.setString(0, each.getKey());
      float[] columns = each.getValue();
      Memory floats = kept(kept, (long) columns.length * Float.BYTES);
      floats.write(0, columns, 0, columns.length);
      entries.setPointer(at, name);
      entries.setPointer(at + Long.BYTES, floats);
      entries.setLong(at + 2 * Long.BYTES, columns.length);
      at += IMATRIX_ENTRY;
    }
    return entries;
  }

  private static Memory kept(List<Memory> kept, long size) {
    Memory memory = new Memory(size);
    kept.add(memory);
    return memory;
  }
}
