package dev.weighmaster.trust;

import java.util.regex.Pattern;

/**
 * A regular expression over identities that strangers choose. Immutable.
 *
 * <p>Backtracking is bounded: a match that would read more than {@value #MAX_READS} characters in
 * all, or an input of more than {@value #MAX_LENGTH}, does not match.
 */
record WholeMatch(Pattern pattern) implements TextRule {
  static final int MAX_LENGTH = 1024;
  static final int MAX_READS = 200_000;

  @Override
  public boolean matches(String text) {
    if (text.length() > MAX_LENGTH) {
      return false;
    }
    try {
      return pattern.matcher(new CountedText(text)).matches();
    } catch (TooManyReadsException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "/" + pattern + "/";
  }

  private static final class TooManyReadsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooManyReadsException() {
      super("too many reads", null, false, false);
    }
  }

  private static final class CountedText implements CharSequence {
    private final String text;
    private int reads;

    CountedText(String text) {
      this.text = text;
    }

    @Override
    public char charAt(int index) {
      if (++reads > MAX_READS) {
        throw new TooManyReadsException();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
