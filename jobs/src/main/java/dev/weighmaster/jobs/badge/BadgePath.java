package dev.weighmaster.jobs.badge;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.digest.Sha256Hex;
import java.io.ByteArrayOutputStream;
import java.util.Locale;
import java.util.Set;

/**
 * Where the files of a quantization lie below the folder of badges: {@code
 * org/name/<quantization>}, or {@code org/name@revision/<quantization>}, and an extension.
 *
 * <p>Names of letters, digits, dots, hyphens and underscores stay as they are. Any other byte of
 * UTF-8 becomes {@code =} and two hexadecimal digits, so that no two names become one, none leaves
 * the folder, each is legal in every file system, and in a URL without further encoding. So does a
 * dot or underscore at either end of a name, and the first letter of a name that Windows or the
 * folder itself reserves. A name that is too long is cut and ends in a digest of all of it; so do
 * all names that differ only in letter case, so that none can take another's place.
 */
record BadgePath(String value) {
  /** What every file system takes, with room for an extension. */
  private static final int MAX_SEGMENT = 180;

  private static final int KEPT_OF_LONG = 100;

  /** Devices in Windows, whatever follows the first dot, and what lies beside the organisations. */
  private static final Set<String> RESERVED =
      Set.of(
          "aux", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
          "con", "index", "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8",
          "lpt9", "nul", "prn");

  static BadgePath of(String repository, String revision, String quantization) {
    int slash = repository.indexOf('/');
    String organisation = repository.substring(0, Math.max(0, slash));
    return new BadgePath(
        segment(organisation)
            + '/'
            + segment(repository.substring(slash + 1))
            + (revision.isEmpty() ? "" : "@" + segment(revision))
            + '/'
            + segment(quantization));
  }

  /** The same for all paths that a file system which does not tell cases apart takes for one. */
  String folded() {
    return value.toLowerCase(Locale.ROOT);
  }

  /**
   * A path that no such file system takes for that of another name. It ends in a digest, so that
   * nobody who chooses a name can take the place of another.
   */
  BadgePath apart() {
    return new BadgePath(value + "=." + digest(bytes(value)));
  }

  static String segment(String name) {
    byte[] bytes = bytes(name);
    int reserved = isReserved(name) ? 0 : -1;
    StringBuilder segment = new StringBuilder();
    for (int i = 0; i < bytes.length; i++) {
      boolean atEdge = i == 0 || i == bytes.length - 1;
      char c = (char) (bytes[i] & 0xff);
      if (i != reserved && (isPlain(c) || (!atEdge && (c == '.' || c == '_')))) {
        segment.append(c);
      } else {
        segment.append(String.format("=%02X", (int) c));
      }
    }
    if (segment.length() > MAX_SEGMENT) {
      return segment.substring(0, KEPT_OF_LONG) + "=." + digest(bytes);
    }
    return segment.isEmpty() ? "=-" : segment.toString();
  }

  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  }

  private static boolean isReserved(String name) {
    int dot = name.indexOf('.');
    return RESERVED.contains((dot < 0 ? name : name.substring(0, dot)).toLowerCase(Locale.ROOT));
  }

  /** UTF-8, with half a surrogate pair written like any character: it must not become another. */
  private static byte[] bytes(String name) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    name.codePoints()
        .forEach(
            c -> {
              if (Character.getType(c) == Character.SURROGATE) {
                bytes.write(0xE0 | (c >> 12));
                bytes.write(0x80 | ((c >> 6) & 0x3F));
                bytes.write(0x80 | (c & 0x3F));
              } else {
                bytes.writeBytes(Character.toString(c).getBytes(UTF_8));
              }
            });
    return bytes.toByteArray();
  }

  private static String digest(byte[] text) {
    return Sha256Hex.of(text).substring(0, 32);
  }
}
