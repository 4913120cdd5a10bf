package dev.weighmaster.trust;

/** What becomes of a chain that holds, where a loader also takes what nobody vouches for. */
public enum OnUnattestedExtras {
  /** The verdict stands, and its sentence says what is loaded besides. */
  NOTE,
  /** The quantization is unverified. */
  UNVERIFIED
}
