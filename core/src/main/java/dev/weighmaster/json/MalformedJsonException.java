package dev.weighmaster.json;

/** Bytes are not JSON, break a limit, or do not have the fields that their place asks for. */
public final class MalformedJsonException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line, with the path of the field where there is one
   */
  public MalformedJsonException(String message) {
    super(message);
  }
}
