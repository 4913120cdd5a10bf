package dev.weighmaster.jobs.stage;

import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.jobs.stage.DigestStage.Done;
import dev.weighmaster.jobs.stage.DigestStage.FileWork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Does the work of a task, and writes down what it gives in batches, so that little is lost with
 * the process: never more than a batch, and of one large file nothing. What is written down already
 * is not done again.
 */
final class JournaledScans implements Iterator<Done> {
  private static final int MOST_FILES = 256;
  private static final long MOST_JOURNALED_BYTES = 16L << 20;
  private static final long MOST_READ_BYTES = 256L << 20;
  private static final long LONGEST = Duration.ofSeconds(5).toNanos();

  private final Iterator<FileWork> works;
  private final Function<FileWork, Done> scan;
  private final DigestJournal.Part journal;
  private final Map<String, ScannedFile> left;
  private int files;
  private long bytesRead;
  private long since = System.nanoTime();

  JournaledScans(
      Iterator<FileWork> works, Function<FileWork, Done> scan, DigestJournal.Part journal)
      throws IOException {
    this.works = works;
    this.scan = scan;
    this.journal = journal;
    this.left = journal.left();
  }

  @Override
  public boolean hasNext() {
    if (works.hasNext()) {
      return true;
    }
    flush();
    return false;
  }

  @Override
  public Done next() {
    FileWork work = works.next();
    // Of a file in pieces the pass alone says too little to be carried over.
    if (work.split()) {
      return scan.apply(work);
    }
    Optional<ScannedFile> done =
        Optional.ofNullable(left.get(work.file().file().path()))
            .filter(file -> file.file().equals(work.file().file()));
    if (done.isPresent()) {
      return new Done(work.file(), false, done, Optional.empty());
    }
    Done fresh = scan.apply(work);
    fresh.scanned().filter(file -> file.sha256().isPresent()).ifPresent(this::add);
    return fresh;
  }

  private void add(ScannedFile file) {
    files++;
    bytesRead += file.reading().bytes();
    long bytesToWrite = journal.add(file);
    if (files >= MOST_FILES
        || bytesRead >= MOST_READ_BYTES
        || bytesToWrite >= MOST_JOURNALED_BYTES
        || System.nanoTime() - since >= LONGEST) {
      flush();
    }
  }

  /** Writes down what has not been yet: when the files are at their end, or the task is. */
  void flush() {
    try {
      journal.write();
    } catch (IOException e) {
      throw new UncheckedIOException("the digests can't be written down", e);
    }
    files = 0;
    bytesRead = 0;
    since = System.nanoTime();
  }
}
