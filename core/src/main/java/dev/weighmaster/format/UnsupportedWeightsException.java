package dev.weighmaster.format;

import java.io.IOException;

/** A weights file that may be valid, but has an unknown version or tensor type. */
public final class UnsupportedWeightsException extends IOException {
  private static final long serialVersionUID = 1L;

  private final long offset;

  /**
   * @param offset in bytes from the start of the file, where the unknown was found
   * @param message what is not known, without the offset
   */
  public UnsupportedWeightsException(long offset, String message) {
    super(message + " (at byte " + offset + ")");
    this.offset = offset;
  }

  /** In bytes from the start of the file. */
  public long offset() {
    return offset;
  }
}
