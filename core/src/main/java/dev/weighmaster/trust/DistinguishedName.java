package dev.weighmaster.trust;

import java.util.Optional;
import javax.security.auth.x500.X500Principal;

/** Names of certificates' subjects, which are the same however they are written. */
final class DistinguishedName {
  private DistinguishedName() {}

  /** The name that a text in RFC 2253 form is; empty for other texts, e-mail addresses too. */
  static Optional<X500Principal> of(String text) {
    try {
      return Optional.of(new X500Principal(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
