package dev.weighmaster.hub;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads Git LFS pointer files (Git LFS specification, "The Pointer"). */
public final class LfsPointerReader {
  /** A pointer file is shorter than this, in bytes. */
  public static final int MAX_SIZE = 1024;

  private static final Pattern POINTER =
      Pattern.compile(
          "version https://git-lfs\\.github\\.com/spec/v1\\r?\\n"
              + "(?:ext-[^\\n]*\\n)*+"
              + "oid sha256:(?<oid>[0-9a-f]{64})\\r?\\n"
              + "size (?<size>[0-9]{1,18})\\r?\\n?");

  private LfsPointerReader() {}

  /** What the pointer says; empty where the content is no pointer. */
  public static Optional<LfsPointer> read(byte[] content) {
    if (content.length >= MAX_SIZE) {
      return Optional.empty();
    }
    Matcher pointer = POINTER.matcher(new String(content, StandardCharsets.ISO_8859_1));
    return pointer.matches()
        ? Optional.of(new LfsPointer(pointer.group("oid"), Long.parseLong(pointer.group("size"))))
        : Optional.empty();
  }
}
