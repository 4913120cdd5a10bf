package dev.weighmaster.audit;

/**
 * One Parquet file of a run.
 *
 * @param dataSet that it belongs to: {@code files}, {@code attestations} or {@code audit}
 * @param path relative to the table's folder
 * @param rows that the file's footer counts
 * @param bytes its size
 * @param sha256 of all its bytes, lower-case hexadecimal
 */
public record RunFile(String dataSet, String path, long rows, long bytes, String sha256) {}
