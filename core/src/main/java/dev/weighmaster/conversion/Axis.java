package dev.weighmaster.conversion;

/**
 * One dimension of a view.
 *
 * @param length number of steps, at least 1
 * @param stride units from one step to the next
 */
record Axis(long length, long stride) {}
