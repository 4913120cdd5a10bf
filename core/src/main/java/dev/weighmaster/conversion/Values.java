package dev.weighmaster.conversion;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The numbers that a table gives names to, as one model's configuration has them. Thread-safe.
 *
 * <p>A definition is one or more terms with {@code or} between them, of which the first that there
 * is counts: a path in the configuration ({@code rope_scaling.factor}), or numbers and the names of
 * other values (a capital letter and more) with {@code + - * /} between them, from left to right.
 */
final class Values {
  /** No model has as many of anything that tables count. */
  static final long MOST = 1 << 30;

  private static final int MAX_DEPTH = 16;
  private static final Pattern OR = Pattern.compile("\\s+or\\s+");
  private static final Pattern PATH = Pattern.compile("[a-z_][a-z0-9_.]*");
  private static final Pattern OPERAND = Pattern.compile("\\s*([0-9]{1,9}|[A-Z][A-Za-z]*)\\s*");

  private final Map<String, String> definitions;
  private final ModelConfig config;

  Values(Map<String, String> definitions, ModelConfig config) {
    this.definitions = Map.copyOf(definitions);
    this.config = config;
  }

  ModelConfig config() {
    return config;
  }

  /**
   * The number that an expression stands for, at least 0.
   *
   * @throws UnmappedException if the configuration does not have it, or has none that makes sense
   */
  long of(String expression) throws UnmappedException {
    return of(expression, 0);
  }

  private long of(String definition, int depth) throws UnmappedException {
    if (depth > MAX_DEPTH) {
      throw new IllegalStateException("a table defines a value by itself: " + definition);
    }
    List<String> terms = List.of(OR.split(definition.strip()));
    for (String term : terms) {
      if (!PATH.matcher(term).matches()) {
        return computed(term, depth);
      }
      var found = config.integer(term);
      if (found.isPresent()) {
        return checked(found.get(), term);
      }
    }
    throw new UnmappedException(
        terms.get(0).equals(ModelConfig.TOKENS)
            ? "the source has no tokenizer.json or tokenizer.model to count tokens in"
            : "the source's config.json has no " + terms.get(0));
  }

  private long computed(String expression, int depth) throws UnmappedException {
    Matcher operand = OPERAND.matcher(expression);
    long value = operand(operand, expression, 0, depth);
    while (operand.end() < expression.length()) {
      char operator = expression.charAt(operand.end());
      long right = operand(operand, expression, operand.end() + 1, depth);
      value = checked(combined(value, operator, right, expression), expression);
    }
    return value;
  }

  private long operand(Matcher operand, String expression, int from, int depth)
      throws UnmappedException {
    operand.region(from, expression.length());
    if (!operand.lookingAt()) {
      throw new IllegalStateException("a table has no expression in " + expression);
    }
    String name = operand.group(1);
    if (Character.isDigit(name.charAt(0))) {
      return Long.parseLong(name);
    }
    if (!definitions.containsKey(name)) {
      throw new IllegalStateException("a table does not define " + name);
    }
    return of(definitions.get(name), depth + 1);
  }

  private static long combined(long left, char operator, long right, String expression)
      throws UnmappedException {
    return switch (operator) {
      case '+' -> left + right;
      case '-' -> left - right;
      case '*' -> left * right;
      case '/' -> quotient(left, right, expression);
      default -> throw new IllegalStateException("a table has no expression in " + expression);
    };
  }

  private static long quotient(long left, long right, String expression) throws UnmappedException {
    if (right == 0 || left % right != 0) {
      throw new UnmappedException(
          "by the source's config.json, %s would be %d / %d".formatted(expression, left, right));
    }
    return left / right;
  }

  private static long checked(long value, String what) throws UnmappedException {
    if (value < 0 || value > MOST) {
      throw new UnmappedException(
          "by the source's config.json, %s would be %d".formatted(what, value));
    }
    return value;
  }
}
