package dev.weighmaster.jobs.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.digest.Sha256Hex;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Base64;

/**
 * A style sheet or script that pages carry in them. Immutable.
 *
 * @param text has nothing that would end its element
 */
public record PageAsset(String text) {

  /** A resource of this package, which all pages share. */
  public static PageAsset of(String name) {
    return of(PageAsset.class, name);
  }

  /** A resource beside a class. Line breaks and indents of a style sheet are left out. */
  public static PageAsset of(Class<?> neighbour, String name) {
    try (InputStream resource = neighbour.getResourceAsStream(name)) {
      if (resource == null) {
        throw new IllegalArgumentException("no resource " + name);
      }
      String text = new String(resource.readAllBytes(), UTF_8);
      return new PageAsset(name.endsWith(".css") ? dense(text) : text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** This one with another behind it. */
  public PageAsset and(PageAsset other) {
    return new PageAsset(text + other.text);
  }

  /** What a content security policy lets it pass by, such as {@code 'sha256-…'}. */
  public String hash() {
    byte[] digest = Sha256Hex.newDigest().digest(text.getBytes(UTF_8));
    return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
  }

  private static String dense(String css) {
    return css.replaceAll("/\\*.*?\\*/", "").replaceAll("\\s*\\n\\s*", "");
  }
}
