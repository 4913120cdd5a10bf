package dev.weighmaster.jobs.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;

/**
 * What one job keeps in Spark's storage between its steps. It is given back when this is closed,
 * and nothing else is: the session may have other users. Not thread-safe.
 */
public final class Kept implements AutoCloseable {
  private final List<JavaRDD<?>> kept = new ArrayList<>();
  private final List<JavaPairRDD<?, ?>> keptPairs = new ArrayList<>();

  /** Keeps this as soon as it is computed, serialized, on disk where memory is short. */
  public <T> JavaRDD<T> keep(JavaRDD<T> computed) {
    JavaRDD<T> persisted = computed.persist(StorageLevel.MEMORY_AND_DISK_SER());
    kept.add(persisted);
    return persisted;
  }

  /** Keeps pairs in the same way. */
  public <K, V> JavaPairRDD<K, V> keep(JavaPairRDD<K, V> computed) {
    JavaPairRDD<K, V> persisted = computed.persist(StorageLevel.MEMORY_AND_DISK_SER());
    keptPairs.add(persisted);
    return persisted;
  }

  /** Gives all of it back, without waiting for that. */
  @Override
  public void close() {
    kept.forEach(each -> each.unpersist(false));
    keptPairs.forEach(each -> each.unpersist(false));
  }
}
