package dev.weighmaster.weigh.packed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.packing.PackedModel;
import dev.weighmaster.packing.PackedWriter;
import dev.weighmaster.packing.PackingConfig;
import dev.weighmaster.packing.PackingConfig.GptqOrder;
import dev.weighmaster.packing.Quantized;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.weigh.DecidedColumns;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher.Depth;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The matrices of a layer that read one input, quantized by GPTQ, held to it together. */
class GptqCertificateTest {
  private static final int CASES = 40;
  private static final List<SafetensorsType> TYPES =
      List.of(SafetensorsType.BF16, SafetensorsType.F16, SafetensorsType.F32);
  private static final String LAYER = "model.layers.0.self_attn.";
  private static final List<String> NAMES = List.of("q_proj", "k_proj", "v_proj");

  private static PackingConfig config(Optional<Long> bits, Optional<GptqOrder> order) {
    return new PackingConfig(
        "GPTQ",
        bits,
        Optional.empty(),
        "gptq",
        128,
        128,
        Optional.empty(),
        order,
        Optional.empty());
  }

  private static PackedWriter written(Map<String, SourceWeights> weights) {
    var writer = new PackedWriter();
    weights.forEach(
        (name, each) -> writer.floats(LAYER + name + ".weight", each.type(), each.rows()));
    return writer;
  }

  private static Map<String, SourceWeights> weights(
      int rows, int columns, SafetensorsType type, Random random) {
    Map<String, SourceWeights> weights = new LinkedHashMap<>();
    NAMES.forEach(name -> weights.put(name, SourceWeights.random(rows, columns, type, random)));
    return weights;
  }

  private static PackedWriter quantized(
      Map<String, SourceWeights> weights, GptqQuantizer quantizer, int bits) {
    var writer = new PackedWriter();
    weights.forEach(
        (name, each) -> {
          Quantized quantized = quantizer.quantize(each.rows());
          writer.gptq(LAYER + name, quantized, bits, 1);
        });
    return writer;
  }

  private static List<TensorWeighing> weigh(
      PackedWriter quantization, PackedWriter source, PackingConfig config, Depth depth)
      throws IOException {
    ModelTensors written = quantization.model();
    return new PackedWeigher(written, PackedModel.of(written, config), source.model(), depth)
        .weigh()
        .tensors();
  }

  private static List<TensorWeighing> weigh(
      PackedWriter quantization, PackedWriter source, long bits, GptqOrder order)
      throws IOException {
    PackingConfig config = config(Optional.of(bits), Optional.of(order));
    return weigh(quantization, source, config, Depth.EXACT);
  }

  /** Of many shapes, groups, orders, calibrations, and types in which the source was loaded. */
  @Test
  void noHonestFileIsAccused() throws IOException {
    for (int i = 0; i < CASES; i++) {
      var random = new Random(i);
      int bits = List.of(2, 3, 4, 8).get(i % 4);
      int columns = 32 * (1 + random.nextInt(3));
      boolean inOrder = random.nextBoolean();
      int groupSize = random.nextBoolean() ? 32 : columns;
      Map<String, SourceWeights> source =
          weights(64 + random.nextInt(64), columns, TYPES.get(i % 3), random);
      SafetensorsType loadedAs = TYPES.get(random.nextInt(3));
      Map<String, SourceWeights> loaded = new LinkedHashMap<>();
      source.forEach((name, each) -> loaded.put(name, each.through(loadedAs)));
      var quantizer =
          new GptqQuantizer(columns, bits, groupSize, random.nextBoolean(), inOrder, random);

      List<TensorWeighing> weighed =
          weigh(
              quantized(loaded, quantizer, bits),
              written(source),
              bits,
              inOrder
                  ? GptqOrder.BY_COLUMN
                  : groupSize == columns ? GptqOrder.UNKNOWN : GptqOrder.BY_GROUP);

      assertThat(weighed)
          .as("case %d", i)
          .hasSize(3)
          .allSatisfy(
              tensor -> {
                DecidedColumns decided = tensor.certificate().orElseThrow();
                assertThat(tensor.level()).isEqualTo(Level.WITHIN_BOUNDS);
                assertThat(decided.matrices()).hasSize(3);
                assertThat(decided.fit()).isNotEmpty();
                assertThat(decided.columns()).isEqualTo(columns);
              });
    }
  }

