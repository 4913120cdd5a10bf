package dev.weighmaster.jobs.filelist;

import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.jobs.filelist.S3Manifest.DataFile;

/** What a manifest says of its data files, against what is found. */
final class DataFiles {
  private DataFiles() {}

  static void checkSize(DataFile file, long found) throws FileListException {
    if (found != file.size()) {
      throw new FileListException("has " + found + " bytes, and the manifest says " + file.size());
    }
  }

  static void checkDigest(DataFile file, String md5) throws FileListException {
    if (!md5.equals(file.md5())) {
      throw new FileListException("has the MD5 " + md5 + ", and the manifest says " + file.md5());
    }
  }

  static FileListException unreadable(String name, Exception e) {
    return new FileListException(name + ": " + StorageFailure.reason(e), e);
  }
}
