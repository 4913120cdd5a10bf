/**
 * Weighing: whether a quantization's weights come from its source's; and how far they are from it,
 * whether they do or not.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>Every tensor is compared whole.</b> What is sampled can be hidden from. Where only codes
 *       are derived again, some blocks are drawn to show how good the scales are all over; no other
 *       block may have an error that is unusual for its type. See {@code ScalesPass}.
 *   <li><b>A recipe holds for a whole tensor.</b> It is given up at the first row that it does not
 *       give, so no tensor is {@link dev.weighmaster.weigh.Level#EXACT} by rows that follow one
 *       recipe and rows that follow another.
 *   <li><b>Decoded weights are compared, not codes.</b> Under a scale of 0 a code means nothing.
 *   <li><b>The exact pass comes first and ends early.</b> A recipe that does not fit mostly fails
 *       in the first row; then the tensor is passed again, for its codes and errors.
 *   <li><b>Of a type whose codes are forced, no code may deviate.</b> K-quants round under the
 *       scales that they store; Q4_0 to Q5_1 and IQ4 under one of a few, or one that is rounded
 *       afterwards, and every code must follow from one of these.
 *   <li><b>Claimed error bounds say nothing of where weights come from.</b> They change no level;
 *       what exceeds them is {@code BOUNDS_EXCEEDED}, and what can't be measured contradicts
 *       nothing.
 *   <li><b>An importance matrix explains bytes, and excuses no loss.</b> Under one that was chosen
 *       to lose some columns, ggml's own bytes lose them: so a recipe with one must keep to the
 *       errors that such matrices make, or the tensor is only {@link
 *       dev.weighmaster.weigh.Level#WITHIN_BOUNDS}.
 *   <li><b>Few bad blocks can be a whole row.</b> So rows, and strips of columns, are judged too.
 *   <li><b>A file that changes ends the weighing</b>: there is no result of two versions.
 *   <li><b>Memory does not depend on shapes.</b> Rows are read in tiles of 8,192 weights; a tensor
 *       with a row of more than a million is not compared.
 * </ul>
 */
package dev.weighmaster.weigh;
