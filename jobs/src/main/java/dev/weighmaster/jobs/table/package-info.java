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
 */
package dev.weighmaster.jobs.table;
