package dev.weighmaster.trust;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * A regular expression of RE2 over identities that strangers choose: a match takes time in
 * proportion to the text, and no stack. An identity of more than {@value #MAX_LENGTH} characters
 * does not match. Immutable.
 */
final class WholeMatch implements TextRule {
  static final int MAX_LENGTH = 1024;

  /** Of a pattern, which is parsed by recursion. */
  static final int MAX_PATTERN_LENGTH = 1024;

  private static final int MAX_INSTRUCTIONS = 10_000;

  /** Neither ASCII, but the lower case of a letter of ASCII to whoever folds case by Unicode. */
  private static final String FOLDED_TO_ASCII = "\u017F\u212A";

  private final Pattern pattern;
  private final boolean foldsCase;

  private WholeMatch(Pattern pattern, boolean foldsCase) {
    this.pattern = pattern;
    this.foldsCase = foldsCase;
  }

  /**
   * Compiles a pattern.
   *
   * @throws PatternSyntaxException if RE2 does not know it, or understands it differently than Java
   */
  static WholeMatch of(String regex) {
    if (regex.length() > MAX_PATTERN_LENGTH) {
      throw new PatternSyntaxException("it has more than " + MAX_PATTERN_LENGTH + " characters");
    }
    refuseJavaClasses(regex);
    Pattern pattern = Pattern.compile(regex);
    if (pattern.programSize() > MAX_INSTRUCTIONS) {
      throw new PatternSyntaxException("its repetitions come to too many states");
    }
    return new WholeMatch(pattern, regex.contains("(?") && regex.contains("i"));
  }

  /** Java takes these for unions and intersections of classes, RE2 for the characters. */
  private static void refuseJavaClasses(String regex) {
    boolean quoted = false;
    boolean inClass = false;
    for (int i = 0; i < regex.length(); i++) {
      if (quoted) {
        quoted = !regex.startsWith("\\E", i);
      } else if (regex.startsWith("\\Q", i)) {
        quoted = true;
      } else if (regex.charAt(i) == '\\') {
        i++;
      } else if (inClass && regex.startsWith("&&", i)) {
        throw new PatternSyntaxException("an intersection of classes (&&) is not known to RE2");
      } else if (inClass && regex.charAt(i) == '[') {
        throw new PatternSyntaxException("a class in a class is not known to RE2; escape the [");
      } else if (!inClass && regex.charAt(i) == '[') {
        inClass = true;
        // A bracket that comes first is a character.
        i += regex.startsWith("^", i + 1) ? 1 : 0;
        i += regex.startsWith("]", i + 1) ? 1 : 0;
      } else if (regex.charAt(i) == ']') {
        inClass = false;
      }
    }
  }

  @Override
  public boolean matches(String text) {
    if (text.length() > MAX_LENGTH
        || (foldsCase && text.chars().anyMatch(c -> FOLDED_TO_ASCII.indexOf(c) >= 0))) {
      return false;
    }
    return pattern.matches(text);
  }

  @Override
  public String toString() {
    return "/" + pattern + "/";
  }
}
