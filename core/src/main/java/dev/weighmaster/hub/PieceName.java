package dev.weighmaster.hub;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place among the pieces that a GGUF file was cut into, to be joined byte by byte: {@code
 * m.gguf.part1of2}, {@code m.gguf-split-a}, {@code m.gguf.aa}, {@code m.gguf.001}.
 *
 * @param whole the name of the file that the pieces make
 * @param set what the names of the pieces have in common
 * @param place in the order of the pieces; from 0 or 1 where they are numbered without their count,
 *     else from 0
 * @param count of the pieces, where the name says it
 * @param marked whether the name says by a word that this is a piece
 */
public record PieceName(
    String whole, String set, int place, Optional<Integer> count, boolean marked) {
  private static final Pattern NAME =
      Pattern.compile(
          "(?<whole>[^/]*\\.gguf)(?<mark>[.-](?:(?:split|part|chunk)[._-]?)?)"
              + "(?:(?<number>\\d{1,5})(?:[._-]?of[._-]?(?<count>\\d{1,5}))?|(?<letters>[a-z]{1,3}))",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final int LETTERS = 26;

  /** The place that a file's name says; empty where it is no piece's. */
  public static Optional<PieceName> of(String name) {
    int last = name.lastIndexOf('/') + 1;
    Matcher piece = NAME.matcher(name).region(last, name.length());
    if (!piece.matches()) {
      return Optional.empty();
    }
    boolean marked = piece.group("mark").length() > 1;
    String whole = name.substring(0, piece.end("whole"));
    String set = whole + "//" + piece.group("mark").toLowerCase(Locale.ROOT);
    if (piece.group("number") == null) {
      String letters = piece.group("letters").toLowerCase(Locale.ROOT);
      // What is not called a piece must be lettered as split(1) does it: a file's type is no place.
      return marked || letters.length() == 1 || letters.startsWith("a".repeat(letters.length() - 1))
          ? Optional.of(
              new PieceName(
                  whole, set + letters.length(), place(letters), Optional.empty(), marked))
          : Optional.empty();
    }
    int number = Integer.parseInt(piece.group("number"));
    if (piece.group("count") == null) {
      return Optional.of(new PieceName(whole, set + "#", number, Optional.empty(), marked));
    }
    int count = Integer.parseInt(piece.group("count"));
    return Optional.of(
        new PieceName(whole, set + "of" + count, number - 1, Optional.of(count), true));
  }

  private static int place(String letters) {
    int place = 0;
    for (int i = 0; i < letters.length(); i++) {
      place = place * LETTERS + letters.charAt(i) - 'a';
    }
    return place;
  }
}
