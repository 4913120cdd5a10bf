package dev.weighmaster.jobs.spark;

import java.util.Iterator;
import java.util.function.Function;

/** Maps one item at a time, as it is asked for: a partition is never held as a whole. */
public record MappedIterator<S, T>(Iterator<S> items, Function<S, T> function)
    implements Iterator<T> {

  @Override
  public boolean hasNext() {
    return items.hasNext();
  }

  @Override
  public T next() {
    return function.apply(items.next());
  }
}
