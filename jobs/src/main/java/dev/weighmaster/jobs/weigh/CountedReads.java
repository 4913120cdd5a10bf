package dev.weighmaster.jobs.weigh;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.ForwardingSource;
import dev.weighmaster.io.ForwardingStorage;
import dev.weighmaster.io.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/** A storage that tells how many bytes each thread takes from it. Thread-safe. */
final class CountedReads extends ForwardingStorage {
  private final ThreadLocal<LongConsumer> listener = ThreadLocal.withInitial(() -> bytes -> {});

  CountedReads(Storage storage) {
    super(storage);
  }

  /** Has what this thread reads from now on counted by a listener. */
  void count(LongConsumer bytes) {
    listener.set(bytes);
  }

  @Override
  public ByteSource open(Entry file, long offset, long length) throws IOException {
    return new ForwardingSource(super.open(file, offset, length)) {
      @Override
      public ByteBuffer next() throws IOException {
        ByteBuffer next = super.next();
        listener.get().accept(next.remaining());
        return next;
      }
    };
  }
}
