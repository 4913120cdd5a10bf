package dev.weighmaster.weigh.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.packing.PackedModel;
import dev.weighmaster.packing.PackedWriter;
import dev.weighmaster.packing.PackingConfig;
import dev.weighmaster.packing.Quantized;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher.Depth;
import dev.weighmaster.weigh.Weighing;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers that AWQ has scaled, and what was done to them. */
class AwqWeigherTest {
  private static final int CASES = 100;
  private static final PackingConfig CONFIG =
      PackingConfig.of("AWQ", Optional.of(4L), Optional.of(32L), "gemm");

  private static Weighing weigh(PackedWriter quantization, PackedWriter source) throws IOException {
    ModelTensors written = quantization.model();
    boolean isOfAwq = quantization.names().stream().anyMatch(name -> name.endsWith(".qweight"));
    PackingConfig config = isOfAwq ? CONFIG : PackingConfig.NONE;
    return new PackedWeigher(written, PackedModel.of(written, config), source.model(), Depth.EXACT)
        .weigh();
  }

  @ParameterizedTest
  @EnumSource(
      value = SafetensorsType.class,
      names = {"F16", "BF16"})
  void anHonestLayerIsEquivalent(SafetensorsType type) throws IOException {
    for (int i = 0; i < CASES; i++) {
      var random = new Random(i);
      int hidden = 32 * (2 + random.nextInt(2));
      int keyed = random.nextBoolean() ? hidden : hidden / 2;
      var layer = new AwqQuantizer(hidden, 32 * (2 + random.nextInt(2)), keyed, type, random);
      PackedWriter source = layer.source();
      Map<String, Quantized> quantized = layer.quantize();

      Weighing weighing = weigh(layer.written(quantized), source);

      assertThat(weighing.tensors())
          .as("case %d", i)
          .hasSize(9)
          .filteredOn(tensor -> tensor.level() != Level.EQUIVALENT)
          .isEmpty();
    }
  }

  /** Nobody can tell what reads a norm of a layer whose matrices have other names. */
  @Test
  void anHonestLayerOfOtherNamesDoesNotDeviate() throws IOException {
    var layer = new AwqQuantizer(64, 128, 64, SafetensorsType.F16, new Random(3));
    PackedWriter source = new PackedWriter().putAll(layer.source(), "mlp.", "feed_forward.");
    PackedWriter quantization =
        new PackedWriter().putAll(layer.written(layer.quantize()), "mlp.", "feed_forward.");

    Map<String, Level> levels =
        weigh(quantization, source).tensors().stream()
            .collect(Collectors.toMap(TensorWeighing::name, TensorWeighing::level));

    assertThat(levels)
        .hasSize(9)
        .containsEntry("model.layers.0.input_layernorm.weight", Level.EQUIVALENT)
        .containsEntry("model.layers.0.post_attention_layernorm.weight", Level.NOT_COMPARED)
        .containsEntry("model.layers.0.feed_forward.gate_proj.weight", Level.WITHIN_BOUNDS)
        .containsEntry("model.layers.0.feed_forward.up_proj.weight", Level.NOT_COMPARED)
        .doesNotContainValue(Level.DEVIATES);
  }

  private interface Change {
    void make(AwqQuantizer layer, Map<String, Quantized> quantized);
  }

  /** A layer that is changed after it was quantized, or its weights before that. */
  private static Weighing weigh(boolean before, Change change) throws IOException {
    var layer = new AwqQuantizer(64, 128, 64, SafetensorsType.F16, new Random(3));
    PackedWriter source = layer.source();
    if (before) {
      change.make(layer, Map.of());
    }
    Map<String, Quantized> quantized = layer.quantize();
    if (!before) {
      change.make(layer, quantized);
    }
    return weigh(layer.written(quantized), source);
  }

  private static Arguments row(String what, boolean before, Level level, Change change) {
    return arguments(what, before, level, change);
  }

