package dev.weighmaster.attest;

/** Bytes are not an in-toto Statement v1, or its predicate breaks the rules of its type. */
public final class MalformedStatementException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedStatementException(String message) {
    super(message);
  }
}
