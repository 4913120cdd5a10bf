package dev.weighmaster.trust;

/**
 * The treatment of a chain that holds, if a loader also reads files that no named signer covers.
 */
public enum OnUnattestedExtras {
  /** The verdict stands, and its sentence says what is loaded besides. */
  NOTE,
  /** The quantization is unverified. */
  UNVERIFIED
}
