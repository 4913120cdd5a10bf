package dev.weighmaster.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
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

  /** The state of what lies at a path, which is itself no link. */
  static FileState of(Path real) throws IOException {
    Map<String, Object> unix = Files.readAttributes(real, "unix:*", LinkOption.NOFOLLOW_LINKS);
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

  /** The inode and its change time: another file, or a change to this one, gives another etag. */
  String etag() {
    return inode + "@" + changed;
  }
}
