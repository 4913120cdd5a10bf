package dev.weighmaster.format;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HostileTextTest {

  @Test
  void leavesNothingThatATerminalOrALogTakesForItsOwn() {
    assertThat(HostileText.quoted("blk.0\u001B[2J\r\n\u202Eä")).isEqualTo("'blk.0.[2J....'");
  }

  @Test
  void showsTheStartOfALongText() {
    assertThat(HostileText.quoted("x".repeat(81))).isEqualTo("'" + "x".repeat(80) + "…'");
    assertThat(HostileText.quoted("x".repeat(80))).isEqualTo("'" + "x".repeat(80) + "'");
  }
}