  static Stream<Arguments> tamperings() {
    return Stream.of(
        row("nothing", false, Level.EQUIVALENT, (layer, quantized) -> {}),
        row(
            "a code off by one",
            false,
            Level.DEVIATES,
            (layer, quantized) -> codeOffByOne(quantized.get("mlp.gate_proj"))),
        row(
            "the lowest bit of a scale",
            false,
            Level.EQUIVALENT,
            (layer, quantized) -> quantized.get("mlp.gate_proj").scales()[5][1] *= 1 + 0x1p-10f),
        row(
            "a scale that is a tenth greater",
            false,
            Level.DEVIATES,
            (layer, quantized) -> quantized.get("mlp.gate_proj").scales()[5][1] *= 1.1f),
        row(
            "a group without weights",
            false,
            Level.DEVIATES,
            (layer, quantized) -> {
              Quantized gate = quantized.get("mlp.gate_proj");
              Arrays.fill(gate.codes()[5], 32, 64, gate.zeros()[5][1]);
            }),
        row(
            "a greatest code that is three less",
            false,
            Level.DEVIATES,
            (layer, quantized) -> {
              int[] codes = quantized.get("mlp.gate_proj").codes()[5];
              for (int i = 0; i < 32; i++) {
                codes[i] = Math.min(codes[i], 12);
              }
            }),
        row(
            "a column without codes, which leaves the row before it open",
            false,
            Level.WITHIN_BOUNDS,
            (layer, quantized) -> {
              Quantized down = quantized.get("mlp.down_proj");
              for (int row = 0; row < down.rows(); row++) {
                down.codes()[row][7] = down.zeros()[row][0];
              }
              Arrays.setAll(quantized.get("mlp.up_proj").codes()[7], i -> i % 16);
            }),
        row(
            "noise of a hundredth of the weights' deviation",
            true,
            Level.DEVIATES,
            (layer, quantized) -> replace(layer.weights("mlp.gate_proj"), 0.01)),
        row(
            "an update of rank 8, of a hundredth of the weights' deviation",
            true,
            Level.DEVIATES,
            (layer, quantized) -> update(layer.weights("mlp.gate_proj"), 0.01)),
        row(
            "two rows swapped",
            true,
            Level.DEVIATES,
            (layer, quantized) -> {
              float[] kept = layer.weights("mlp.gate_proj")[3];
              layer.weights("mlp.gate_proj")[3] = layer.weights("mlp.gate_proj")[17];
              layer.weights("mlp.gate_proj")[17] = kept;
            }),
        row(
            "a column that is a tenth greater, where the norm is not smaller",
            false,
            Level.DEVIATES,
            (layer, quantized) -> layer.norm("input_layernorm")[7] *= 1.1f),
        row(
            "a column that is a tenth greater, where the rows before it are not smaller",
            true,
            Level.DEVIATES,
            (layer, quantized) -> {
              for (float[] row : layer.weights("mlp.down_proj")) {
                row[7] *= 1.1f;
              }
            }),
        row(
            "a column that is a tenth greater, where the norm is a tenth smaller",
            true,
            Level.EQUIVALENT,
            (layer, quantized) -> {
              for (String reader : List.of("mlp.gate_proj", "mlp.up_proj")) {
                for (float[] row : layer.weights(reader)) {
                  row[7] = SourceWeights.round(row[7] * 1.1f, SafetensorsType.F16);
                }
              }
              layer.norm("post_attention_layernorm")[7] /= 1.1f;
            }),
        row(
            "the weights of another model",
            true,
            Level.DEVIATES,
            (layer, quantized) ->
                System.arraycopy(
                    SourceWeights.random(128, 64, SafetensorsType.F16, new Random(8)).rows(),
                    0,
                    layer.weights("mlp.gate_proj"),
                    0,
                    128)));
  }

  private static void codeOffByOne(Quantized quantized) {
    int[] codes = quantized.codes()[5];
    int middle = quantized.zeros()[5][0];
    int at = 0;
    // Not the greatest or least of its group, of which only one side is known.
    while (Math.abs(codes[at] - middle) < 2 || codes[at] < 2 || codes[at] > 12) {
      at++;
    }
    codes[at]++;
  }

  private static void replace(float[][] weights, double noise) {
    SourceWeights changed = Tampered.noisy(new SourceWeights(weights, SafetensorsType.F16), noise);
    System.arraycopy(changed.rows(), 0, weights, 0, weights.length);
  }

