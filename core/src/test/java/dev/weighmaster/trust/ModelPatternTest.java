package dev.weighmaster.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelPatternTest {
  @ParameterizedTest
  @CsvSource({
    "acme/base, acme/base, true",
    "acme/base, acme/Base, false",
    "acme/base, acme/base2, false",
    "acme/*, acme/base, true",
    "acme/*, acme/, true",
    "acme/*, acme, false",
    "acme/*, acme/a/b, false",
    "*/*, acme/base, true",
    "*, acme/base, false",
    "acme/*-GGUF, acme/x-GGUF-GGUF, true",
    "acme/a*b*c, acme/aXbYbZc, true",
    "acme/a*b*c, acme/aXbYbZ, false",
    "acme/ba.e, acme/base, false"
  })
  void aStarStandsForAnythingButASlash(String pattern, String model, boolean matches) {
    assertThat(new ModelPattern(pattern).matches(model)).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource({
    "acme/base, acme, true",
    "acme/base, Acme, false",
    "a*/base, acme, true",
    "*/*, acme, true",
    "other/*, acme, false",
    "*, acme, false",
    "acme/a/b, acme, false"
  })
  void aPatternMayMatchInTheOrganisationsThatItsFirstPartMatches(
      String pattern, String organisation, boolean mayMatch) {
    assertThat(new ModelPattern(pattern).mayMatchIn(organisation)).isEqualTo(mayMatch);
  }

  @Property
  void patternsMeanWhatTheRegularExpressionMeans(
      @ForAll @Chars({'a', 'b', '/', '*'}) @StringLength(max = 8) String pattern,
      @ForAll @Chars({'a', 'b', '/'}) @StringLength(max = 8) String model) {
    String regex =
        pattern
            .chars()
            .mapToObj(c -> c == '*' ? "[^/]*" : Pattern.quote(Character.toString(c)))
            .collect(Collectors.joining());

    assertThat(new ModelPattern(pattern).matches(model)).isEqualTo(model.matches(regex));
  }

  @Property
  void anyTextMatchesItself(@ForAll @CharRange(from = ' ', to = '~') String text) {
    assertThat(new ModelPattern(text).matches(text)).isTrue();
  }

  @Test
  void manyStarsCostLittle() {
    assertThat(new ModelPattern("a*".repeat(200) + "b").matches("a".repeat(20_000))).isFalse();
  }
}
