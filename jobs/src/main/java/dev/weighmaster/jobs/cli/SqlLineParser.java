package dev.weighmaster.jobs.cli;

import java.util.List;
import java.util.function.Function;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.impl.DefaultParser;

/** Reads on until a statement has its semicolon; a line that begins with a dot is whole. */
final class SqlLineParser extends DefaultParser {
  /** What no query of a person's ends with. */
  private static final String MARK = "\0";

  private final Function<String, List<String>> statements;

  /**
   * Sets it up.
   *
   * @param statements takes a script apart
   */
  SqlLineParser(Function<String, List<String>> statements) {
    this.statements = statements;
    setQuoteChars(new char[0]);
    setEscapeChars(new char[0]);
  }

  @Override
  public ParsedLine parse(String line, int cursor, ParseContext context) {
    if (context == ParseContext.ACCEPT_LINE && !isWhole(line)) {
      throw new EOFError(-1, cursor, "a statement ends with a semicolon");
    }
    return super.parse(line, cursor, context);
  }

  /** A semicolon within a string or a comment ends nothing: after one that does, all is new. */
  private boolean isWhole(String line) {
    String typed = line.strip();
    if (typed.isEmpty() || typed.startsWith(".")) {
      return true;
    }
    List<String> ended = statements.apply(line + "\n" + MARK);
    return ended.size() > 1 && ended.get(ended.size() - 1).strip().equals(MARK);
  }

  @Override
  public boolean isDelimiterChar(CharSequence line, int position) {
    char c = line.charAt(position);
    return !Character.isLetterOrDigit(c) && c != '_' && c != '-' && c != '.';
  }
}
