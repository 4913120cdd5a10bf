package dev.weighmaster.chain;

import java.time.Instant;

/**
 * A quantization and its judgement. It becomes a row only when the table is written, so that a
 * stage after the chains can still add to the judgement.
 *
 * @param at when it was judged
 */
public record JudgedCase(QuantizationCase evidence, Judgement judgement, Instant at) {}
