package dev.weighmaster.trust;

/** The roles in which a policy can name a signer. */
public enum Role {
  /** Of source models. */
  PUBLISHER,
  /** Of quantizations in a repository. */
  QUANTIZER
}
