package dev.weighmaster.jobs.table;

import dev.weighmaster.audit.PublishedRun;
import dev.weighmaster.audit.RunHistory;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Removes old runs from the audit table, and what runs that were broken off have left there. */
public final class TablePrune {
  private final AuditTable audits;
  private final Instant finishedBefore;
  private boolean dryRun;

  /**
   * Sets up what removes the runs that finished before an instant, but for the {@linkplain
   * RunHistory#current current} ones of each hub.
   */
  public TablePrune(AuditTable table, Instant finishedBefore) {
    this.audits = table;
    this.finishedBefore = finishedBefore;
  }

  /** Removes nothing, and says what would be. */
  public TablePrune dryRun() {
    dryRun = true;
    return this;
  }

  /**
   * What was removed.
   *
   * @param folders of runs that have no row in {@code runs}, relative to the table
   * @param staged bytes that were never published
   */
  public record Pruned(List<PrunedRun> runs, List<String> folders, long staged, long bytes) {
    public Pruned {
      runs = List.copyOf(runs);
      folders = List.copyOf(folders);
    }
  }

  /** A run that was removed; it took so many bytes. */
  public record PrunedRun(String id, String hub, Instant finishedAt, long bytes) {}

  /**
   * Removes them.
   *
   * @throws TableInUseException if somebody is writing to the table
   * @throws IOException if the table can't be written
   */
  public Pruned execute() throws IOException {
    if (dryRun) {
      return prune(() -> {});
    }
    try (TableLock lock = audits.lock("table prune")) {
      return prune(lock::confirm);
    }
  }

  /** Asks before each removal whether the table is still ours. */
  private interface Held {
    void confirm() throws IOException;
  }

  private Pruned prune(Held lock) throws IOException {
    TableListing listing = audits.list();
    List<TableListing.Folder> orphans = listing.orphans();
    mustHaveRuns(listing, orphans);
    List<PublishedRun> old = old(listing);
    lock.confirm();
    Map<String, Long> signatures = audits.signatures().bytes();
    long bytes = remove(orphans);
    for (String run : signatures.keySet()) {
      if (!listing.published().contains(run)) {
        bytes += removeSignature(run, signatures);
      }
    }
    long staged = dryRun ? audits.stagedBytes() : audits.removeStaging();
    List<PrunedRun> removed = new ArrayList<>();
    for (PublishedRun run : old) {
      lock.confirm();
      // The row in runs goes first: no reader sees half of a run.
      long size = remove(listing.of(run.id()));
      size += removeSignature(run.id(), signatures);
      removed.add(new PrunedRun(run.id(), run.hub(), run.finishedAt(), size));
      bytes += size;
    }
    return new Pruned(
        removed, orphans.stream().map(TableListing.Folder::path).toList(), staged, bytes + staged);
  }

  /** Where all rows in {@code runs} are gone, so would be the whole table. */
  private void mustHaveRuns(TableListing listing, List<TableListing.Folder> orphans)
      throws IOException {
    long lost = orphans.stream().map(TableListing.Folder::run).distinct().count();
    if (listing.published().isEmpty() && lost > 1) {
      throw new IOException(
          "the audit table "
              + audits.name()
              + " holds "
              + lost
              + " runs, and not one has its row in runs: restore the folder 'runs', or remove the"
              + " table by hand");
    }
  }

  private long remove(List<TableListing.Folder> folders) throws IOException {
    long bytes = 0;
    for (TableListing.Folder folder : folders) {
      if (!dryRun) {
        audits.remove(folder);
      }
      bytes += folder.bytes();
    }
    return bytes;
  }

  private long removeSignature(String run, Map<String, Long> signatures) throws IOException {
    if (!signatures.containsKey(run)) {
      return 0;
    }
    if (!dryRun) {
      audits.signatures().remove(run);
    }
    return signatures.get(run);
  }

  private List<PublishedRun> old(TableListing listing) throws IOException {
    RunHistory history = audits.history(listing);
    Set<PublishedRun> current = history.current();
    return history.newestFirst().stream()
        .filter(run -> run.finishedAt().isBefore(finishedBefore) && !current.contains(run))
        .sorted(Comparator.comparing(PublishedRun::finishedAt).thenComparing(PublishedRun::id))
        .toList();
  }
}
