package dev.weighmaster.trust;

/** What becomes of a chain that contradicts something beside it. */
public enum OnMismatch {
  /** The chain is broken. */
  BREAK,
  /** The verdict stands, and its sentence says what is contradicted. */
  NOTE
}
