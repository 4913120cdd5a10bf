/**
 * Checks signatures: reads the bundles and statements in sidecars, says whether each signature
 * holds under the trust roots of a policy, and compares what a model signature covers with the
 * files that are there.
 *
 * <p>It works offline, on the bytes and on the files that the policy names. Whether a signer may
 * speak for a model is not decided here but in {@code dev.weighmaster.chain}. sigstore-java, the
 * JDK and Bouncy Castle do the cryptography; {@link dev.weighmaster.signature.SigstoreCheck} lists,
 * check by check, who does which, since sigstore-java's own {@code KeylessVerifier} leaves some of
 * them open.
 *
 * <p>Decisions that bind this package:
 *
 * <ul>
 *   <li><b>A file that merely has a sidecar's name is ignored; a damaged bundle is not</b> ({@link
 *       dev.weighmaster.signature.OtherSidecar}). Name and content decide. Names that only
 *       Weighmaster and the reference implementation use decide alone: overwriting a signature must
 *       gain no more than breaking it.
 *   <li><b>A repository is granted four ways of hashing beside SHA-256.</b> Each costs a full extra
 *       pass over the repository, and anyone can ask for one. Signers that the policy names come
 *       first, then signatures that hold; the rest is {@code UNSUPPORTED}.
 * </ul>
 */
package dev.weighmaster.signature;
