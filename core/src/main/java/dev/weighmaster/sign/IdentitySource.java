package dev.weighmaster.sign;

/** Where the identity token of a signature comes from, asked at the time of signing. */
@FunctionalInterface
public interface IdentitySource {
  /**
   * Gives a token.
   *
   * @throws SigningException if there is none to be had
   */
  IdentityToken token() throws SigningException;
}
