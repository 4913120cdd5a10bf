package dev.weighmaster.weigh;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.ggml.GgmlCodec;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.ggml.GgmlLibrary;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.UnreadableModelException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Prints how fast tensors are derived again and their codes checked, beside ggml and SHA-256, and
 * how much of the heap a weighing takes.
 *
 * <ul>
 *   <li>Each type's codec encodes the same 256 rows of 4096 weights as {@code ggml_quantize_chunk},
 *       in turns, without and with importance where the type heeds it. If their bytes differ, the
 *       benchmark fails.
 *   <li>{@link Weigher} checks the codes of a Q4_K that was made with importance, in turns with the
 *       SHA-256 of the two files by the JDK and by openssl. The source is F16, BF16 or F32, and its
 *       tensors are as large as those of attention in a model of 7 billion weights; then a quarter
 *       of that, where the blocks that are encoded in any case are more of the work.
 *   <li>A Q4_K and an F16 are weighed against safetensors, in turns with the same against their
 *       GGUF.
 *   <li>A large pair of files is weighed exactly. Half of its tensors were made with an importance
 *       that is not given, so their codes are checked, too; every other has the longest rows that
 *       are compared. The peak is the sum of the heap pools'.
 * </ul>
 *
 * <p>Everything runs in one thread. Times are that thread's CPU times, which other processes do not
 * change much; those of openssl are its process's, with its start. Ratios are the medians of all
 * turns, with the least and the greatest. Files are read from the page cache. Both sides are warm:
 * each works for {@value #WARM_UP_SECONDS} s before its turns, and a turn repeats its work for
 * {@value #TURN_SECONDS} s.
 *
 * <p>Arguments: an empty folder for the files, how many turns, and the size of the large source in
 * GiB.
 */
public final class WeighBenchmark {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static final int COLUMNS = 4096;
  private static final int ROWS = 256;

  /** Weights of each tensor of the large files, and of what the tensors of others repeat. */
  private static final int TENSOR_WEIGHTS = 1 << 22;

  /** Weights in the files whose codes are checked. */
  private static final int CHECKED_WEIGHTS = 1 << 26;

  private static final double WARM_UP_SECONDS = 2;
  private static final double TURN_SECONDS = 0.1;
  private static final String SOURCE = "source.gguf";
  private static final String QUANTIZATION = "quantization.gguf";
  private static final float[] NO_IMPORTANCE = {};

  private final Path folder;
  private final int turns;

  WeighBenchmark(Path folder, int turns) {
    this.folder = folder;
    this.turns = turns;
  }

  public static void main(String[] args) throws Exception {
    GgmlLibrary.missing()
        .ifPresent(
            reason -> {
              throw new IllegalStateException(reason);
            });
    var benchmark = new WeighBenchmark(Path.of(args[0]).toRealPath(), Integer.parseInt(args[1]));
    System.out.printf(
        Locale.ROOT,
        "%d processor, Java %s, vectors %s%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() ? "yes" : "no");
    System.out.printf(
        Locale.ROOT,
        "%-24s %11s  %-26s  %s%n",
        "million weights a second",
        "weighmaster",
        "beside",
        "ratio");
    benchmark.encode();
    for (GgmlType source : List.of(GgmlType.F16, GgmlType.BF16, GgmlType.F32)) {
      benchmark.checkCodes(source, COLUMNS);
    }
    benchmark.checkCodes(GgmlType.F16, TENSOR_WEIGHTS / COLUMNS);
    new SafetensorsRates(benchmark, benchmark.folder).print();
    benchmark.weighLarge(Integer.parseInt(args[2]));
  }

  /** Log-normal. */
  private static float[] importance() {
    var random = new Random(3);
    float[] importance = new float[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
      importance[i] = (float) Math.exp(random.nextGaussian());
    }
    return importance;
  }

  private void encode() throws Exception {
    float[] weights = TestModel.weights(ROWS * COLUMNS, 1);
    float[] importance = importance();
    try (GgmlLibrary.Rows rows = GgmlLibrary.load().rows(weights, COLUMNS, importance)) {
      for (GgmlType type : GgmlType.values()) {
        Optional<GgmlCodec> codec = GgmlCodecs.of(type).filter(any -> type.quantized());
        if (codec.isPresent() && !codec.get().needsImportance()) {
          encode(codec.get(), weights, NO_IMPORTANCE, rows);
        }
        if (codec.isPresent() && codec.get().heedsImportance()) {
          encode(codec.get(), weights, importance, rows);
        }
      }
    }
  }

  private void encode(GgmlCodec codec, float[] weights, float[] importance, GgmlLibrary.Rows rows)
      throws Exception {
    String name = codec.type() + (importance.length > 0 ? " with imatrix" : "");
    byte[] blocks = new byte[ROWS * rowBytes(codec.type())];
    compare(
        name,
        "ggml",
        weights.length,
        () -> cpuSeconds(() -> encode(codec, weights, importance, blocks)),
        () -> cpuSeconds(() -> rows.quantize(codec.type(), importance.length > 0)));
    if (!Arrays.equals(blocks, rows.blocks())) {
      throw new IllegalStateException(name + " is not what ggml makes of the same rows");
    }
  }

  private static void encode(GgmlCodec codec, float[] weights, float[] importance, byte[] blocks) {
    int rowBytes = rowBytes(codec.type());
    for (int row = 0; row < weights.length / COLUMNS; row++) {
      codec.encode(weights, row * COLUMNS, COLUMNS, importance, blocks, row * rowBytes);
    }
  }

  private static int rowBytes(GgmlType type) {
    return COLUMNS / type.blockElements() * type.blockBytes();
  }

  private void checkCodes(GgmlType sourceType, int rows) throws Exception {
    int tensors = CHECKED_WEIGHTS / (rows * COLUMNS);
    writeFiles(sourceType, rows * COLUMNS / TENSOR_WEIGHTS, tensors, 0, COLUMNS);
    try (LocalStorage storage = new LocalStorage(folder)) {
      Weigher weigher = weigher(storage, Weigher.Depth.CODES);
      requireLevels(weigher.weigh(), 0, tensors);
      Path[] files = {folder.resolve(QUANTIZATION), folder.resolve(SOURCE)};
      Timed check = () -> cpuSeconds(weigher::weigh);
      String name = "Q4_K from %s, %d rows".formatted(sourceType, rows);
      Timed jdk = () -> cpuSeconds(() -> sha256(files));
      compare(name, "SHA-256 by the JDK", CHECKED_WEIGHTS, check, jdk);
      compare(name, "SHA-256 by openssl", CHECKED_WEIGHTS, check, () -> openssl(files));
    }
  }

  private void weighLarge(int gib) throws Exception {
    int tensors = (int) (((long) gib << 30) / (2L * TENSOR_WEIGHTS));
    writeFiles(GgmlType.F16, 1, tensors, tensors / 2, PairedRows.MAX_ROW);
    System.gc();
    heapPools().forEach(MemoryPoolMXBean::resetPeakUsage);
    try (LocalStorage storage = new LocalStorage(folder)) {
      double seconds =
          cpuSeconds(
              () ->
                  requireLevels(
                      weigher(storage, Weigher.Depth.EXACT).weigh(), tensors / 2, tensors));
      System.out.printf(
          Locale.ROOT,
          "%d bytes weighed against %d in %.1f s on one core, peak heap %d MiB%n",
          Files.size(folder.resolve(QUANTIZATION)),
          Files.size(folder.resolve(SOURCE)),
          seconds,
          heapPools().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum() >> 20);
    }
  }

  /**
   * Writes a source and its quantization. All tensors have the same weights.
   *
   * @param repeats how often a tensor has {@link #TENSOR_WEIGHTS} weights
   * @param exact so many of the tensors are quantized without importance, and the rest with
   * @param otherLength of the rows of every other tensor
   */
  private void writeFiles(GgmlType sourceType, int repeats, int tensors, int exact, int otherLength)
      throws IOException {
    byte[] original = TestModel.encode(sourceType, TestModel.weights(TENSOR_WEIGHTS, 2), COLUMNS);
    float[] weights = GgmlDecoded.of(sourceType, original, COLUMNS);
    byte[] plain = TestModel.encode(GgmlType.Q4_K, weights, COLUMNS);
    byte[] weighted = new byte[plain.length];
    encode(GgmlCodecs.of(GgmlType.Q4_K).orElseThrow(), weights, importance(), weighted);
    byte[] originals = repeated(original, repeats);
    byte[] plains = repeated(plain, repeats);
    byte[] weighteds = repeated(weighted, repeats);
    TestModel source = new TestModel();
    TestModel quantization = new TestModel();
    for (int i = 0; i < tensors; i++) {
      long length = i % 2 == 0 ? COLUMNS : otherLength;
      List<Long> shape = List.of(length, (long) repeats * TENSOR_WEIGHTS / length);
      String name = "blk.%d.ffn_up.weight".formatted(i);
      source.put(name, sourceType, shape, originals);
      quantization.put(name, GgmlType.Q4_K, shape, i < exact ? plains : weighteds);
    }
    source.write(folder, SOURCE);
    quantization.write(folder, QUANTIZATION);
  }

  private static byte[] repeated(byte[] bytes, int times) {
    byte[] repeated = new byte[times * bytes.length];
    for (int i = 0; i < times; i++) {
      System.arraycopy(bytes, 0, repeated, i * bytes.length, bytes.length);
    }
    return repeated;
  }

  private static Weigher weigher(LocalStorage storage, Weigher.Depth depth)
      throws UnreadableModelException {
    return new Weigher(
        ModelTensors.open(storage, QUANTIZATION),
        ModelTensors.open(storage, SOURCE),
        List.of(),
        depth);
  }

  private static void requireLevels(Weighing weighing, int exact, int tensors) {
    for (int i = 0; i < tensors; i++) {
      Level level = weighing.tensors().get(i).level();
      if (level != (i < exact ? Level.EXACT : Level.EQUIVALENT)) {
        throw new IllegalStateException("tensor %d is %s".formatted(i, level));
      }
    }
  }

  private static void sha256(Path... files) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    byte[] chunk = new byte[1 << 20];
    for (Path file : files) {
      try (InputStream in = Files.newInputStream(file)) {
        for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
          digest.update(chunk, 0, read);
        }
      }
    }
    digest.digest();
  }

  /** The CPU time of openssl's process, which bash tells. */
  private static double openssl(Path... files) throws Exception {
    String timed = "TIMEFORMAT='%3U %3S'; time openssl dgst -sha256 \"$@\" >/dev/null";
    List<String> command = new ArrayList<>(List.of("bash", "-c", timed, "bash"));
    Stream.of(files).forEach(file -> command.add(file.toString()));
    Process process = new ProcessBuilder(command).start();
    String times = new String(process.getErrorStream().readAllBytes(), US_ASCII).trim();
    if (process.waitFor() != 0) {
      throw new IOException("openssl failed: " + times);
    }
    return Stream.of(times.split(" ", -1)).mapToDouble(Double::parseDouble).sum();
  }

  private static Stream<MemoryPoolMXBean> heapPools() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP);
  }

  interface Work {
    void run() throws Exception;
  }

  /** Works once, and says how many seconds of a processor that took. */
  interface Timed {
    double seconds() throws Exception;
  }

  static double cpuSeconds(Work work) throws Exception {
    long start = THREADS.getCurrentThreadCpuTime();
    work.run();
    return (THREADS.getCurrentThreadCpuTime() - start) / 1e9;
  }

  /** Prints a line of the table. */
  void compare(String name, String beside, long weights, Timed ours, Timed theirs)
      throws Exception {
    int ourTimes = warmUp(ours);
    int theirTimes = warmUp(theirs);
    double[] ourSpeeds = new double[turns];
    double[] theirSpeeds = new double[turns];
    double[] ratios = new double[turns];
    for (int turn = 0; turn < turns; turn++) {
      ourSpeeds[turn] = weights / mean(ours, ourTimes) / 1e6;
      theirSpeeds[turn] = weights / mean(theirs, theirTimes) / 1e6;
      ratios[turn] = ourSpeeds[turn] / theirSpeeds[turn];
    }
    System.out.printf(
        Locale.ROOT,
        "%-24s %11.1f  %-18s %7.1f  %6.2f (%.2f to %.2f)%n",
        name,
        median(ourSpeeds),
        beside,
        median(theirSpeeds),
        median(ratios),
        DoubleStream.of(ratios).min().orElseThrow(),
        DoubleStream.of(ratios).max().orElseThrow());
  }

  /** How often a turn repeats the work, to take {@link #TURN_SECONDS}. */
  private static int warmUp(Timed work) throws Exception {
    double last = work.seconds();
    for (double sum = last; sum < WARM_UP_SECONDS; sum += last) {
      last = work.seconds();
    }
    return (int) Math.ceil(TURN_SECONDS / last);
  }

  private static double mean(Timed work, int times) throws Exception {
    double sum = 0;
    for (int i = 0; i < times; i++) {
      sum += work.seconds();
    }
    return sum / times;
  }

  private static double median(double[] values) {
    return DoubleStream.of(values).sorted().toArray()[values.length / 2];
  }
}
