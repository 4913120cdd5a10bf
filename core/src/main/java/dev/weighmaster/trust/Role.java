package dev.weighmaster.trust;

/** What a policy can name a signer as. */
public enum Role {
  /** Of source models. */
  PUBLISHER,
  /** Of quantizations in a repository. */
  QUANTIZER
}
