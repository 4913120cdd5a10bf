package dev.weighmaster.jobs.badge;

/** A badge as an SVG of the flat style, with nothing in it that is not drawn here. */
public final class BadgeSvg {
  /** Of the widest glyphs that are usual; the text is fitted into it. */
  private static final int GLYPH = 7;

  private BadgeSvg() {}

  /** The whole document. */
  public static String of(Badge badge) {
    String label = Badge.LABEL;
    String message = badge.message();
    int left = width(label);
    int right = width(message);
    return """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="20" role="img" aria-label="%s">\
        <title>%s</title>\
        <rect width="%d" height="20" fill="#555"/><rect x="%d" width="%d" height="20" fill="%s"/>\
        <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">\
        <text x="%d" y="14">%s</text><text x="%d" y="14">%s</text></g></svg>
        """
        .formatted(
            left + right,
            escaped(badge.text()),
            escaped(badge.text()),
            left,
            left,
            right,
            badge.colour(),
            left / 2,
            escaped(label),
            left + right / 2,
            escaped(message));
  }

  private static int width(String text) {
    return 10 + GLYPH * text.codePointCount(0, text.length());
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
