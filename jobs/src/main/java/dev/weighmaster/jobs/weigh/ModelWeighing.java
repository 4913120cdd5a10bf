package dev.weighmaster.jobs.weigh;

import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.ModelWeigher;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher.Depth;
import dev.weighmaster.weigh.Weighing;
import dev.weighmaster.weigh.WeighingPart;
import java.util.ArrayList;
import java.util.Collections;
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
 * Weighs a quantization with several threads, a part each, the largest parts first: no thread is
 * left alone with a large one in the end.
 */
public final class ModelWeighing {
  /** The longest row that is weighed. */
  private static final long MOST_WEIGHTS = 1 << 20;

  /** Of each weight, in the source's form, in the quantization's and as floats. */
  private static final long BYTES_OF_A_WEIGHT = 40;

  private final WeighedModel quantization;
  private final WeighedModel source;
  private final ModelWeigher weigher;
  private final List<WeighingPart> parts;
  private final List<WeighedFile> digested;
  private final int allWeights;
  private final Semaphore weights;

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
    this.weigher = quantization.weigher(source, imatrices, depth);
    this.parts = weigher.parts();
    this.digested = List.copyOf(digested);
    this.allWeights = allWeights(Runtime.getRuntime().maxMemory());
    this.weights = new Semaphore(allWeights, true);
  }

  /**
   * What all threads may have in memory at a time: two of the longest rows, or half of the heap.
   */
  private static int allWeights(long memory) {
    long half = Math.max(2 * MOST_WEIGHTS, memory / 2 / BYTES_OF_A_WEIGHT);
    return (int) Math.min(half, Integer.MAX_VALUE);
  }

  /**
   * Bytes of all tensors that have a counterpart, and of those, each counted once; and of the files
   * that are hashed.
   */
  public long bytes() {
    return parts.stream().mapToLong(WeighingPart::bytes).sum()
        + digested.stream().mapToLong(WeighedFile::size).sum();
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
    List<List<TensorWeighing>> weighed = new ArrayList<>(Collections.nCopies(parts.size(), null));
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
                  int part = order[at - files.size()];
                  weighed.set(part, weigh(parts.get(part), progress));
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
    List<TensorWeighing> inOrder = new ArrayList<>();
    weighed.forEach(inOrder::addAll);
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
    return IntStream.range(0, parts.size())
        .boxed()
        .sorted(Comparator.comparingLong((Integer i) -> parts.get(i).bytes()).reversed())
        .mapToInt(i -> i)
        .toArray();
  }

  private List<TensorWeighing> weigh(WeighingPart part, WeighProgress progress)
      throws UnreadableModelException, InterruptedException {
    int held = (int) Math.min(part.weights(), allWeights);
    weights.acquire(held);
    try {
      TensorProgress told = new TensorProgress(part.bytes(), progress);
      quantization.storage().count(told);
      source.storage().count(told);
      List<TensorWeighing> weighed = part.weigh();
      told.end();
      return weighed;
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
