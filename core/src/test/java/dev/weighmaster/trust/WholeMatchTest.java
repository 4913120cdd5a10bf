package dev.weighmaster.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WholeMatchTest {
  @ParameterizedTest
  @ValueSource(strings = {"(a+)+b", "(a|b)*", "((a|b)|(a|b))*c", "(.|a)*b", "(a*)*b"})
  void aMatchNeedsNeitherMuchTimeNorAnyStack(String regex) throws InterruptedException {
    WholeMatch whole = WholeMatch.of(regex);
    boolean[] matched = {true};
    Throwable[] thrown = {null};
    // A stack as small as the platform gives: what recurses for each character ends here.
    Thread small =
        new Thread(null, () -> matched[0] = whole.matches("a".repeat(1023) + "d"), "small", 1);
    small.setUncaughtExceptionHandler((thread, e) -> thrown[0] = e);
    small.start();
    small.join();

    assertThat(thrown[0]).isNull();
    assertThat(matched[0]).isFalse();
  }

  @Test
  void theWholeTextMustMatch() {
    WholeMatch whole = WholeMatch.of("https://github\\.com/acme/.*");

    assertThat(whole.matches("https://github.com/acme/x")).isTrue();
    assertThat(whole.matches("https://github.com/acme/x\n")).isFalse();
    assertThat(whole.matches("xhttps://github.com/acme/x")).isFalse();
    assertThat(WholeMatch.of("a|ab").matches("ab")).isTrue();
    assertThat(WholeMatch.of("(?m)a$").matches("a\nb")).isFalse();
  }

  @Test
  void aTextThatIsLongerThanAnyIdentityDoesNotMatch() {
    assertThat(WholeMatch.of(".*").matches("a".repeat(1024))).isTrue();
    assertThat(WholeMatch.of(".*").matches("a".repeat(1025))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"K", "k", "\u212A", "s", "S", "\u017F"})
  void withoutCaseOnlyLettersOfAsciiAreThoseOfAscii(String letter) {
    assertThat(WholeMatch.of("(?i)[ks]").matches(letter)).isEqualTo(letter.charAt(0) < 128);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?=a)a",
        "(?!a)b",
        "(?<=a)b",
        "(?<!a)b",
        "(a)\\1",
        "(?>a)",
        "a++",
        "\\R",
        "\\h",
        "\\Z",
        "\\u0041",
        "\\p{IsGreek}",
        "\\p{javaLowerCase}",
        "(?x)a b",
        "a{1001}",
        "[a-z&&[^b]]",
        "[a-c[d-f]]",
        "[^a&&b]",
        "[]a&&b]",
        "[^]a[b]]",
        "\\Q[\\E[a&&b]",
        "[a",
        "(a"
      })
  void whatRe2DoesNotKnowOrReadsOtherwiseIsRefused(String regex) {
    assertThatThrownBy(() -> WholeMatch.of(regex)).isInstanceOf(PatternSyntaxException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[]\\[a]+", "[^]]+", "\\Q[a[b]\\E", "\\[a\\[", "[a&]", "a&&b", "[a\\[&\\&]"})
  void bracketsAndAmpersandsThatAreCharactersAreTaken(String regex) {
    assertThat(WholeMatch.of(regex).toString()).isEqualTo("/" + regex + "/");
  }

  @Test
  void aPatternThatWouldTakeMuchMemoryOrStackIsRefused() {
    assertThatThrownBy(() -> WholeMatch.of("(".repeat(5_000) + ")".repeat(5_000)))
        .isInstanceOf(PatternSyntaxException.class)
        .hasMessageContaining("more than 1024 characters");
    assertThat(WholeMatch.of("a".repeat(1024)).matches("a".repeat(1024))).isTrue();
    assertThatThrownBy(() -> WholeMatch.of("a".repeat(1025)))
        .isInstanceOf(PatternSyntaxException.class);
    assertThatThrownBy(() -> WholeMatch.of("((a{100}){100}){10}"))
        .isInstanceOf(PatternSyntaxException.class)
        .hasMessageContaining("too many states");
  }
}
