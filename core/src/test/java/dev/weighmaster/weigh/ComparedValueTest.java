package dev.weighmaster.weigh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.format.gguf.GgufType;
import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.SameNames;
import dev.weighmaster.weigh.ComparedValue.State;
import dev.weighmaster.weigh.ComparedValue.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ComparedValueTest {
  @TempDir Path hub;

  private ModelTensors model(String name, GgufWriter gguf) throws IOException {
    Files.write(hub.resolve(name), gguf.toByteArray());
    return ModelTensors.open(new LocalStorage(hub), name);
  }

  private ComparedValue compared(GgufWriter quantization, GgufWriter source) throws IOException {
    List<ComparedValue> all =
        ComparedValue.all(model("q.gguf", quantization), new SameNames(model("s.gguf", source)));
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private static GgufValue number(long value) {
    return new GgufValue.Whole(GgufType.INT32, value);
  }

  static Stream<Arguments> shortValues() {
    return Stream.of(
        arguments(number(-5), "INT32", "-5"),
        arguments(new GgufValue.Whole(GgufType.UINT64, -1), "UINT64", "18446744073709551615"),
        arguments(new GgufValue.Real(GgufType.FLOAT32, 1e-5f), "FLOAT32", "1.0E-5"),
        arguments(new GgufValue.Bool(true), "BOOL", "true"),
        arguments(GgufValue.text("x".repeat(80)), "STRING", "x".repeat(80)),
        arguments(
            GgufValue.array(GgufType.INT32, List.of(number(8), number(2))), "ARRAY", "[8, 2]"));
  }

  @ParameterizedTest
  @MethodSource("shortValues")
  void shortValuesAreThere(GgufValue value, String type, String text) throws IOException {
    ComparedValue compared = compared(new GgufWriter().put("llama.key", value), new GgufWriter());

    assertThat(compared.state()).isEqualTo(State.ABSENT);
    assertThat(compared.source()).isEmpty();
    assertThat(compared.quantization())
        .hasValueSatisfying(
            known -> {
              assertThat(known.type()).isEqualTo(type);
              assertThat(known.text()).contains(text);
              assertThat(known.sha256()).matches("[0-9a-f]{64}");
            });
  }

  static Stream<GgufValue> longValues() {
    return Stream.of(
        GgufValue.text("x".repeat(81)),
        GgufValue.text("x".repeat(100_000)),
        GgufValue.array(GgufType.INT32, Collections.nCopies(100, number(1))),
        GgufValue.array(GgufType.STRING, List.of(GgufValue.text("x".repeat(1_000)))));
  }

  @ParameterizedTest
  @MethodSource("longValues")
  void ofLongValuesThereIsTheDigest(GgufValue value) throws IOException {
    Value known =
        compared(new GgufWriter(), new GgufWriter().put("llama.key", value)).source().orElseThrow();

    assertThat(known.text()).isEmpty();
    assertThat(known.sha256()).matches("[0-9a-f]{64}");
  }

  @Test
  void oneNumberInTwoTypesIsTwoValuesOfOneText() throws IOException {
    ComparedValue compared =
        compared(
            new GgufWriter().put("llama.key", number(5)),
            new GgufWriter().put("llama.key", GgufValue.uint32(5)));

    assertThat(compared.state()).isEqualTo(State.DIFFERENT);
    assertThat(compared.quantization().map(Value::type)).isEqualTo(Optional.of("INT32"));
    assertThat(compared.source().map(Value::type)).isEqualTo(Optional.of("UINT32"));
    assertThat(compared.source().flatMap(Value::text)).contains("5");
  }
}
