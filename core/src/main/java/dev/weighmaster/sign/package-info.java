/**
 * Makes signatures: the statement of a model signature, bundles by a key, by a certificate or by an
 * identity, and the trusted roots that the last needs.
 *
 * <p>Only this package uses the network, only when a person asks for a signature by an identity or
 * for {@code trust refresh}, and only the command line knows it: nothing that an audit runs does.
 * Whatever the services give is checked under the instance's trusted root before a file is written.
 * A token or a password comes from a file or the environment, never from an option's value, and
 * exceptions of clients that have seen one are not passed on.
 *
 * <p>Keyless signing assembles sigstore-java's clients itself: the library's own signer does not
 * sign statements with Rekor v1, and counts characters where DSSE counts bytes.
 */
package dev.weighmaster.sign;
