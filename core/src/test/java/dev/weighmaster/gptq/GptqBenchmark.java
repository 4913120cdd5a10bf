package dev.weighmaster.gptq;

import dev.weighmaster.gptq.ColumnFinding.Decision;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Prints which changes the certificate of GPTQ finds, and what it costs.
 *
 * <ul>
 *   <li>Matrices of several heights are changed, by several ranks and sizes, and quantized to 4
 *       bits in groups of 128 with scales of F16. It prints how many columns deviate, by the rows
 *       that there are for each column before: of those with 200 or more, of those with 100 to 200,
 *       and so on.
 *   <li>Honest matrices of the size that models of 7 billion weights have, of 4,096 columns, are
 *       weighed with the default budget: the columns that were reached, the CPU time, and the peak
 *       of the heap pools, with the arrays that the matrix was read into.
 * </ul>
 *
 * <p>Everything runs in one thread, and times are that thread's CPU times. Only the columns that
 * can be reached are quantized, by a Hessian of all.
 *
 * <p>Arguments: the heights of the changed matrices; none for the cost alone.
 */
public final class GptqBenchmark {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int COLUMNS = 4096;
  private static final int SAMPLES = 1024;
  private static final int[] RATIOS = {200, 100, 60, 40, 20};
  private static final int[] RANKS = {1, 8, 64};
  private static final double[] PARTS = {0.002, 0.005, 0.01, 0.02, 0.03};
  private static final int[] HEIGHTS = {4096, 11008};
  private static final int CHANGED_COLUMNS = 512;

  private GptqBenchmark() {}

  public static void main(String[] args) {
    System.out.printf(
        Locale.ROOT,
        "%d processor, Java %s%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version());
    if (args.length > 0) {
      System.out.printf(
          "%6s %5s %7s  columns that deviate, by rows for each column before%n",
          "rows", "rank", "change");
      Arrays.stream(args).mapToInt(Integer::parseInt).forEach(GptqBenchmark::changes);
    }
    for (int rows : HEIGHTS) {
      cost(rows, false);
      cost(rows, true);
    }
  }

  private static void changes(int rows) {
    Random random = new Random(rows);
    GptqCase honest = matrix(rows, CHANGED_COLUMNS, false, random);
    int count = 128 * ((rows / RATIOS[RATIOS.length - 1] + 127) / 128);
    for (int rank : RANKS) {
      for (double part : PARTS) {
        float[][] changed = GptqCase.changed(honest.source(), rank, part, random);
        Gptq.Quantized quantized = honest.gptq().quantize(changed, honest.calibration(), count);
        GptqFindings findings =
            GptqWeigher.weigh(firstColumns(honest, quantized, count), GptqWeigher.DEFAULT_BUDGET);
        StringBuilder line = new StringBuilder();
        line.append(String.format(Locale.ROOT, "%6d %5d %6.1f%%", rows, rank, 100 * part));
        int start = 0;
        for (int ratio : RATIOS) {
          int end = Math.min(rows / ratio + 1, findings.columns().size());
          List<ColumnFinding> columns = findings.columns().subList(start, end);
          start = end;
          line.append(
              String.format(
                  Locale.ROOT,
                  "  %dx %3.0f%%",
                  ratio,
                  100.0
                      * columns.stream()
                          .filter(column -> column.decision() == Decision.DEVIATES)
                          .count()
                      / columns.size()));
        }
        System.out.println(line);
      }
    }
  }

  private static GptqCase matrix(int rows, int columns, boolean descAct, Random random) {
    Gptq gptq = new Gptq(4, 128, true, descAct, false, false, false, 0.01, Gptq.Number16.F16);
    return new GptqCase(
        gptq,
        Calibration.random(columns, Math.min(SAMPLES, 4 * columns), 0.7, 32, 1.5, 0, random),
        GptqCase.source(rows, columns, Gptq.Number16.BF16, random),
        true,
        "");
  }

  /** The stack of the columns that were rounded. */
  private static GptqStack firstColumns(GptqCase honest, Gptq.Quantized quantized, int count) {
    int[] order = quantized.order();
    int[] groups = new int[count];
    for (int i = 0; i < count; i++) {
      groups[i] = quantized.groups()[order[i]];
    }
    RoundingOrder known =
        honest.gptq().descAct() ? RoundingOrder.byGroup(groups) : RoundingOrder.byColumn(count);
    GptqStack stack = new GptqStack(4, known, groups, StoredScale.F16, honest.source().length);
    float[] source = new float[count];
    int[] codes = new int[count];
    for (int row = 0; row < honest.source().length; row++) {
      for (int i = 0; i < count; i++) {
        source[i] = honest.source()[row][order[i]];
        codes[i] = quantized.codes()[row][order[i]];
      }
      stack.add(source, codes, quantized.scales()[row], quantized.zeros()[row]);
    }
    return stack;
  }

  private static void cost(int rows, boolean descAct) {
    int count = 128 * (rows / GptqStack.LEAST_ROWS / 128 + 1);
    GptqStack stack = honestStack(rows, descAct, count);
    System.gc();
    List<MemoryPoolMXBean> pools =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .toList();
    pools.forEach(MemoryPoolMXBean::resetPeakUsage);
    long start = THREADS.getCurrentThreadCpuTime();
    GptqFindings findings = GptqWeigher.weigh(stack, GptqWeigher.DEFAULT_BUDGET);
    double seconds = (THREADS.getCurrentThreadCpuTime() - start) / 1e9;
    long peak = pools.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
    System.out.printf(
        Locale.ROOT,
        "%d x %d, %s: %d columns fit, %d deviate, %d were not decided; %.1f s, %d MiB%n",
        rows,
        COLUMNS,
        descAct ? "desc_act" : "by column",
        findings.count(Decision.FITS),
        findings.count(Decision.DEVIATES),
        findings.count(Decision.NOT_DECIDED),
        seconds,
        peak >> 20);
  }

  /** Made here, so that the source is garbage when the stack is weighed. */
  private static GptqStack honestStack(int rows, boolean descAct, int count) {
    GptqCase honest = matrix(rows, COLUMNS, descAct, new Random(rows));
    Gptq.Quantized quantized = honest.gptq().quantize(honest.source(), honest.calibration(), count);
    return firstColumns(honest, quantized, count);
  }
}
