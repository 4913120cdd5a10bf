package dev.weighmaster.io;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;

/** Describes storage exceptions in words, since the message of some is only a path. */
public final class StorageFailure {
  private StorageFailure() {}

  /** Why something could not be read, listed or written, to follow its name and a colon. */
  public static String reason(Exception failure) {
    if (failure instanceof NoSuchFileException missing) {
      return Optional.ofNullable(missing.getReason()).orElse("no such file or folder");
    }
    if (failure instanceof NotDirectoryException) {
      return "it is not a folder";
    }
    if (failure instanceof AccessDeniedException denied) {
      return "permission denied"
          + Optional.ofNullable(denied.getReason()).map(reason -> ": " + reason).orElse("");
    }
    if (failure instanceof FileSystemException local && local.getReason() != null) {
      return local.getReason();
    }
    return Optional.ofNullable(failure.getMessage()).orElseGet(failure::toString);
  }
}
