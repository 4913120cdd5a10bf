package dev.weighmaster.ggml;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.weighmaster.format.gguf.GgmlType;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * ggml itself: {@code libggml-base.so} of llama.cpp v0.5.0, in the npm package that {@code
 * interop/package.json} names. The package's other libraries differ by processor; they multiply
 * matrices, and none of them quantizes weights.
 *
 * <p>ggml ends the process where it finds a sum that is not finite, so weights must be finite, and
 * not so large that their squares overflow.
 */
public final class GgmlLibrary {
  private static final Path PATH = folder().resolve("libggml-base.so");

  /** What starts programs that are linked against glibc. */
  private static final Path GLIBC = Path.of("/lib64/ld-linux-x86-64.so.2");

  /**
   * Where {@code struct ggml_type_traits} has {@code to_float}: after the name, two lengths of
   * blocks, the size of one, and a {@code bool}.
   */
  private static final int TO_FLOAT = 5 * Long.BYTES;

  private final Function quantizeChunk;
  private final Function typeTraits;

  private GgmlLibrary(NativeLibrary library) {
    quantizeChunk = library.getFunction("ggml_quantize_chunk");
    typeTraits = library.getFunction("ggml_get_type_traits");
  }

  /** Where the package has its libraries. */
  static Path folder() {
    return Path.of(
        System.getProperty("weighmaster.root"),
        "interop/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64");
  }

  /** Why there is no library; empty where there is one, and where one must be. */
  public static Optional<String> missing() {
    boolean runs = System.getProperty("os.arch").equals("amd64") && Files.exists(GLIBC);
    if (!runs) {
      return Optional.of("ggml's library is for Linux on x86-64 with glibc");
    }
    if (Files.exists(PATH)) {
      return Optional.empty();
    }
    if (!onPath("node") || !onPath("npm")) {
      return Optional.of("there is no Node (node and npm) on the PATH");
    }
    return "true".equals(System.getenv("CI"))
        ? Optional.empty()
        : Optional.of("bin/check has not installed interop/node_modules yet");
  }

  private static boolean onPath(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /**
   * Loads the library.
   *
   * @throws UnsatisfiedLinkError if it is {@link #missing}
   */
  public static GgmlLibrary load() {
    return new GgmlLibrary(NativeLibrary.getInstance(PATH.toString()));
  }

  /**
   * Copies rows to where ggml can read them, as often as it is asked to.
   *
   * @param weights the rows, one after the other
   * @param columns weights in each row
   * @param importance of each column
   */
  public Rows rows(float[] weights, int columns, float[] importance) {
    return new Rows(weights, columns, importance);
  }

  /** Rows of weights outside of Java's heap. */
  public final class Rows implements AutoCloseable {
    private final int rows;
    private final int columns;
    private final Memory weights;
    private final Memory importance;
    private final Memory blocks;
    private int length;

    private Rows(float[] weights, int columns, float[] importance) {
      rows = weights.length / columns;
      this.columns = columns;
      this.weights = memory(weights);
      this.importance = memory(importance);
      blocks = new Memory(this.weights.size());
    }

    /** Quantizes all rows, with the importance of their columns or without. */
    public void quantize(GgmlType type, boolean withImportance) {
      length =
          Math.toIntExact(
              quantizeChunk.invokeLong(
                  new Object[] {
                    type.id(),
                    weights,
                    blocks,
                    0L,
                    (long) rows,
                    (long) columns,
                    withImportance ? importance : Pointer.NULL
                  }));
    }

    /** What the last call gave. */
    public byte[] blocks() {
      return blocks.getByteArray(0, length);
    }

    @Override
    public void close() {
      weights.close();
      importance.close();
      blocks.close();
    }
  }

  private static Memory memory(float[] floats) {
    Memory memory = new Memory((long) floats.length * Float.BYTES);
    memory.write(0, floats, 0, floats.length);
    return memory;
  }

  /** Decodes blocks by the function that ggml's table of types has for them. */
  public float[] decode(GgmlType type, byte[] blocks) {
    int count = blocks.length / type.blockBytes() * type.blockElements();
    Pointer traits = typeTraits.invokePointer(new Object[] {type.id()});
    if (!traits.getPointer(0).getString(0).toUpperCase(Locale.ROOT).equals(type.name())) {
      throw new IllegalStateException(type + " is another type in ggml's table");
    }
    try (Memory from = new Memory(blocks.length);
        Memory to = new Memory((long) count * Float.BYTES)) {
      from.write(0, blocks, 0, blocks.length);
      Function.getFunction(traits.getPointer(TO_FLOAT))
          .invokeVoid(new Object[] {from, to, (long) count});
      return to.getFloatArray(0, count);
    }
  }
}
