package dev.weighmaster.jobs.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpreadsheetTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      ignoreLeadingAndTrailingWhitespace = false,
      textBlock =
          """
          =1+1|'=1+1
          +1|'+1
          -1|'-1
          @SUM(A1)|'@SUM(A1)
          \uff1d1+1|'\uff1d1+1
          \uff20SUM(A1)|'\uff20SUM(A1)
           =1+1| '=1+1
          "=1+1"|"'=1+1"
          quants/x;=1+1|quants/x;'=1+1
          quants/x;  =1+1|quants/x;  '=1+1
          quants/x;\u00a0=1+1|quants/x;\u00a0'=1+1
          quants/x;"=1+1"|quants/x;"'=1+1"
          quants/x; ""=1+1|quants/x; ""'=1+1
          =1;+1;;-1;@x|'=1;'+1;;'-1;'@x
          ; DROP TABLE audit; --|; DROP TABLE audit; '--
          \t=1+1|\\t=1+1
          base-7b-Q4_K_M=2@main|base-7b-Q4_K_M=2@main
          a;b; c; '=1|a;b; c; '=1
          ``|``
          """)
  void whatWouldBeAFormulaInAnyCellHasAnApostropheBeforeIt(String text, String cell) {
    assertThat(SpreadsheetText.cell(text)).isEqualTo(cell);
  }

  @Test
  void jsonStaysJson() throws Exception {
    JsonMapper json = new JsonMapper();
    String cell =
        json.writeValueAsString(List.of("a;=1", "a;", -1, "a; \"=1\"", List.of("=1;"), -2));

    assertThat(json.readTree(SpreadsheetText.cell(cell)))
        .isEqualTo(json.readTree("[\"a;'=1\", \"a;\", -1, \"a; \\\"=1\\\"\", [\"=1;\"], -2]"));
  }
}
