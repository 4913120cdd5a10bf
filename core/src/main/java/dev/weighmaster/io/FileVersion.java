package dev.weighmaster.io;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * What distinguishes the versions of one file in its storage.
 *
 * @param size in bytes
 * @param etag what the storage itself knows the content by; empty where it has no such thing
 * @param modified as the storage writes it down
 */
public record FileVersion(long size, Optional<String> etag, Instant modified) {

  /**
   * Whether the storage says that these are one version of a file, so that one need not be read for
   * having read the other. Without an etag nobody can tell. The time counts beside the etag: for
   * many object stores an etag is an MD5, and two files that share one can be made, but nobody can
   * set the time that the store writes down. Times are compared to the second, since not every way
   * to list a store gives more.
   *
   * <p>Two changes within one tick of the storage's clock look the same; who relies on the answer
   * for long must ask that the file had settled before it was read, as {@code audit.KnownFile}
   * does. Opening a file asks less of a listing that has no etags, see {@link Storage#open}.
   */
  public boolean isSameAs(FileVersion other) {
    return size == other.size
        && etag.isPresent()
        && etag.equals(other.etag)
        && seconds(modified).equals(seconds(other.modified));
  }

  private static Instant seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }
}
