package dev.weighmaster.hub;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads pointer files: of Git LFS, as git-lfs itself takes them (the names that the specification
 * had before, extensions, blank lines, either line end), and of git-xet.
 */
public final class LfsPointerReader {
  /** A pointer file is shorter than this, in bytes. */
  public static final int MAX_SIZE = 1024;

  private static final String EXTENSIONS = "(?:ext-[0-9]-[^\\n]*\\n|\\r?\\n)*+";
  private static final Pattern LFS =
      Pattern.compile(
          "\\s*+"
              + EXTENSIONS
              + "version (?:https://git-lfs\\.github\\.com/spec/v1"
              + "|https://hawser\\.github\\.com/spec/v1"
              + "|http://git-media\\.io/v/2)\\r?\\n"
              + EXTENSIONS
              + "oid sha256:(?<oid>[0-9a-f]{64})\\r?\\n"
              + EXTENSIONS
              + "size (?<size>[0-9]{1,18})\\s*");

  private static final String XET_HASH = "hash = (?:'[0-9a-f]{64}'|\"[0-9a-f]{64}\")\\r?\\n?";
  private static final String XET_SIZE = "filesize = (?<size>[0-9]{1,18})\\r?\\n?";
  private static final Pattern XET =
      Pattern.compile("# xet version 0\\r?\\n" + XET_SIZE + XET_HASH + "\\s*");
  private static final Pattern XET_HASH_FIRST =
      Pattern.compile("# xet version 0\\r?\\n" + XET_HASH + XET_SIZE + "\\s*");

  private LfsPointerReader() {}

  /** What the pointer says; empty where the content is no pointer. */
  public static Optional<LfsPointer> read(byte[] content) {
    if (content.length >= MAX_SIZE) {
      return Optional.empty();
    }
    String text = new String(content, StandardCharsets.ISO_8859_1);
    Matcher lfs = LFS.matcher(text);
    if (lfs.matches()) {
      return Optional.of(new LfsPointer(lfs.group("oid"), Long.parseLong(lfs.group("size"))));
    }
    return Stream.of(XET, XET_HASH_FIRST)
        .map(form -> form.matcher(text))
        .filter(Matcher::matches)
        .map(xet -> new LfsPointer(Optional.empty(), Long.parseLong(xet.group("size"))))
        .findFirst();
  }
}
