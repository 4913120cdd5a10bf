package dev.weighmaster.trust;

/** What becomes of a chain that leads to something that is not there. */
public enum OnAbsence {
  /** The chain is not verified, but nothing contradicts it. */
  UNVERIFIED,
  /** The chain is broken. */
  BREAK
}
