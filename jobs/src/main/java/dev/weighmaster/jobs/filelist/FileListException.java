package dev.weighmaster.jobs.filelist;

import java.io.IOException;

/** A list of a hub's files can't be read, or does not say what it must. */
public final class FileListException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line that says what is wrong with what
   */
  public FileListException(String message) {
    super(message);
  }

  public FileListException(String message, Throwable cause) {
    super(message, cause);
  }
}
