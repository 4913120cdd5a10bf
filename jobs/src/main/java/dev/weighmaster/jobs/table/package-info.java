/**
 * The audit table: how its rows become Parquet, how a run is published, locked, read, checked,
 * signed for and pruned. It knows `core`, Spark and the package {@code spark}. What makes the rows,
 * and what becomes of them afterwards, it does not know.
 *
 * <p>An audit writes rows through Spark ({@code RowCodec}). Everyone who reads them afterwards does
 * so without it ({@code RowStream}): the rows are sorted, so that comparing two runs, or bringing a
 * repository's files, statements and quantizations together, means reading streams side by side in
 * constant memory. Parquet's own reader makes the records: it is one of Spark's jars, where
 * parquet-avro, which makes Avro's records first, would be one more in ours.
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
