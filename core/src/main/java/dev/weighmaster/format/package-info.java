/**
 * What the formats of weights have in common: a {@link dev.weighmaster.format.WeightsFormat}
 * recognises a file by its name or its first bytes and reads its header into a {@link
 * dev.weighmaster.format.WeightsSummary}; bounded reading and the errors of malformed headers are
 * here too.
 *
 * <p>A new format is a package beside {@code gguf} and {@code safetensors} with a class that
 * implements {@code WeightsFormat}, its test, and a constant in {@code hub.FileKind}. Headers are
 * hostile: every reader bounds what it keeps, how deep it goes and how much it reads.
 */
package dev.weighmaster.format;
