package dev.weighmaster.attest;

/** Bytes are no in-toto Statement v1, or one whose predicate breaks its type's rules. */
public final class MalformedStatementException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedStatementException(String message) {
    super(message);
  }
}
