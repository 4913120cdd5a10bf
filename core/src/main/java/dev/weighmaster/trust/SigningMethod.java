package dev.weighmaster.trust;

/** How a bundle was signed, see OMS 1.0, section 4.1. */
public enum SigningMethod {
  SIGSTORE,
  KEY,
  CERTIFICATE
}
