/**
 * What gets a verdict among the scanned files of a repository, and what a loader would take beside
 * it.
 *
 * <p>It stands above {@code digest}: whether a file is part of a quantization is told by what its
 * bytes hold, and by its name only where they tell nothing. Two decisions bind it:
 *
 * <ul>
 *   <li>What may be a quantization but can't be judged is one with a problem. Nothing leaves the
 *       audit by being broken or by being called an adapter, a projector or a vocabulary: tensors
 *       and architecture decide, not what a header says of itself.
 *   <li>What a loader adds (adapters, code, other weights) is no part of a quantization. It is
 *       listed by {@link dev.weighmaster.quantization.LoaderExtras}, unless somebody who counts
 *       vouches for it; the policy says whether the verdict stands.
 * </ul>
 */
package dev.weighmaster.quantization;
