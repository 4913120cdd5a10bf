package dev.weighmaster.jobs.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.ComparedValue.Kind;
import dev.weighmaster.weigh.ComparedValue.State;
import dev.weighmaster.weigh.ComparedValue.Value;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MetadataTextTest {
  private static final Value ONE = value("UINT32", "1", "aa");

  private static Value value(String type, String text, String sha256) {
    return new Value(type, Optional.ofNullable(text), sha256);
  }

  private static String text(Value value, Value other) {
    String text = MetadataText.quantization(compared(value, other));
    assertThat(MetadataText.source(compared(other, value))).isEqualTo(text);
    return text;
  }

  private static ComparedValue compared(Value one, Value other) {
    return new ComparedValue(
        "key",
        Kind.HYPERPARAMETERS,
        State.DIFFERENT,
        Optional.ofNullable(one),
        Optional.ofNullable(other));
  }

  @Test
  void aShortValueIsShownAndALongOneByItsDigest() {
    assertThat(text(ONE, value("UINT32", "2", "bb"))).isEqualTo("1");
    assertThat(text(value("STRING", "gpt2", "cc"), null)).isEqualTo("\"gpt2\"");
    assertThat(text(value("STRING", null, "dd"), null)).isEqualTo("sha256:dd");
    assertThat(text(null, ONE)).isEqualTo("absent");
  }

  @Test
  void valuesOfTwoTypesSayWhich() {
    assertThat(text(ONE, value("INT32", "1", "bb"))).isEqualTo("1 (UINT32)");
    assertThat(text(value("STRING", "1", "bb"), ONE)).isEqualTo("\"1\" (STRING)");
  }
}
