package dev.weighmaster.weigh;

import java.util.List;

/**
 * Which columns of a matrix the certificate of GPTQ has decided, see {@link dev.weighmaster.gptq}.
 * Of the others it says nothing.
 *
 * @param matrices that read the same input and were weighed together: hostile text
 * @param rows of all of them that were weighed
 * @param columns of the matrix
 * @param fit whose codes GPTQ can have chosen, in order
 * @param deviate whose codes it can't have chosen, under any calibration data
 */
public record DecidedColumns(
    List<String> matrices, int rows, int columns, List<Integer> fit, List<Integer> deviate) {
  public DecidedColumns {
    matrices = List.copyOf(matrices);
    fit = List.copyOf(fit);
    deviate = List.copyOf(deviate);
  }
}
