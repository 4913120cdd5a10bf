package dev.weighmaster.trust;

/** The treatment of a chain that the card or the header contradicts. */
public enum OnMismatch {
  /** The chain is broken. */
  BREAK,
  /** The verdict stands, and its sentence says what is contradicted. */
  NOTE
}
