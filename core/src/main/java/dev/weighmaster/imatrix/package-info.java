/**
 * Importance matrices, as {@code llama-imatrix} writes them and {@code llama-quantize} reads them,
 * in both forms.
 *
 * <p>The weights become those that ggml is given, bit for bit: sums divided by their count as
 * floats. The legacy form has multiplied them by the number of calls before, so its weights differ
 * from the other form's in their last bits.
 */
package dev.weighmaster.imatrix;
