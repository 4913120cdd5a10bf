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
 *   <li><b>Decoded weights are compared, not codes.</b> Under a scale of 0 a code means nothing.
 * </ul>
 */
package dev.weighmaster.weigh.packed;
