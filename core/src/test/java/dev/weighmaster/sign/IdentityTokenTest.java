package dev.weighmaster.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Base64;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTokenTest {
  @Test
  void theSubjectIsTheEmailAddressWhereThereIsOne() throws Exception {
    assertThat(IdentityToken.parse(token("{\"sub\":\"s\",\"email\":\"a@b\"}")).subject())
        .isEqualTo("a@b");
    assertThat(IdentityToken.parse(token("{\"sub\":\"s\"}") + "\n").subject()).isEqualTo("s");
  }

  @Test
  void aTokenIsValidUntilItExpires() throws Exception {
    IdentityToken token = IdentityToken.parse(token("{\"sub\":\"s\",\"exp\":1000}"));

    token.mustBeValid(Instant.ofEpochSecond(999));
    assertThatThrownBy(() -> token.mustBeValid(Instant.ofEpochSecond(1000)))
        .hasMessage("the identity token expired at 1970-01-01T00:16:40Z");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "secretsecret",
        "secretsecret.secretsecret",
        "secretsecret.secretsecret.secretsecret",
        "secretsecret.eyJzdWIiOiJzIn0.",
        "secretsecret.eyJz dWIiOiJzIn0.secretsecret",
        "secretsecret.e30.secretsecret",
        "secretsecret.eyJzdWIiOjF9.secretsecret",
        "secretsecret.eyJzdWIiOiJzIiwiZXhwIjoieCJ9.secretsecret",
        "secretsecret.W10.secretsecret",
      })
  void whatIsNoTokenIsRefusedAndNotQuoted(String text) {
    assertThatThrownBy(() -> IdentityToken.parse(text))
        .isInstanceOf(SigningException.class)
        .hasNoCause()
        .message()
        .startsWith("the identity token ")
        .doesNotContain("secret");
  }

  @Property
  void anyTextIsAtMostRefused(@ForAll String text) {
    try {
      assertThat(IdentityToken.parse("e30." + text + ".e30").subject()).isNotNull();
    } catch (SigningException e) {
      assertThat(e).hasNoCause();
    }
  }

  @Test
  void nothingThatIsPrintedHoldsAPartOfTheToken() throws Exception {
    String text = token("{\"sub\":\"a rather long subject\",\"email\":\"a@b\"}");
    IdentityToken token = IdentityToken.parse(text);

    assertThat(token.toString()).isEqualTo("the identity token of a@b");
    assertThat(token.redact("no: " + text + " and " + text.substring(30, 50) + "\nbad key"))
        .isEqualTo("no: (token).(token).(token) and (token) bad key");
  }

  private static String token(String claims) {
    String signature = "c2lnbmF0dXJlc2lnbmF0dXJl";
    return "eyJhbGciOiJFUzI1NiJ9."
        + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(UTF_8))
        + "."
        + signature;
  }
}
