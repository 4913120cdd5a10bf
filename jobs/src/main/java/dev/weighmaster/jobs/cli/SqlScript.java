package dev.weighmaster.jobs.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A script in DuckDB's SQL, taken apart as far as its words: what stands in quotes or comments is
 * none. Something that does not end goes on to the end of the script.
 */
final class SqlScript {
  /** Strings, names, dollar-quoted strings and comments; of two kinds only the beginning. */
  private static final Pattern QUOTED =
      Pattern.compile(
          "(?<string>(?<escaped>(?<![\\w$])[eE]')|'[^']*+(?:'|\\z)|\"[^\"]*+(?:\"|\\z)"
              + "|(?<![\\w$])\\$(?<tag>(?:[A-Za-z_]\\w*)?)\\$.*?(?:\\$\\k<tag>\\$|\\z))"
              + "|--[^\\n]*+|(?<block>/\\*)",
          Pattern.DOTALL);

  private static final Pattern PARAMETER = Pattern.compile("(?<!:):(\\w+)");
  private static final Pattern BLOCK = Pattern.compile("/\\*|\\*/");

  private final String text;

  SqlScript(String text) {
    this.text = text;
  }

  /** Between two semicolons; what is blank, or nothing but comments, is left out. */
  List<String> statements() {
    List<String> statements = new ArrayList<>();
    StringBuilder statement = new StringBuilder();
    boolean[] saysSomething = {false};
    Runnable end =
        () -> {
          if (saysSomething[0]) {
            statements.add(statement.toString());
          }
          statement.setLength(0);
          saysSomething[0] = false;
        };
    for (Piece piece : pieces()) {
      if (piece.kind() != Kind.WORDS) {
        statement.append(piece.text());
        saysSomething[0] |= piece.kind() == Kind.STRING;
        continue;
      }
      String[] parts = piece.text().split(";", -1);
      for (int i = 0; i < parts.length; i++) {
        if (i > 0) {
          end.run();
        }
        statement.append(parts[i]);
        saysSomething[0] |= !parts[i].isBlank();
      }
    }
    end.run();
    return List.copyOf(statements);
  }

  /**
   * The script with {@code $1}, {@code $2}, … in the place of {@code :name}.
   *
   * @param values by name
   * @param ordered is given the value of each number
   */
  String withNumbers(Map<String, Object> values, List<Object> ordered) {
    List<String> names = new ArrayList<>();
    StringBuilder numbered = new StringBuilder();
    for (Piece piece : pieces()) {
      numbered.append(
          piece.kind() == Kind.WORDS
              ? PARAMETER
                  .matcher(piece.text())
                  .replaceAll(
                      found -> {
                        String name = found.group(1);
                        if (!values.containsKey(name)) {
                          return Matcher.quoteReplacement(found.group());
                        }
                        if (!names.contains(name)) {
                          names.add(name);
                          ordered.add(values.get(name));
                        }
                        return "\\$" + (names.indexOf(name) + 1);
                      })
              : piece.text());
    }
    return numbered.toString();
  }

  private enum Kind {
    WORDS,
    STRING,
    COMMENT
  }

  private record Piece(Kind kind, String text) {}

  private List<Piece> pieces() {
    List<Piece> pieces = new ArrayList<>();
    Matcher quoted = QUOTED.matcher(text);
    int at = 0;
    while (quoted.find(at)) {
      pieces.add(new Piece(Kind.WORDS, text.substring(at, quoted.start())));
      int end = quoted.end();
      if (quoted.group("block") != null) {
        end = endOfBlock(quoted.start());
      } else if (quoted.group("escaped") != null) {
        end = endOfEscaped(end);
      }
      pieces.add(
          new Piece(
              quoted.group("string") == null ? Kind.COMMENT : Kind.STRING,
              text.substring(quoted.start(), end)));
      at = end;
    }
    pieces.add(new Piece(Kind.WORDS, text.substring(at)));
    return pieces;
  }

  /** A backslash takes what follows it into the string, and a quote the quote that follows. */
  private int endOfEscaped(int start) {
    int at = start;
    while (at < text.length()) {
      if (text.charAt(at) == '\\' || text.startsWith("''", at)) {
        at += 2;
      } else if (text.charAt(at) == '\'') {
        return at + 1;
      } else {
        at++;
      }
    }
    return text.length();
  }

  /** Block comments stand within each other. */
  private int endOfBlock(int start) {
    Matcher mark = BLOCK.matcher(text);
    int depth = 0;
    int at = start;
    while (mark.find(at)) {
      depth += mark.group().equals("/*") ? 1 : -1;
      at = mark.end();
      if (depth == 0) {
        return at;
      }
    }
    return text.length();
  }
}
