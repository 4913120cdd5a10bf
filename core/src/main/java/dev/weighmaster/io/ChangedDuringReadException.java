package dev.weighmaster.io;

import java.io.IOException;

/** A file was not the same at the end of a read as at its beginning. */
public final class ChangedDuringReadException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message which file, and what of it changed
   */
  public ChangedDuringReadException(String message) {
    super(message);
  }
}
