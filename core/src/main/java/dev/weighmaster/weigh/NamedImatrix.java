package dev.weighmaster.weigh;

import dev.weighmaster.imatrix.Imatrix;

/**
 * An importance matrix to try.
 *
 * @param name by which recipes name it
 */
public record NamedImatrix(String name, Imatrix imatrix) {}
