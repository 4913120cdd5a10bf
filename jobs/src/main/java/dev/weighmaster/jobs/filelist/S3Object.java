package dev.weighmaster.jobs.filelist;

import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * One row of an S3 Inventory.
 *
 * @param key plain, not URL-encoded
 * @param latest whether it is an object, not an earlier version of one
 * @param deleted whether it says only that the object is no longer there
 * @param size in bytes
 */
public record S3Object(
    String bucket,
    String key,
    boolean latest,
    boolean deleted,
    Optional<Long> size,
    Optional<Instant> modified,
    Optional<String> etag) {
  private static final int MAX_KEY_BYTES = 1024;
  private static final Instant EARLIEST = Instant.EPOCH;
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  /**
   * The object as a file of the hub, its time to the microsecond; empty if it is none.
   *
   * @throws FileListException if the row does not say what a file's must
   */
  public Optional<Entry> in(BucketFolder hub) throws FileListException {
    if (!bucket.equals(hub.bucket())) {
      throw new FileListException("the bucket is not that of the report");
    }
    if (key.isEmpty() || key.getBytes(StandardCharsets.UTF_8).length > MAX_KEY_BYTES) {
      throw new FileListException("the key is empty, or longer than " + MAX_KEY_BYTES + " bytes");
    }
    Optional<String> path = latest && !deleted ? hub.within(key) : Optional.empty();
    return path.isPresent() ? Optional.of(file(path.get())) : Optional.empty();
  }

  private Entry file(String path) throws FileListException {
    if (size.isEmpty() || size.get() < 0) {
      throw new FileListException("the size is missing or negative");
    }
    if (modified.isEmpty() || modified.get().isBefore(EARLIEST) || modified.get().isAfter(LATEST)) {
      throw new FileListException("the time of the last change is missing or absurd");
    }
    return new Entry(
        path,
        Storage.Type.FILE,
        size.get(),
        modified.get().truncatedTo(ChronoUnit.MICROS),
        etag,
        Optional.empty());
  }
}
