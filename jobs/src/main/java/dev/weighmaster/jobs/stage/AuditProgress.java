package dev.weighmaster.jobs.stage;

/** Receives the progress of an audit. Called from one thread at a time. */
@FunctionalInterface
public interface AuditProgress {

  /** Tells nobody. */
  AuditProgress SILENT = (files, ofFiles, bytes, ofBytes) -> {};

  /**
   * Says how much of the hub is read.
   *
   * @param files read to the end
   * @param ofFiles all of the hub's
   * @param bytes read
   * @param ofBytes all of the hub's, as its listing says
   */
  void read(long files, long ofFiles, long bytes, long ofBytes);

  /**
   * Says what begins now, such as "following chains"; called by the audit's own thread.
   *
   * @param work without a full stop
   */
  default void begins(String work) {}
}
