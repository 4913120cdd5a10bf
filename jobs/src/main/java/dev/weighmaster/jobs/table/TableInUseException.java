package dev.weighmaster.jobs.table;

import java.io.IOException;

/** Another process is writing to the audit table. */
public final class TableInUseException extends IOException {
  private static final long serialVersionUID = 1L;

  TableInUseException(String message) {
    super(message);
  }
}
