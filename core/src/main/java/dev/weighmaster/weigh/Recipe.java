package dev.weighmaster.weigh;

import java.util.Optional;

/**
 * How a tensor was made from its source. One recipe holds for all of a tensor: no row may follow
 * another one.
 *
 * @param source type of the source's tensor, such as {@code BF16}
 * @param type of the tensor
 * @param imatrix name of the importance matrix; empty where none was used, or the type ignores it
 * @param version of the algorithm; empty where the bytes were copied
 */
public record Recipe(
    String source,
    Intermediate intermediate,
    String type,
    Optional<String> imatrix,
    Optional<String> version) {}
