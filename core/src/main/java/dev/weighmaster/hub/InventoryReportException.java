package dev.weighmaster.hub;

import java.io.IOException;

/** A report of a hub's files can't be read, or does not say what it must. */
public final class InventoryReportException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line that says what is wrong with what
   */
  public InventoryReportException(String message) {
    super(message);
  }

  public InventoryReportException(String message, Throwable cause) {
    super(message, cause);
  }
}
