package dev.weighmaster.jobs.table;

import dev.weighmaster.jobs.TestSpark;
import java.io.IOException;

/** The audit tables that tests read, with the settings of the tests' session. */
public final class OpenedTable {
  private OpenedTable() {}

  /** A table that must be there. */
  public static AuditTable existing(String uri) throws IOException {
    return AuditTable.existing(uri, TestSpark.session().sparkContext().hadoopConfiguration());
  }
}
