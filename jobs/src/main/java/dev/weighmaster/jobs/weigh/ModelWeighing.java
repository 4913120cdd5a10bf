package dev.weighmaster.jobs.weigh;

import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.tensor.Counterpart;
import dev.weighmaster.tensor.SourceModel;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher;
import dev.weighmaster.weigh.Weigher.Depth;
import dev.weighmaster.weigh.Weighing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Weighs a quantization with several threads, a tensor each, the largest tensors first: no thread
 * is left alone with a large one in the end.
 */
public final class ModelWeighing {
  /** A tile of rows, of any tensor. */
  private static final int LEAST_WEIGHTS = 1 << 16;

  /** The longest row that is weighed. */
  private static final int MOST_WEIGHTS = 1 << 20;

  /**
   * What all threads may have in memory at a time; each weight takes some 40 bytes, in the source's
   * form, in the quantization's and as floats.
   */
  private static final int ALL_WEIGHTS = 2 * MOST_WEIGHTS;

  private final WeighedModel quantization;
  private final WeighedModel source;
  private final List<Tensor> tensors;
  private final long[] bytes;
  private final Weigher weigher;
  private final List<WeighedFile> digested;
  private final Semaphore weights = new Semaphore(ALL_WEIGHTS, true);

  /**
   * @param digested files that are hashed at the same time
   */
  public ModelWeighing(
      WeighedModel quantization,
      WeighedModel source,
      Imatrices imatrices,
      Depth depth,
      List<WeighedFile> digested) {
    this.quantization = quantization;
    this.source = source;
    this.tensors = List.copyOf(quantization.tensors().tensors());
    SourceModel of = source.asSourceOf(quantization);
    this.bytes = tensors.stream().mapToLong(tensor -> bytes(tensor, of)).toArray();
    this.weigher =
        new Weigher(
            quantization.tensors(),
            of,
            imatrices.all().stream().flatMap(found -> found.named().stream()).toList(),
            depth);
    this.digested = List.copyOf(digested);
  }

  /**
   * Bytes of all tensors that have a counterpart, and of those, each counted once; and of the files
   * that are hashed.
   */
  public long bytes() {
    return Arrays.stream(bytes).sum() + digested.stream().mapToLong(WeighedFile::size).sum();
  }

  private static long bytes(Tensor tensor, SourceModel source) {
    Counterpart counterpart = source.counterpart(tensor);
    return counterpart.tensors().isEmpty() ? 0 : tensor.bytes() + counterpart.bytes();
  }

  /**
   * Weighs all tensors.
   *
   * @param threads at least 1
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   * @throws WorkStopped if this thread is interrupted
   */
  public Weighing execute(int threads, WeighProgress progress) throws UnreadableModelException {
    List<ComparedValue> metadata = weigher.metadata();
    TensorWeighing[] weighed = new TensorWeighing[tensors.size()];
    List<WeighedFile> files = filesLargestFirst();
    int[] order = largestFirst();
    AtomicInteger begun = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(threads, ModelWeighing::thread);
    try {
      CompletionService<Integer> work = new ExecutorCompletionService<>(pool);
      for (int i = 0; i < threads; i++) {
        work.submit(
            () -> {
              int at = begun.getAndIncrement();
              for (; at < files.size() + order.length; at = begun.getAndIncrement()) {
                if (at < files.size()) {
                  files.get(at).digest(progress);
                } else {
                  int tensor = order[at - files.size()];
                  weighed[tensor] = weigh(tensor, progress);
                }
              }
              return at;
            });
      }
      for (int i = 0; i < threads; i++) {
        await(work);
      }
    } finally {
      pool.shutdownNow();
    }
    List<TensorWeighing> inOrder = new ArrayList<>(List.of(weighed));
    inOrder.addAll(weigher.missing());
    return Weighing.of(inOrder, metadata);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "weighmaster-weigh");
    thread.setDaemon(true);
    return thread;
  }

  /** Before all tensors, since no two threads can share one. */
  private List<WeighedFile> filesLargestFirst() {
    return digested.stream()
        .sorted(Comparator.comparingLong(WeighedFile::size).reversed())
        .toList();
  }

  private int[] largestFirst() {
    return IntStream.range(0, tensors.size())
        .boxed()
        .sorted(Comparator.comparingLong((Integer i) -> bytes[i]).reversed())
        .mapToInt(i -> i)
        .toArray();
  }

  private TensorWeighing weigh(int index, WeighProgress progress)
      throws UnreadableModelException, InterruptedException {
    Tensor tensor = tensors.get(index);
    int held = (int) Math.min(Math.max(tensor.rowElements(), LEAST_WEIGHTS), MOST_WEIGHTS);
    weights.acquire(held);
    try {
      TensorProgress told = new TensorProgress(bytes[index], progress);
      quantization.storage().count(told);
      source.storage().count(told);
      TensorWeighing weighing = weigher.weigh(tensor);
      told.end();
      return weighing;
    } finally {
      weights.release(held);
    }
  }

  private static void await(CompletionService<Integer> work) throws UnreadableModelException {
    try {
      work.take().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      WorkStopped.check();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnreadableModelException unreadable) {
        throw unreadable;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
