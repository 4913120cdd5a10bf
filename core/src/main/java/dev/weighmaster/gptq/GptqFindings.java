package dev.weighmaster.gptq;

import java.util.List;

/**
 * What was found out about the matrices of a stack.
 *
 * @param columns in the order in which they were weighed; those that aren't here were not
 * @param width how many columns the matrices have
 * @param rows that were weighed
 * @param leftOut rows that were not: their numbers aren't finite, or there were too many
 */
public record GptqFindings(List<ColumnFinding> columns, int width, int rows, int leftOut) {
  /** Copies the list. */
  public GptqFindings {
    columns = List.copyOf(columns);
  }

  /** How many columns have a decision. */
  public long count(ColumnFinding.Decision decision) {
    return columns.stream().filter(column -> column.decision() == decision).count();
  }
}
