/** The one-pass hasher. */
package dev.weighmaster.digest;
