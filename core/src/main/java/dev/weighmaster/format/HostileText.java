package dev.weighmaster.format;

/** Makes untrusted text fit for a message. */
public final class HostileText {
  private static final int SHOWN = 80;

  private HostileText() {}

  /** In single quotes, at most 80 characters of it, each that is not printable ASCII as a dot. */
  public static String quoted(String text) {
    var shown = new StringBuilder("'");
    for (int i = 0; i < Math.min(text.length(), SHOWN); i++) {
      char c = text.charAt(i);
      shown.append(c >= ' ' && c <= '~' ? c : '.');
    }
    return shown.append(text.length() > SHOWN ? "…'" : "'").toString();
  }
}
