package dev.weighmaster.attest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorBoundTest {
  private static final String BOUND =
      "{\"tensor\": \"blk.0\", \"type\": \"Q4_K\", \"maxAbsError\": 0, \"rmse\": 0.5}";

  @Test
  void anArrayOfBoundsIsRead() throws Exception {
    assertThat(ErrorBound.parse(("[" + BOUND + "]").getBytes(UTF_8)))
        .containsExactly(new ErrorBound("blk.0", "Q4_K", 0, 0.5, Optional.empty()));
    assertThat(ErrorBound.parse("[]".getBytes(UTF_8))).isEmpty();
  }

  @Test
  void theErrorRelativeToTheTensorMayBeClaimedToo() throws Exception {
    String bound = BOUND.replace("}", ", \"relativeRmse\": 0.07}");

    assertThat(ErrorBound.parse(("[" + bound + "]").getBytes(UTF_8)))
        .containsExactly(new ErrorBound("blk.0", "Q4_K", 0, 0.5, Optional.of(0.07)));
  }

  @Test
  void theBoundsOfAStatementAreThoseOfAQuantizationAttestationAlone() throws Exception {
    String statement =
        "{\"predicateType\": \"%s\", \"predicate\": {\"errorBounds\": [" + BOUND + "]}}";

    assertThat(
            ErrorBound.ofStatement(
                statement.formatted(PredicateTypes.QUANTIZATION).getBytes(UTF_8)))
        .hasSize(1);
    assertThat(
            ErrorBound.ofStatement(
                statement.formatted(PredicateTypes.GGUF_DERIVATION).getBytes(UTF_8)))
        .isEmpty();
    assertThatThrownBy(() -> ErrorBound.ofStatement(BOUND.getBytes(UTF_8)))
        .isInstanceOf(MalformedStatementException.class)
        .hasMessage("statement: predicateType is missing");
  }

  @Test
  void moreTensorsThanAGgufFileCanHaveAreRefused() {
    String bounds =
        IntStream.rangeClosed(0, ErrorBound.MAX_TENSORS)
            .mapToObj(i -> BOUND.replace("blk.0", "blk." + i))
            .collect(Collectors.joining(",", "[", "]"));

    assertThatThrownBy(() -> ErrorBound.parse(bounds.getBytes(UTF_8)))
        .isInstanceOf(MalformedStatementException.class)
        .hasMessage("errorBounds has more than 131072 entries");
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
        "[{\"tensor\": \"a\", \"type\": \"b\", \"maxAbsError\": NaN, \"rmse\": 0}]",
        "[{\"tensor\": \"a\", \"type\": \"b\", \"maxAbsError\": 1e400, \"rmse\": 0}]",
        "[{\"tensor\": \"a\", \"type\": \"b\", \"maxAbsError\": 0, \"rmse\": \"0\"}]",
        "[{\"tensor\": \"a\", \"type\": \"b\", \"maxAbsError\": 0, \"rmse\": 0,"
            + " \"relativeRmse\": -1}]",
      })
  void whatIsNoSuchArrayIsRefused(String array) {
    assertThatThrownBy(() -> ErrorBound.parse(array.getBytes(UTF_8)))
        .isInstanceOf(MalformedStatementException.class);
  }
}
