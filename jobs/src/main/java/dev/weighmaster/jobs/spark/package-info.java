/**
 * What every Spark job here shares: the session, how records travel between processes, how listings
 * are kept and items are spread over tasks, and how a task opens storage. It knows `core` and
 * Spark, and no other package of this module.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>Stages exchange records; columns exist only in the table.</b> The records of {@code
 *       core} travel through Kryo ({@link dev.weighmaster.jobs.spark.RecordSerializer}). As nested
 *       data frame columns the same rows took minutes for forty files: hundreds of columns for
 *       every partition of every join.
 *   <li><b>Items go to tasks by name</b> ({@link dev.weighmaster.jobs.spark.Spread}), never
 *       round-robin, and a cluster keeps its listing for the whole run ({@link
 *       dev.weighmaster.jobs.spark.Durable}). If an executor is lost and the hub has changed, files
 *       dealt out again in turn would be lost or counted twice. A run whose files do not match its
 *       inventory in number fails.
 * </ul>
 */
package dev.weighmaster.jobs.spark;
