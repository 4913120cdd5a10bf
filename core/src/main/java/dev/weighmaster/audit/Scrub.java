package dev.weighmaster.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.digest.Sha256Hex;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads one part of a hub again each day, so that every file is read again within as many days as
 * there are parts.
 *
 * @param parts from 1 to 1000
 */
public record Scrub(int parts) implements Scope {
  private static final int MAX_PARTS = 1000;
  private static final Pattern FRACTION = Pattern.compile("1/(\\d{1,4})");

  public Scrub {
    if (parts < 1 || parts > MAX_PARTS) {
      throw new IllegalArgumentException("a scrub has 1 to " + MAX_PARTS + " parts: " + parts);
    }
  }

  /**
   * Reads a fraction as people write it.
   *
   * @throws IllegalArgumentException if it is not {@code 1/N}, with N from 1 to 1000
   */
  public static Scrub parse(String fraction) {
    Matcher matcher = FRACTION.matcher(fraction);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'" + fraction + "' is not a fraction such as 1/30");
    }
    return new Scrub(Integer.parseInt(matcher.group(1)));
  }

  /** Whether a file is in the part of a day. */
  @Override
  public boolean isDue(String path, LocalDate day) {
    byte[] digest = Sha256Hex.newDigest().digest(path.getBytes(UTF_8));
    return Math.floorMod(ByteBuffer.wrap(digest).getLong(), (long) parts) == part(day);
  }

  private long part(LocalDate day) {
    return Math.floorMod(day.toEpochDay(), (long) parts);
  }

  /** As in "changed and scrub 3/30". */
  @Override
  public String describe(LocalDate day) {
    return "changed and scrub " + (part(day) + 1) + "/" + parts;
  }
}
