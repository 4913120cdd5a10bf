package dev.weighmaster.verdict;

/**
 * Something that did not hold.
 *
 * @param reason never {@link Reason#OK}
 * @param detail one sentence that says what was found and where
 */
public record Problem(Reason reason, String detail) {}
