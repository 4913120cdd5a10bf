package dev.weighmaster.attest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorBoundTest {
  private static final String BOUND =
      "{\"tensor\": \"blk.0\", \"type\": \"Q4_K\", \"maxAbsError\": 0, \"rmse\": 0.5}";

  @Test
  void anArrayOfBoundsIsRead() throws Exception {
    assertThat(ErrorBound.parse(("[" + BOUND + "]").getBytes(UTF_8)))
        .containsExactly(new ErrorBound("blk.0", "Q4_K", 0, 0.5));
    assertThat(ErrorBound.parse("[]".getBytes(UTF_8))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "7",
        "[7]",
        "[], \"more\": []",
        "[" + BOUND + "," + BOUND + "]",
        "[{\"tensor\": \"a\", \"type\": \"b\", \"maxAbsError\": -0.1, \"rmse\": 0}]",
        "[{\"tensor\": \"a\", \"type\": \"b\", \"maxAbsError\": 0}]",
      })
  void whatIsNoSuchArrayIsRefused(String array) {
    assertThatThrownBy(() -> ErrorBound.parse(array.getBytes(UTF_8)))
        .isInstanceOf(MalformedStatementException.class);
  }
}
