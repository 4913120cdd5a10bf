package dev.weighmaster.trust;

/** What a policy says that a text must be. Its {@code toString} is for messages. */
sealed interface TextRule permits TextRule.Exactly, WholeMatch {

  boolean matches(String text);

  /** The text itself. */
  record Exactly(String expected) implements TextRule {
    @Override
    public boolean matches(String text) {
      return text.equals(expected);
    }

    @Override
    public String toString() {
      return expected;
    }
  }
}
