package dev.weighmaster.io;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/**
 * What a POSIX file system knows of a file: what must not change while the file is read.
 *
 * @param modified to the microsecond, which is what an audit table keeps
 * @param changed the inode's own time, which a writer can't set back
 */
record FileState(
    Storage.Type type, long size, Instant modified, FileTime changed, long inode, long device) {
  /** Twice the longest tick of a kernel's clock, which is 10 ms. */
  private static final long TICK_MILLIS = 20;

  /** Named one by one: {@code unix:*} also looks up the names of the owner and the group. */
  private static final String ATTRIBUTES =
      "unix:isRegularFile,isDirectory,size,lastModifiedTime,ctime,ino,dev";

  /** The state of what lies at a path, which is itself no link. */
  static FileState of(Path real) throws IOException {
    Map<String, Object> unix = Files.readAttributes(real, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
    Storage.Type type =
        unix.get("isRegularFile").equals(true)
            ? Storage.Type.FILE
            : unix.get("isDirectory").equals(true)
                ? Storage.Type.DIRECTORY
                : Storage.Type.UNREADABLE;
    return new FileState(
        type,
        type == Storage.Type.FILE ? (long) unix.get("size") : 0,
        ((FileTime) unix.get("lastModifiedTime")).toInstant().truncatedTo(ChronoUnit.MICROS),
        (FileTime) unix.get("ctime"),
        (long) unix.get("ino"),
        (long) unix.get("dev"));
  }

  /**
   * The state of what lies at a path, taken once any later change will bear another time. Of a file
   * that is changed without end it is the newest: reading it will show that.
   */
  static FileState settled(Path real) throws IOException {
    FileState state = of(real);
    long since = Duration.between(state.changed.toInstant(), Instant.now()).toMillis();
    if (since < 0 || since > TICK_MILLIS) {
      return state;
    }
    try {
      Thread.sleep(TICK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while opening " + real);
    }
    return of(real);
  }

  /** The inode's, to the microsecond: a writer can set the modification time to any other. */
  Instant lastChange() {
    return changed.toInstant().truncatedTo(ChronoUnit.MICROS);
  }

  /**
   * The inode and its change time: another file, or a change to this one, gives another etag. The
   * device's number, which can be another one after a restart, is in it only where it must be.
   *
   * @param usual device of the hub's files
   */
  String etag(long usual) {
    return (device == usual ? "" : device + "/") + inode + "@" + changed;
  }
}
