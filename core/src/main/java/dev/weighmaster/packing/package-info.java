/**
 * Weight matrices that quantizers for Python store in several tensors: their codes, scales and zero
 * points, a row at a time, whatever the layout.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>A matrix is rows of outputs</b>, as the source's tensor is, also where codes are stored
 *       by columns. Such tensors are read in strips of rows, once for each strip.
 *   <li><b>Codes are unsigned</b>, from 0 on. A signed code has a zero point of half its range.
 *   <li><b>Shapes decide, and the configuration says what they can't:</b> which of two layouts it
 *       is, and from where zero points count.
 *   <li><b>What is not one of the layouts is not guessed at.</b> It is an {@link
 *       dev.weighmaster.packing.UnpackableException} that says what is wrong.
 *   <li><b>Memory does not depend on shapes.</b> A strip has about 16 MiB, a row at most a million
 *       codes.
 * </ul>
 *
 * <p>The layouts are those of AutoAWQ (88e4c76), AutoGPTQ (9f7d370) and GPTQModel 7.3.4,
 * bitsandbytes 0.50.2, compressed-tensors (ac8e2ba) and, for FP8, transformers 4.55.
 */
package dev.weighmaster.packing;
