package dev.weighmaster.jobs.text;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainTextTest {
  @ParameterizedTest
  @CsvSource({
    "'\u001b[31mred', '\\u001b[31mred'",
    "'two\r\nlines', 'two\\r\\nlines'",
    "'a\tb', 'a\\tb'",
    "'\u009b2J', '\\u009b2J'",
    "'acme\u202egnp', 'acme\\u202egnp'",
    "'a\u200bb', 'a\\u200bb'",
    "'\u2028', '\\u2028'",
    "'\udb40\udc41', '\\udb40\\udc41'",
    "'base-7b', 'base-7b'",
    "'模型 é 🦙', '模型 é 🦙'",
  })
  void whatIsNotVisibleIsEscaped(String text, String plain) {
    assertThat(PlainText.line(text)).isEqualTo(plain);
  }

  @Property
  void anyTextBecomesOneLineWithoutControlCharacters(@ForAll String text) {
    assertThat(PlainText.line(text).codePoints())
        .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
  }
}
