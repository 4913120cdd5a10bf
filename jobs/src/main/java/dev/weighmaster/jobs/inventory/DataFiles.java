package dev.weighmaster.jobs.inventory;

import dev.weighmaster.hub.InventoryManifest.DataFile;
import dev.weighmaster.hub.InventoryReportException;
import dev.weighmaster.io.StorageFailure;

/** What a manifest says of its data files, against what is found. */
final class DataFiles {
  private DataFiles() {}

  static void checkSize(DataFile file, long found) throws InventoryReportException {
    if (found != file.size()) {
      throw new InventoryReportException(
          "has " + found + " bytes, and the manifest says " + file.size());
    }
  }

  static void checkDigest(DataFile file, String md5) throws InventoryReportException {
    if (!md5.equals(file.md5())) {
      throw new InventoryReportException(
          "has the MD5 " + md5 + ", and the manifest says " + file.md5());
    }
  }

  static InventoryReportException unreadable(String name, Exception e) {
    return new InventoryReportException(name + ": " + StorageFailure.reason(e), e);
  }
}
