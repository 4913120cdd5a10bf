package dev.weighmaster.sign;

import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.verdict.Quoted;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An OpenID Connect identity token (RFC 7519): what Fulcio takes for a proof of who signs.
 * Immutable. Whether it is genuine is Fulcio's to judge.
 *
 * <p>The token is a secret until it expires: nothing but {@link #text} tells it.
 */
public final class IdentityToken {
  private static final Pattern FORM = Pattern.compile("[\\w-]+\\.[\\w-]+\\.[\\w-]+");

  /** Runs of Base64 that are long enough to be a part of a token, and no word. */
  private static final Pattern BASE64 = Pattern.compile("[\\w-]{16,}");

  private final String text;
  private final String subject;
  private final Optional<Instant> expires;

  private IdentityToken(String text, String subject, Optional<Instant> expires) {
    this.text = text;
    this.subject = subject;
    this.expires = expires;
  }

  /**
   * Reads a token.
   *
   * @throws SigningException if it is none
   */
  public static IdentityToken parse(String text) throws SigningException {
    String token = text.strip();
    if (token.length() > JsonFields.MAX_BYTES || !FORM.matcher(token).matches()) {
      throw new SigningException("the identity token is not a JSON web token");
    }
    try {
      JsonFields claims =
          JsonFields.parse(
              Base64.getUrlDecoder()
                  .decode(token.substring(token.indexOf('.') + 1, token.lastIndexOf('.'))));
      Optional<String> email = claims.optionalString("email");
      return new IdentityToken(
          token,
          email.isPresent() ? email.get() : claims.string("sub"),
          claims.optionalInteger("exp").map(Instant::ofEpochSecond));
    } catch (MalformedJsonException | RuntimeException e) {
      throw new SigningException("the identity token has no claims that can be read");
    }
  }

  /**
   * What Fulcio wants signed as a proof that the key is the token owner's: the e-mail address,
   * where the token has one, or else the subject.
   */
  String subject() {
    return subject;
  }

  /** The token itself, for Fulcio alone. */
  String text() {
    return text;
  }

  /**
   * Refuses a token that has expired.
   *
   * @throws SigningException that says when
   */
  public void mustBeValid(Instant now) throws SigningException {
    if (expires.isPresent() && !now.isBefore(expires.get())) {
      throw new SigningException("the identity token expired at " + expires.get());
    }
  }

  /** What a service said, in one line and without any part of the token that it quotes. */
  String redact(String said) {
    return Quoted.line(
        BASE64
            .matcher(said)
            .replaceAll(run -> text.contains(run.group()) ? "(token)" : run.group()));
  }

  @Override
  public String toString() {
    return "the identity token of " + Quoted.line(subject);
  }
}
