package dev.weighmaster.trust;

/** Which files of a signed repository its model signature must cover: OMS 1.0, section 8.4. */
public enum Coverage {
  /** All files that the signature itself does not list as ignored. */
  ALL,
  /** The same but for signatures and attestations, which come after signing. */
  ALL_BUT_SIDECARS,
  /** Weights alone: other files may come later. */
  WEIGHTS
}
