/** Bundles: verifying and making them. */
package dev.weighmaster.sign;
