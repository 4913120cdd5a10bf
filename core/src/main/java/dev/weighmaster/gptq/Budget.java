package dev.weighmaster.gptq;

/** Multiplications that may still be made. Not thread-safe. */
final class Budget {
  private long left;

  Budget(long multiplications) {
    left = multiplications;
  }

  void spend(long multiplications) {
    left -= multiplications;
  }

  boolean isSpent() {
    return left <= 0;
  }
}
