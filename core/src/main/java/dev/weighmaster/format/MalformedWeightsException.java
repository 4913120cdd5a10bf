package dev.weighmaster.format;

import java.io.IOException;

/** A weights file breaks its format's specification. */
public final class MalformedWeightsException extends IOException {
  private static final long serialVersionUID = 1L;

  private final long offset;

  /**
   * @param offset in bytes from the start of the file, where the fault was found
   * @param message what is wrong, without the offset
   */
  public MalformedWeightsException(long offset, String message) {
    super(message + " (at byte " + offset + ")");
    this.offset = offset;
  }

  /** In bytes from the start of the file. */
  public long offset() {
    return offset;
  }
}
