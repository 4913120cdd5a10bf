/**
 * The audit table: how what an audit has found becomes rows and Parquet, how a run is published,
 * locked, read, checked, signed for and pruned. It knows `core`, Spark and the package {@code
 * spark}, and nothing of the stages that find things or of what becomes of the rows.
 *
 * <p>A run is there when its row in {@code runs} is. Which of the runs is the newest, and which are
 * over the same hub, is said by {@code audit.RunHistory} of `core`, for this package and for all
 * who read the table.
 *
 * <p>An audit writes rows through Spark ({@code SparkTable}). Everyone who reads them afterwards
 * does so without it ({@code RowStream}): the rows are sorted, so that comparing two runs, or
 * bringing a repository's files, statements and quantizations together, means reading streams side
 * by side in constant memory. Parquet's own reader makes the records: it is one of Spark's jars,
 * where parquet-avro, which makes Avro's records first, would be one more in ours.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>A run becomes visible whole.</b> It is written to {@code _staging}, read back, and each
 *       data set is renamed into the table, {@code runs} last. The views of {@code weighmaster sql}
 *       show only runs that were in {@code runs} both before and after the other data sets were
 *       listed. One run at a time holds the table's lock. {@code docs/table.md} has the protocol.
 *   <li><b>Columns come from this version, not from a file.</b> It is chance which file Spark would
 *       take a schema from, and older runs have fewer columns: those are null in the views.
 * </ul>
 */
package dev.weighmaster.jobs.table;
