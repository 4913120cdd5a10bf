package dev.weighmaster.weigh;

/**
 * What can't come from the source: the first such weight, and how many there are.
 *
 * @param weights how many deviate
 * @param row of the first, counted over all matrices of the tensor, from 0
 * @param column of the first, from 0
 * @param stored the weight as the quantization has it
 * @param expected what the type makes of the source's weight, under the scales that are stored
 * @param source the source's weight
 */
public record Deviation(
    long weights, long row, long column, double stored, double expected, double source) {}
