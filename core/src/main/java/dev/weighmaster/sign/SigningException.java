package dev.weighmaster.sign;

/**
 * A statement could not be signed. The message is one line for the person who asked for it; neither
 * it nor a cause holds any part of an identity token, a key or a password.
 */
public final class SigningException extends Exception {
  private static final long serialVersionUID = 1L;

  public SigningException(String message) {
    super(message);
  }
}
