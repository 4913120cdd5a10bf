/**
 * The verdict on one repository, worked out in this process.
 *
 * <p>Three decisions bind this package:
 *
 * <ul>
 *   <li><b>Verdict and reason are the audit's</b>, but for {@code BOUNDS_EXCEEDED}. {@link
 *       dev.weighmaster.jobs.verify.RepositoryCheck} calls the same functions of {@code core}, in
 *       one process.
 *   <li><b>Only {@code verify} measures.</b> It holds the error bounds that an attestation claims
 *       against the weights. An audit does not read the weights for that, and the service has no
 *       time for it.
 *   <li><b>Sources are found by reading, not by joining</b>: in the repository that the attestation
 *       names and, with {@code --hub}, in those repositories where the policy lets a party of the
 *       chain vouch, as far as their sidecars name the digest. The service does the same.
 * </ul>
 */
package dev.weighmaster.jobs.verify;
