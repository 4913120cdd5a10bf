package dev.weighmaster.jobs;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/** The most memory that this process has needed since this was made. Thread-safe. */
public final class PeakMemory {
  private final AtomicLong collected = new AtomicLong();

  public PeakMemory() {
    Set<String> heap = heapPools().map(MemoryPoolMXBean::getName).collect(Collectors.toSet());
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      ((NotificationEmitter) collector)
          .addNotificationListener(
              (notification, nothing) -> {
                if (notification.getUserData() instanceof CompositeData data) {
                  long used =
                      GarbageCollectionNotificationInfo.from(data)
                          .getGcInfo()
                          .getMemoryUsageAfterGc()
                          .entrySet()
                          .stream()
                          .filter(pool -> heap.contains(pool.getKey()))
                          .mapToLong(pool -> pool.getValue().getUsed())
                          .sum();
                  collected.accumulateAndGet(used, Math::max);
                }
              },
              null,
              null);
    }
    heapPools().forEach(MemoryPoolMXBean::resetPeakUsage);
  }

  /** What the heap's pools held at most, garbage and all, added up; in MiB. */
  public long heap() {
    return heapPools().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum() >> 20;
  }

  /** What was left of the heap after a collection at most; in MiB. */
  public long heapAfterCollection() {
    return collected.get() >> 20;
  }

  /** What the process has held of the machine's memory at most, as Linux counts it; in MiB. */
  static long resident() throws IOException {
    List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
    return status.stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
        .findFirst()
        .orElseThrow();
  }

  private static Stream<MemoryPoolMXBean> heapPools() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP);
  }
}
