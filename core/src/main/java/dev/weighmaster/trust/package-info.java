/**
 * The trust policy and the trust roots that it names.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>Absence is not a contradiction.</b> A mirror need not hold the sources of its
 *       quantizations, so an absent or unsigned source leaves a quantization UNVERIFIED. {@code
 *       on_absence} in the policy can make it BROKEN, so a row's verdict is not always its reason's
 *       own: ask {@link dev.weighmaster.trust.TrustPolicy#verdict}.
 *   <li><b>A repository name is worth what the hub makes of it.</b> OMS binds no model name into a
 *       signature. That a publisher's signed files lie under the right name depends on who may
 *       write there: within one publisher's pattern, a copy of one signed model under another's
 *       name verifies as the other.
 *   <li><b>Verification reads only the files that the policy names.</b> A run records when each was
 *       last written.
 * </ul>
 */
package dev.weighmaster.trust;
