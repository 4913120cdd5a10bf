package dev.weighmaster.jobs.table;

import java.io.IOException;

/** An audit table that somebody else is writing to. */
public final class TableInUseException extends IOException {
  private static final long serialVersionUID = 1L;

  TableInUseException(String message) {
    super(message);
  }
}
