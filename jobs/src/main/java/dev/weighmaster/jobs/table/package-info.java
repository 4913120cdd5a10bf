/**
 * The audit table: how its rows become Parquet, how a run is published, locked, read, checked,
 * signed for and pruned. It knows `core`, Spark and the package {@code spark}. What makes the rows,
 * and what becomes of them afterwards, it does not know.
 */
package dev.weighmaster.jobs.table;
