/**
 * The vocabulary of results: verdicts, reasons, who has to act, and how text from a hub is quoted.
 *
 * <p>One decision binds this package:
 *
 * <ul>
 *   <li><b>It stands below all others.</b> Files, signatures and chains all fail with a {@link
 *       dev.weighmaster.verdict.Reason}. If reasons lived with chains, {@code digest} and {@code
 *       sign} would depend on {@code chain} in circles.
 * </ul>
 */
package dev.weighmaster.verdict;
