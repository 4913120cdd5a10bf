package dev.weighmaster.jobs.filelist;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;

/** Ends what would be held in memory of a row that doesn't end. */
final class RecordLimit extends FilterReader {
  private static final int MAX_CHARACTERS = 64 << 10;

  private int read;

  RecordLimit(Reader in) {
    super(in);
  }

  /** Says that a row begins. */
  void startRow() {
    read = 0;
  }

  @Override
  public int read() throws IOException {
    char[] one = new char[1];
    return read(one, 0, 1) < 0 ? -1 : one[0];
  }

  @Override
  public int read(char[] target, int offset, int length) throws IOException {
    if (read >= MAX_CHARACTERS) {
      throw new IOException("the row is longer than " + MAX_CHARACTERS + " characters");
    }
    int count = super.read(target, offset, Math.min(length, MAX_CHARACTERS - read));
    read += Math.max(count, 0);
    return count;
  }
}