  private static void update(float[][] weights, double part) {
    SourceWeights changed = Tampered.updated(new SourceWeights(weights, SafetensorsType.F16), part);
    System.arraycopy(changed.rows(), 0, weights, 0, weights.length);
  }

  @ParameterizedTest(name = "{0} is {2}")
  @MethodSource("tamperings")
  void tamperingIsSeenAsFarAsScalingLetsItBeSeen(
      String what, boolean before, Level level, Change change) throws IOException {
    Weighing weighing = weigh(before, change);

    assertThat(weighing.level()).as(weighing.tensors().toString()).isEqualTo(level);
  }

  /** What llm-compressor makes: the same scaling, in the layout of compressed-tensors. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLayerThatWasScaledForCompressedTensorsIsEquivalentWhereNormsShowIt(boolean tampered)
      throws IOException {
    var layer = new AwqQuantizer(64, 128, 64, SafetensorsType.BF16, new Random(4));
    PackedWriter source = layer.source();
    layer.quantize();
    var writer = layer.written(Map.of());
    for (String name : AwqQuantizer.MATRICES) {
      SourceWeights scaled = new SourceWeights(layer.weights(name), SafetensorsType.BF16);
      Quantized rounded = Rounded.integers(scaled, 4, 32, true, SafetensorsType.BF16, 1);
      writer.packed(AwqQuantizer.LAYER + name, rounded, 4, true, SafetensorsType.BF16);
    }
    if (tampered) {
      writer.get(AwqQuantizer.LAYER + "input_layernorm.weight").bytes()[11] ^= 1;
    }

    Weighing weighing = weigh(writer, source);

    assertThat(weighing.level())
        .as(weighing.tensors().toString())
        .isEqualTo(tampered ? Level.DEVIATES : Level.WITHIN_BOUNDS);
    assertThat(weighing.tensors())
        .filteredOn(tensor -> tensor.name().contains("mlp.gate_proj"))
        .extracting(TensorWeighing::level)
        .containsExactly(Level.EQUIVALENT);
  }

  /** One that is not held to its norm must have the source's. */
  @Test
  void aNormThatNotAllReadersFollowDeviates() throws IOException {
    var layer = new AwqQuantizer(64, 128, 64, SafetensorsType.F16, new Random(5));
    PackedWriter source = layer.source();
    SourceWeights key = new SourceWeights(layer.weights("self_attn.k_proj"), SafetensorsType.F16);
    PackedWriter kept = new PackedWriter().floats("x", key.type(), key.rows());
    Map<String, Quantized> quantized = layer.quantize();
    quantized.remove("self_attn.k_proj");
    PackedWriter writer = layer.written(quantized);
    writer.put(
        AwqQuantizer.LAYER + "self_attn.k_proj.weight",
        key.type(),
        List.of(64L, 64L),
        kept.get("x").bytes());

    assertThat(weigh(writer, source).tensors())
        .filteredOn(tensor -> tensor.name().contains("input_layernorm"))
        .extracting(TensorWeighing::level)
        .containsExactly(Level.DEVIATES);
  }

  /** Rounded as it is in the source, which was not what the divided norm needs. */
  @Test
  void aMatrixThatIsNotScaledDeviatesWhereTheNormBeforeItIsDivided() throws IOException {
    var layer = new AwqQuantizer(64, 128, 64, SafetensorsType.BF16, new Random(4));
    PackedWriter source = layer.source();
    Quantized key =
        Rounded.integers(
            new SourceWeights(layer.weights("self_attn.k_proj"), SafetensorsType.BF16),
            4,
            32,
            true,
            SafetensorsType.BF16,
            1);
    layer.quantize();
    PackedWriter writer = layer.written(Map.of());
    writer.packed(AwqQuantizer.LAYER + "self_attn.k_proj", key, 4, true, SafetensorsType.BF16);

    assertThat(weigh(writer, source).tensors())
        .filteredOn(tensor -> tensor.name().contains("k_proj"))
        .extracting(TensorWeighing::level)
        .containsExactly(Level.DEVIATES);
  }
}
