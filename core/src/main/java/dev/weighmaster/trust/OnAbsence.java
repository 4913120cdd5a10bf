package dev.weighmaster.trust;

/** The treatment of a chain whose source or signature is absent. */
public enum OnAbsence {
  /** The chain is not verified, but nothing contradicts it. */
  UNVERIFIED,
  /** The chain is broken. */
  BREAK
}