  private static final class Layer {
    private final Random random = new Random(5);
    private final Map<String, SourceWeights> source =
        weights(320, 64, SafetensorsType.BF16, random);

    GptqQuantizer quantizer(boolean inOrder) {
      return new GptqQuantizer(64, 4, 32, true, inOrder, new Random(6));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSmallChangeOfAllThreeDeviates(boolean inOrder) throws IOException {
    var layer = new Layer();
    Map<String, SourceWeights> changed = new LinkedHashMap<>();
    layer.source.forEach((name, each) -> changed.put(name, Tampered.updated(each, 0.02)));

    List<TensorWeighing> weighed =
        weigh(
            quantized(changed, layer.quantizer(inOrder), 4),
            written(layer.source),
            4,
            inOrder ? GptqOrder.BY_COLUMN : GptqOrder.BY_GROUP);

    assertThat(weighed).extracting(TensorWeighing::level).contains(Level.DEVIATES);
  }

  @Test
  void ofThreeTheOneThatWasChangedIsAccusedAlone() throws IOException {
    var layer = new Layer();
    Map<String, SourceWeights> changed = new LinkedHashMap<>(layer.source);
    changed.put("k_proj", Tampered.updated(layer.source.get("k_proj"), 0.05));

    List<TensorWeighing> weighed =
        weigh(
            quantized(changed, layer.quantizer(true), 4),
            written(layer.source),
            4,
            GptqOrder.BY_COLUMN);

    assertThat(weighed)
        .extracting(TensorWeighing::level)
        .containsExactly(Level.WITHIN_BOUNDS, Level.DEVIATES, Level.WITHIN_BOUNDS);
    assertThat(weighed.get(1).certificate().orElseThrow().matrices()).hasSize(1);
  }

  /** Too little to be seen in one of them; what is wrong is their being together. */
  @Test
  void matricesThatDeviateOnlyTogetherAreAllAccused() throws IOException {
    var layer = new Layer();
    PackedWriter written = quantized(layer.source, layer.quantizer(true), 4);
    var other = new GptqQuantizer(64, 4, 32, true, true, new Random(60));
    Quantized key = other.quantize(layer.source.get("k_proj").rows());
    written.gptq(LAYER + "k_proj", key, 4, 1);

    List<TensorWeighing> weighed = weigh(written, written(layer.source), 4, GptqOrder.BY_COLUMN);

    assertThat(weighed).extracting(TensorWeighing::level).containsOnly(Level.DEVIATES);
    assertThat(weighed.get(0).certificate().orElseThrow().matrices()).hasSize(3);

    PackingConfig varying = config(Optional.empty(), Optional.of(GptqOrder.BY_COLUMN));
    assertThat(weigh(written, written(layer.source), varying, Depth.EXACT))
        .as("where a module may have been calibrated by other settings")
        .extracting(TensorWeighing::level)
        .containsOnly(Level.WITHIN_BOUNDS);
  }

  @Test
  void matricesOfOtherGroupsAreWeighedAlone() throws IOException {
    var layer = new Layer();
    PackedWriter written = quantized(layer.source, layer.quantizer(true), 4);
    var other = new GptqQuantizer(64, 4, 64, true, true, new Random(60));
    written.gptq(LAYER + "k_proj", other.quantize(layer.source.get("k_proj").rows()), 4, 1);

    assertThat(weigh(written, written(layer.source), 4, GptqOrder.BY_COLUMN))
        .extracting(tensor -> tensor.certificate().orElseThrow().matrices().size())
        .containsExactlyInAnyOrder(2, 2, 1);
  }

  @ParameterizedTest
  @EnumSource(Depth.class)
  void withoutAnAlgorithmOrAtTheDepthOfCodesNothingIsDecided(Depth depth) throws IOException {
    var layer = new Layer();
    Map<String, SourceWeights> changed = new LinkedHashMap<>();
    layer.source.forEach((name, each) -> changed.put(name, Tampered.updated(each, 0.02)));
    PackedWriter written = quantized(changed, layer.quantizer(true), 4);
    Optional<GptqOrder> order =
        depth == Depth.CODES ? Optional.of(GptqOrder.BY_COLUMN) : Optional.empty();

    assertThat(weigh(written, written(layer.source), config(Optional.of(4L), order), depth))
        .allSatisfy(
            tensor -> {
              assertThat(tensor.level()).isEqualTo(Level.WITHIN_BOUNDS);
              assertThat(tensor.certificate()).isEmpty();
            });
  }
}
