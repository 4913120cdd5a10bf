package dev.weighmaster.jobs;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.jobs.DigestStage.Done;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Hands files on as they are read, and writes them down in batches, so that little is lost with the
 * process: never more than a batch, and of one large file nothing.
 */
final class JournaledScans implements Iterator<Done> {
  private static final int MOST_FILES = 256;
  private static final long MOST_BYTES = 256L << 20;
  private static final long LONGEST = Duration.ofSeconds(5).toNanos();

  private final Iterator<Done> scans;
  private final DigestJournal journal;
  private final List<ScannedFile> batch = new ArrayList<>();
  private long bytes;
  private long since = System.nanoTime();

  JournaledScans(Iterator<Done> scans, DigestJournal journal) {
    this.scans = scans;
    this.journal = journal;
  }

  @Override
  public boolean hasNext() {
    if (scans.hasNext()) {
      return true;
    }
    flush();
    return false;
  }

  @Override
  public Done next() {
    Done done = scans.next();
    // Of a file in pieces the pass alone says too little to be carried over.
    if (!done.split()) {
      done.scanned().filter(file -> file.sha256().isPresent()).ifPresent(this::add);
    }
    if (batch.size() >= MOST_FILES || bytes >= MOST_BYTES || System.nanoTime() - since >= LONGEST) {
      flush();
    }
    return done;
  }

  private void add(ScannedFile file) {
    batch.add(file);
    bytes += file.reading().bytes();
  }

  /** Writes down what has not been yet: when the files are at their end, or the task is. */
  void flush() {
    if (!batch.isEmpty()) {
      try {
        journal.write(batch);
      } catch (IOException e) {
        throw new UncheckedIOException("the digests can't be written down", e);
      }
      batch.clear();
    }
    bytes = 0;
    since = System.nanoTime();
  }
}
