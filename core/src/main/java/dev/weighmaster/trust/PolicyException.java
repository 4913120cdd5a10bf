package dev.weighmaster.trust;

/**
 * A trust policy, or a file that it names, can't be used. Where it is a trust root's file, the
 * cause says what is wrong with that alone.
 */
public final class PolicyException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param message with the file, and the line and column (both from 1) where there are any
   */
  public PolicyException(String message) {
    super(message);
  }
}
