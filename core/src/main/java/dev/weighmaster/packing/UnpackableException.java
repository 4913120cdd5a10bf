package dev.weighmaster.packing;

import java.io.IOException;

/** A packed matrix is not stored as its layout has it, or by a layout that is not known. */
public final class UnpackableException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what is wrong, on one line
   */
  public UnpackableException(String message) {
    super(message);
  }
}
