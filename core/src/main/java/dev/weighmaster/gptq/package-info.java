/**
 * Whether the codes of a matrix can be GPTQ's, of a source, under any calibration data.
 *
 * <p>GPTQ rounds a matrix column by column. Before a column is rounded, its weights have been moved
 * by the rounding errors of the columns before it, each times a coefficient that comes from the
 * calibration data alone: all rows have the same. So there are numbers b with which every row
 * satisfies
 *
 * <pre>|r[i] - sum over j before i of b[j] r[j]| &lt;= scale[i] / 2,  r = source - decoded</pre>
 *
 * <p>A weight that was clipped is bound from one side. With more rows than columns before, hardly
 * any other matrix satisfies that. The program that finds the least excess over the bounds is
 * linear.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>No solver is believed.</b> {@code ColumnSolver} proposes rows that contradict each
 *       other; {@code Refutation} adds them up anew, with what every sum can be wrong by.
 *   <li><b>The solver is the project's own.</b> The program is dense, and only a few of its
 *       thousands of rows ever matter; dual simplex steps that keep an inverse are all it takes.
 *   <li><b>An honest file is never accused.</b> {@code Tolerance} and {@code Enclosure} say what it
 *       can be off by, and why; whatever is in between is not decided. Columns of inputs that are
 *       always zero, which tools set to zero, say nothing; nor do rows from a zero on that a tool
 *       may have kept, as llm-compressor does in sparse sources, or from a code on that packing may
 *       have changed, which happens with 8 bits.
 *   <li><b>The order may be unknown.</b> Of the columns that are left, the one that was rounded
 *       first fits with those before it. So if none fits, the matrix deviates; and one that fits
 *       may be put before the others, because more columns before only make it easier to fit.
 *   <li><b>The budget counts multiplications</b>, so findings are the same on every machine.
 *   <li><b>Other algorithms are not GPTQ.</b> GPTAQ and AutoRound write the same files, and
 *       deviate: who calls this has to know from the configuration that it was GPTQ, and of which
 *       source.
 * </ul>
 */
package dev.weighmaster.gptq;
