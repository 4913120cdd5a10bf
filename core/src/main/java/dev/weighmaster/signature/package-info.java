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
 */
package dev.weighmaster.signature;
