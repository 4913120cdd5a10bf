/**
 * Weighs matrices that are stored as codes, scales and zero points against the tensors of a
 * safetensors source.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>How a tool computes decides its codes.</b> What divides in bfloat16 rounds other weights
 *       up than what divides in single precision. So a matrix is held against each way that tools
 *       compute, and one way must explain all of it.
 *   <li><b>EXACT means that nothing differs</b>, codes, scales or zero points. Where a code is the
 *       other one of a tie, to the last bits of single precision, or a scale was chosen and not
 *       computed, a matrix is EQUIVALENT at best.
 *   <li><b>A code may be further off only where a method moves codes.</b> GPTQ does, and
 *       compressed-tensors does not say whether it was used: matrices of either are WITHIN_BOUNDS
 *       while their errors are such a method's.
 *   <li><b>What bitsandbytes takes for a scale is the greatest weight</b>, so any other scale
 *       deviates. Other tools try several: a scale that the source does not make must be about as
 *       good as the one that it makes.
 *   <li><b>AWQ's column scales are found, not believed.</b> Each code says between what its column
 *       was scaled, and all of a column must agree; the norm before it, or the rows of the matrix
 *       before it, must be divided by the same. Which matrices those are is a table, of layers that
 *       are named as Llama's; others are {@link dev.weighmaster.weigh.Level#WITHIN_BOUNDS} at best.
 *   <li><b>What scales columns and then moves codes shows its scales on average.</b> SmoothQuant
 *       before GPTQ is recognized by them, of 8 bits: each column's must be what the norm before it
 *       is divided by.
 *   <li><b>GPTQ's certificate is for GPTQ's files.</b> Where the configuration does not say that it
 *       was that algorithm, nothing is held to it.
 *   <li><b>Decoded weights are compared, not codes.</b> Under a scale of 0 a code means nothing.
 * </ul>
 *
 * <p>What is not seen, of a change of rank 8 of a random matrix in bfloat16, as a part of its
 * weights' deviation:
 *
 * <ul>
 *   <li>NF4, INT8, FP8 and NVFP4: what rounds away before it moves a code. A thousandth moved 174
 *       to 4,320 of 131,072 codes, a ten-thousandth 1 to 448.
 *   <li>integers of compressed-tensors: a thousandth is no longer EXACT, but WITHIN_BOUNDS, as if
 *       GPTQ had moved codes.
 *   <li>AWQ, in half precision and 192 rows: a thousandth is EQUIVALENT, three thousandths
 *       contradict 1,112 codes. Of 200 single codes that were off by one, 194 were seen; the others
 *       are codes of small weights or the greatest of their group. Whoever makes the file chooses
 *       the column scales, and clips each group to half of its greatest weight or more.
 *   <li>GPTQ, by its errors alone: three tenths are WITHIN_BOUNDS, a half deviates. {@link
 *       dev.weighmaster.gptq} sees more.
 * </ul>
 */
package dev.weighmaster.weigh.packed;
