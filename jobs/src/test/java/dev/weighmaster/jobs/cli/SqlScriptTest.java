package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlScriptTest {
  @Test
  void aSemicolonEndsAStatement() {
    assertThat(new SqlScript("SELECT 1; SELECT 2;\n;; SELECT 3").statements())
        .containsExactly("SELECT 1", " SELECT 2", " SELECT 3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT ';'",
        "SELECT 'it''s; one'",
        "SELECT \"a;b\"",
        "SELECT 'a\\', ';'",
        "SELECT E'a\\';b', e'\\\\'",
        "SELECT $$ ; ' $$",
        "SELECT $tag$ ; $$ ; $tag$",
        "SELECT 1 -- ; '",
        "SELECT 1 /* ; ' */",
        "SELECT 1 /* a /* ; */ ; */",
        "SELECT 'never ends; ",
        "SELECT $$ never ends; ",
        "SELECT E'never ends\\",
        "/* never /* ends; */ SELECT ';"
      })
  void aSemicolonInQuotesOrCommentsEndsNothing(String statement) {
    assertThat(new SqlScript(statement).statements()).hasSizeLessThan(2);
    assertThat(String.join(";", new SqlScript(statement + "\n;SELECT 2").statements()))
        .isIn(statement + "\n;SELECT 2", "");
  }

  @Test
  void whatSaysNothingIsLeftOut() {
    assertThat(new SqlScript(" ; -- one\n; /* two */ ;\n").statements()).isEmpty();
    assertThat(new SqlScript("''").statements()).containsExactly("''");
  }

  @Test
  void anEscapeBelongsToTheStringsThatHaveThem() {
    assertThat(new SqlScript("SELECT name'\\'; SELECT 2").statements()).hasSize(2);
    assertThat(new SqlScript("SELECT E'\\'; SELECT 2'").statements()).hasSize(1);
  }

  @Test
  void aLongScriptIsTakenApartWithoutDeepRecursion() {
    String text = "E'" + "\\'''x".repeat(100_000) + "'";

    assertThat(new SqlScript("SELECT " + text + "; SELECT 1").statements()).hasSize(2);
    assertThat(new SqlScript("/*".repeat(200_000) + ";").statements()).isEmpty();
  }

  @Test
  void aParameterGetsItsNumberEachTimeThatItIsNamed() {
    List<Object> values = new ArrayList<>();

    String query =
        new SqlScript("SELECT :b, :a, :b, ':a', x::a, :other -- :a\n LIMIT :a")
            .withNumbers(Map.of("a", 1, "b", "two"), values);

    assertThat(query).isEqualTo("SELECT $1, $2, $1, ':a', x::a, :other -- :a\n LIMIT $2");
    assertThat(values).containsExactly("two", 1);
  }
}
