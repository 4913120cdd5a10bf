package dev.weighmaster.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.weighmaster.digest.Findings;
import dev.weighmaster.digest.Reading;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.WeightsSummary.Split;
import dev.weighmaster.format.WeightsSummary.TypeCount;
import dev.weighmaster.format.gguf.GgufFormat;
import dev.weighmaster.format.safetensors.ShardIndex;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.LfsPointer;
import dev.weighmaster.hub.LoaderConfig;
import dev.weighmaster.hub.QuantizationConfig;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.time.Instant;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizationFinderTest {
  private static final TypeCount Q4 = new TypeCount("Q4_K", true, 10, 3200, 1800);
  private static final TypeCount Q6 = new TypeCount("Q6_K", true, 2, 256, 210);
  private static final TypeCount F16 = new TypeCount("F16", false, 1, 100, 200);
  private static final TypeCount MANY_F16 = new TypeCount("F16", false, 10, 1000, 2000);
  private static final TypeCount BF16 = new TypeCount("BF16", false, 1, 100, 200);
  private static final TypeCount I32 = new TypeCount("I32", true, 1, 10, 40);
  private static final WeightsSummary QUANTIZED = gguf(Role.MODEL, "Q4_K_M", null, Q4, F16);

  @Test
  void aQuantizedGgufIsOne() {
    assertThat(find(new Given("sub/m.gguf").weights(QUANTIZED)))
        .containsExactly(
            new Quantization(
                "acme/m",
                "rev",
                "sub/m.gguf",
                "gguf",
                Optional.of("Q4_K_M"),
                Optional.of(2000 * 8 / 3300.0),
                List.of("sub/m.gguf"),
                100,
                List.of("acme/source"),
                List.of("acme/base"),
                Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "m.bin",
        "m.txt",
        "m",
        "model.safetensors",
        "README.md",
        "config.json",
        "x.sig",
        "model.safetensors.index.json",
        "adapter_model.safetensors",
        "training_args.bin"
      })
  void aGgufByAnyOtherNameIsOne(String name) {
    assertThat(find(new Given(name).weights(QUANTIZED))).hasSize(1);
    Given unparsed = new Given(name).weights(GgufFormat.GGUF.unparsed());
    assertThat(find(unparsed.problem(Reason.MALFORMED_WEIGHTS))).hasSize(1);
    assertThat(find(unparsed.problem(Reason.UNSUPPORTED))).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Role.class,
      names = {"ADAPTER", "IMATRIX", "VOCABULARY"})
  void whatIsNoModelIsNone(Role role) {
    assertThat(find(new Given("m.gguf").weights(gguf(role, "Q4_K_M", null, Q4)))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "m-Q4_K_M.gguf, 1",
    "mmproj/m-Q4_K_M.gguf, 1",
    "mmproj-Q4_K_M.gguf, 0",
    "m.MMPROJ-Q4_K_M.gguf, 0"
  })
  void aQuantizedProjectorIsOneUnlessItsNameSaysWhatItIs(String name, int rows) {
    Given projector = new Given(name);

    assertThat(find(projector.weights(gguf(Role.PROJECTOR, "Q4_K_M", null, Q4, F16))))
        .hasSize(rows);
    assertThat(find(projector.weights(gguf(Role.PROJECTOR, "Q6_K", null, MANY_F16, Q6)))).isEmpty();
  }

  @Test
  void aConversionIsNone() {
    assertThat(find(new Given("m.gguf").weights(gguf(Role.MODEL, null, null, F16)))).isEmpty();
    assertThat(find(new Given("other.bin"), new Given("README.md"), new Given("m.safetensors")))
        .isEmpty();
  }

  @Test
  void aGgufThatCanNotBeJudgedIsOneWithAProblem() {
    for (Reason reason :
        List.of(
            Reason.MALFORMED_WEIGHTS,
            Reason.UNSUPPORTED,
            Reason.IO_ERROR,
            Reason.CHANGED_DURING_READ)) {
      assertThat(find(new Given("m.gguf").problem(reason)))
          .singleElement()
          .satisfies(
              found -> {
                assertThat(found.problem().map(Problem::reason)).hasValue(reason);
                assertThat(found.method()).isEmpty();
              });
    }
    assertThat(find(new Given("m.gguf").pointer()))
        .singleElement()
        .satisfies(
            found ->
                assertThat(found.problem())
                    .hasValue(
                        new Problem(
                            Reason.IO_ERROR,
                            "m.gguf: only a pointer file to sha256:abcd is here")));
  }

  @Test
  void aSplitSetIsOneInTheOrderOfItsParts() {
    List<Quantization> found =
        find(
            new Given("m-00003-of-00003.gguf").weights(part(2, 3, "Q4_K", Q4)),
            new Given("m-00001-of-00003.gguf").weights(part(0, 3, null)),
            new Given("m-00002-of-00003.gguf").weights(part(1, 3, "Q6_K", Q6)),
            new Given("other-00001-of-00001.gguf").weights(QUANTIZED));

    assertThat(found)
        .extracting(Quantization::name)
        .containsExactly("m-00001-of-00003.gguf", "other-00001-of-00001.gguf");
    assertThat(found.get(0).files())
        .containsExactly("m-00001-of-00003.gguf", "m-00002-of-00003.gguf", "m-00003-of-00003.gguf");
    assertThat(found.get(0).bytes()).isEqualTo(300);
    assertThat(found.get(0).method()).hasValue("Q4_K");
    assertThat(found.get(0).problem()).isEmpty();
    assertThat(found.get(0).sourceModels()).containsExactly("acme/source");
  }

  @Test
  void theMethodThatOnePartClaimsIsTheSets() {
    assertThat(
            find(
                new Given("m-00001-of-00002.gguf").weights(part(0, 2, "Q4_K_M", Q4)),
                new Given("m-00002-of-00002.gguf").weights(part(1, 2, "Q6_K", Q6))))
        .extracting(Quantization::method)
        .containsExactly(Optional.of("Q4_K_M"));
  }

  @Test
  void aMethodThatNoPartBearsOutIsNotTheSets() {
    assertThat(
            find(
                new Given("m-00001-of-00002.gguf").weights(part(0, 2, "Q4_K_M", Q6)),
                new Given("m-00002-of-00002.gguf").weights(part(1, 2, "Q6_K", Q6))))
        .extracting(Quantization::method)
        .containsExactly(Optional.of("Q6_K"));
  }

  @Test
  void aSplitSetThatIsNotAllHereCanNotBeJudged() {
    assertNotHere(
        "m-00001-of-00003.gguf is part of a set of 3, of which part 2 is not here",
        new Given("m-00001-of-00003.gguf").weights(part(0, 3, "Q4_K_M", Q4)),
        new Given("m-00003-of-00003.gguf").weights(part(2, 3, "Q4_K", Q4)));
    assertNotHere(
        "m-00001-of-00002.gguf is part of a set of 2, of which part 2 is not here",
        new Given("m-00001-of-00002.gguf").weights(part(0, 2, null)));
  }

  @Test
  void aSplitSetWhoseNamesAndHeadersDifferIsMalformed() {
    assertProblem(
        "m-00003-of-00002.gguf is not part of a set of 2",
        new Given("m-00003-of-00002.gguf").weights(QUANTIZED));
    assertProblem(
        "m-00000-of-00001.gguf is not part of a set of 1",
        new Given("m-00000-of-00001.gguf").weights(QUANTIZED));
    assertProblem(
        "m-00001-of-00000.gguf is not part of a set of 0",
        new Given("m-00001-of-00000.gguf").weights(QUANTIZED));
    assertProblem(
        "m.gguf says in its header that it is part 1 of 2, by its name it is part 1 of 1",
        new Given("m.gguf").weights(part(0, 2, "Q4_K_M", Q4)));
    assertProblem(
        "m-00001-of-00002.gguf says in its header that it is part 2 of 2, by its name it is part"
            + " 1 of 2",
        new Given("m-00001-of-00002.gguf").weights(part(1, 2, "Q4_K_M", Q4)),
        new Given("m-00002-of-00002.gguf").weights(part(1, 2, "Q4_K_M", Q4)));
    assertProblem(
        "m-00001-of-00002.gguf belongs to a set of 99 tensors, but the set holds 12",
        new Given("m-00001-of-00002.gguf")
            .weights(gguf(Role.MODEL, "Q4_K_M", new Split(0, 2, Optional.of(99L)), Q4)),
        new Given("m-00002-of-00002.gguf").weights(part(1, 2, "Q6_K", Q6)));
  }

  @Test
  void aPartThatCanNotBeReadIsTheSetsProblem() {
    assertProblem(
        "x",
        new Given("m-00001-of-00002.gguf").weights(part(0, 2, "Q4_K_M", Q4)),
        new Given("m-00002-of-00002.gguf").problem(Reason.MALFORMED_WEIGHTS));
  }

  @Test
  void aFullPrecisionSetWithAPartMissingIsNone() {
    assertThat(find(new Given("m-00001-of-00002.gguf").weights(part(0, 2, null, F16)))).isEmpty();
  }

  @Test
  void theSafetensorsBesideAQuantizedConfigurationAreOne() {
    WeightsSummary adapter = safetensors(Role.ADAPTER, F16);
    List<Quantization> found =
        find(
            new Given("config.json").config("GPTQ", 4),
            new Given("b.safetensors"),
            new Given("a.safetensors"),
            new Given("adapter_model.safetensors").weights(adapter),
            new Given("pytorch_model.bin"),
            new Given("other/c.safetensors"),
            new Given("transformer/config.json").config("FP8", null),
            new Given("transformer/d.safetensors")
                .weights(safetensors(Role.MODEL, new TypeCount("F8_E4M3", true, 1, 10, 10))),
            new Given("q4.gguf").weights(QUANTIZED));

    assertThat(found)
        .extracting(Quantization::name)
        .containsExactly("a.safetensors", "q4.gguf", "transformer/d.safetensors");
    assertThat(found.get(0).files()).containsExactly("a.safetensors", "b.safetensors");
    assertThat(found.get(0).format()).isEqualTo("safetensors");
    assertThat(found.get(0).method()).hasValue("GPTQ");
    assertThat(found.get(0).bitsPerWeight()).hasValue(4.0);
    assertThat(found.get(0).problem()).isEmpty();
    assertThat(found.get(2).bitsPerWeight()).hasValue(8.0);
  }

  @Test
  void packedIntegersDoNotTellTheBitsOfAWeight() {
    assertThat(
            find(
                new Given("config.json").config("GPTQ", null),
                new Given("a.safetensors").weights(safetensors(Role.MODEL, I32))))
        .extracting(Quantization::bitsPerWeight)
        .containsExactly(Optional.empty());
  }

  @Test
  void otherWeightsBesideAQuantizedConfigurationAreOneForEachFormat() {
    List<Quantization> found =
        find(
            new Given("quantize_config.json").config("GPTQ", 4),
            new Given("b.pt"),
            new Given("a.bin"),
            new Given("m.onnx"),
            new Given("hidden.bin").weights(QUANTIZED));

    assertThat(found).extracting(Quantization::format).containsExactly("pytorch", "gguf", "onnx");
    assertThat(found.get(0).files()).containsExactly("a.bin", "b.pt");
  }

  @Test
  void aConfigurationWithoutWeightsOrQuantizationIsNone() {
    assertThat(find(new Given("config.json").problem(Reason.MALFORMED_WEIGHTS))).isEmpty();
    assertThat(find(new Given("config.json").config("GPTQ", 4), new Given("sub/m.onnx"))).isEmpty();
    assertThat(find(new Given("config.json"), new Given("a.safetensors"))).isEmpty();
  }

  @Test
  void aMalformedConfigurationBesideWeightsIsNotLost() {
    assertProblem(
        "x",
        new Given("config.json").problem(Reason.MALFORMED_WEIGHTS),
        new Given("a.safetensors"));
    assertProblem(
        "x", new Given("config.json").problem(Reason.MALFORMED_WEIGHTS), new Given("a.bin"));
    assertThat(find(new Given("config.json").pointer(), new Given("a.safetensors")))
        .extracting(found -> found.problem().map(Problem::reason))
        .containsExactly(Optional.of(Reason.IO_ERROR));
  }

  @Test
  void aShardThatTheIndexNamesIsNotToBeMissing() {
    assertNotHere(
        "s/b.safetensors, which s/model.safetensors.index.json names, is not here",
        new Given("s/config.json").config("AWQ", 4),
        new Given("s/model.safetensors.index.json").index("a.safetensors", "b.safetensors"),
        new Given("s/a.safetensors"));
    assertNotHere(
        "a.safetensors, which model.safetensors.index.json names, is not here",
        new Given("config.json").config("AWQ", 4),
        new Given("model.safetensors.index.json").index("a.safetensors"));
    assertProblem(
        "x",
        new Given("config.json").config("AWQ", 4),
        new Given("model.safetensors.index.json").problem(Reason.MALFORMED_WEIGHTS),
        new Given("a.safetensors"));
    assertProblem(
        "x",
        new Given("config.json").config("AWQ", 4),
        new Given("a.safetensors").problem(Reason.MALFORMED_WEIGHTS));
  }

  @Test
  void anIndexOfAnotherBuildIsNoDefectOfTheWeights() {
    assertSound(
        List.of("model.safetensors"),
        new Given("config.json").config("MLX", 4),
        new Given("model.safetensors.index.json")
            .index("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"),
        new Given("model.safetensors"));
    assertSound(
        List.of("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"),
        new Given("config.json").config("MLX", 4),
        new Given("model.safetensors.index.json")
            .index("model-00001-of-00003.safetensors", "model-00003-of-00003.safetensors"),
        new Given("model-00001-of-00002.safetensors"),
        new Given("model-00002-of-00002.safetensors"));
    assertSound(
        List.of("a.bin"),
        new Given("config.json").config("GPTQ", 4),
        new Given("model.safetensors.index.json").index("model.safetensors"),
        new Given("a.bin"));
    assertSound(
        List.of("model.safetensors"),
        new Given("config.json").config("AWQ", 4),
        new Given("model.safetensors.index.json").index(new String[0]),
        new Given("model.safetensors"));
  }

  @Test
  void aShardThatIsGoneTogetherWithItsIndexIsMissed() {
    assertNotHere(
        "model-00001-of-00003.safetensors is part of a set of 3, of which part 2 is not here",
        new Given("config.json").config("AWQ", 4),
        new Given("model-00001-of-00003.safetensors"),
        new Given("model-00003-of-00003.safetensors"));
    assertNotHere(
        "model-00001-of-00003.safetensors is part of a set of 3, of which part 3 is not here",
        new Given("config.json").config("AWQ", 4),
        new Given("model.safetensors.index.json")
            .index("model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors"),
        new Given("model-00001-of-00003.safetensors"),
        new Given("model-00002-of-00003.safetensors"));
    assertNotHere(
        "pytorch_model-00002-of-00002.bin is part of a set of 2, of which part 1 is not here",
        new Given("config.json").config("GPTQ", 4),
        new Given("pytorch_model-00002-of-00002.bin"));
    assertNotHere(
        "m-00002-of-000002.fp16.safetensors is part of a set of 2, of which part 1 is not here",
        new Given("m-00002-of-000002.fp16.safetensors").weights(safetensors(Role.MODEL, I32)));
  }

  @Test
  void anIndexMayNotLeaveOutAPartOfASetThatItNames() {
    String left =
        "model-00002-of-00002.safetensors is here, but model.safetensors.index.json names only other"
            + " parts of its set";
    Given index =
        new Given("model.safetensors.index.json").index("model-00001-of-00002.safetensors");
    Given[] parts = {
      new Given("model-00001-of-00002.safetensors").weights(safetensors(Role.MODEL, I32)),
      new Given("model-00002-of-00002.safetensors").weights(safetensors(Role.MODEL, I32))
    };

    assertProblem(left, new Given("config.json").config("AWQ", 4), index, parts[0], parts[1]);
    assertThat(find(index, parts[0], parts[1]))
        .anySatisfy(
            found -> assertThat(found.problem().map(Problem::detail)).isEqualTo(Optional.of(left)));
  }

  @Test
  void shardsOfAnotherBuildBesideAllThatTheIndexNamesAreNotMissed() {
    assertSound(
        List.of("a-00001-of-00001.safetensors", "a-00002-of-00009.safetensors"),
        new Given("config.json").config("AWQ", 4),
        new Given("model.safetensors.index.json").index("a-00001-of-00001.safetensors"),
        new Given("a-00001-of-00001.safetensors"),
        new Given("a-00002-of-00009.safetensors"));
  }

  @Test
  void partsThatAreNumberedFrom0AreASet() {
    assertSound(
        List.of("m-00000-of-00002.safetensors", "m-00001-of-00002.safetensors"),
        new Given("config.json").config("AWQ", 4),
        new Given("m-00000-of-00002.safetensors"),
        new Given("m-00001-of-00002.safetensors"));
  }

  @Test
  void weightsThatLookQuantizedAreOneWithoutAConfiguration() {
    Given quantized =
        new Given("a-00001-of-00002.safetensors").weights(safetensors(Role.MODEL, I32, F16));
    Given rest = new Given("a-00002-of-00002.safetensors").weights(safetensors(Role.MODEL, BF16));
    Given other = new Given("vae.safetensors").weights(safetensors(Role.MODEL, BF16));
    Given adapter = new Given("lora.safetensors").weights(safetensors(Role.ADAPTER, I32));

    List<Quantization> found = find(quantized, rest, other, adapter, new Given("config.json"));

    assertThat(found)
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.method()).hasValue("UNKNOWN");
              assertThat(each.format()).isEqualTo("safetensors");
              assertThat(each.files())
                  .containsExactly("a-00001-of-00002.safetensors", "a-00002-of-00002.safetensors");
              assertThat(each.problem()).isEmpty();
            });
  }

  @Test
  void aShortenedExtensionHidesNothing() {
    assertThat(find(new Given("q.sft").weights(safetensors(Role.MODEL, I32, F16))))
        .extracting(Quantization::name, Quantization::format)
        .containsExactly(tuple("q.sft", "safetensors"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.safetensors",
        "model.fp16.safetensors",
        "model-00001-of-00001.safetensors",
        "pytorch_model.safetensors",
        "diffusion_pytorch_model.safetensors",
        "consolidated.safetensors"
      })
  void namesOfTensorsMakeNoAdapterOfWhatIsLoadedAsAModel(String name) {
    Given weights = new Given(name).weights(safetensors(Role.ADAPTER, I32));

    assertSound(List.of(name), new Given("config.json").config("GPTQ", 4), weights);
    assertSound(List.of(name), weights);
  }

  @Test
  void namesOfTensorsMakeNoAdapterOfWhatIsSaidToBeQuantized() {
    Given config = new Given("config.json").config("GPTQ", 4);
    Given packed = new Given("gptq_model.safetensors").weights(safetensors(Role.ADAPTER, I32));

    assertSound(List.of("gptq_model.safetensors"), config, packed);
    assertThat(find(packed)).isEmpty();
  }

  @Test
  void namesOfTensorsMakeNoAdapterOfWhatAnIndexNames() {
    assertSound(
        List.of("q.safetensors"),
        new Given("model.safetensors.index.json").index("q.safetensors"),
        new Given("q.safetensors").weights(safetensors(Role.ADAPTER, I32)));
  }

  @Test
  void adaptersBesideAQuantizationAreNotOfIt() {
    assertSound(
        List.of("model.safetensors"),
        new Given("adapter_config.json"),
        new Given("adapter_model.safetensors").weights(safetensors(Role.ADAPTER, I32)),
        new Given("config.json").config("GPTQ", 4),
        new Given("lora.safetensors").weights(safetensors(Role.ADAPTER, F16)),
        new Given("model.safetensors").weights(safetensors(Role.MODEL, I32)));
  }

  @Test
  void tensorsOfATypeThatNobodyKnowsLookQuantized() {
    assertThat(find(new Given("a.safetensors").problem(Reason.UNSUPPORTED)))
        .extracting(each -> each.problem().map(Problem::reason))
        .containsExactly(Optional.of(Reason.UNSUPPORTED));
  }

  @Test
  void weightsThatAnIndexNamesAreOneTogetherWithoutAConfiguration() {
    WeightsSummary quantized = safetensors(Role.MODEL, I32);
    Given index = new Given("model.safetensors.index.json").index("sub/a.safetensors", "b.bin");

    assertThat(find(index, new Given("sub/a.safetensors").weights(quantized), new Given("b.bin")))
        .extracting(Quantization::files)
        .containsExactly(List.of("b.bin", "sub/a.safetensors"));
    assertNotHere(
        "b.bin, which model.safetensors.index.json names, is not here",
        index,
        new Given("sub/a.safetensors").weights(quantized));
  }

  @ParameterizedTest
  @CsvSource({
    "pytorch_model.bin.index.json, sub/p-1.bin, pytorch",
    "pytorch_model.bin.index.json, w.dat, pytorch",
    "pytorch_model.bin.index.json, sub/a.safetensors, safetensors",
    "tf_model.h5.index.json, w.dat, keras",
    "model.safetensors.index.fp16.json, w.dat, safetensors",
    "model.safetensors.index.fp16.json, sub/a.safetensors, safetensors"
  })
  void weightsThatAnyIndexNamesAreNotLost(String index, String weights, String format) {
    Given config = new Given("c/config.json").config("GPTQ", 4);
    Given names = new Given("c/" + index).index(weights);
    Given here = new Given("c/" + weights);

    for (Given other :
        List.of(
            new Given("c/onnx/model.onnx"),
            new Given("onnx/model.onnx"),
            new Given("c/f16.gguf").weights(gguf(Role.MODEL, null, null, F16)))) {
      assertThat(find(config, names, here, other))
          .singleElement()
          .satisfies(
              found -> {
                assertThat(found.files()).containsExactly("c/" + weights);
                assertThat(found.format()).isEqualTo(format);
                assertThat(found.method()).hasValue("GPTQ");
                assertThat(found.problem()).isEmpty();
              });
    }
  }

  @Test
  void whatAnIndexOfOtherWeightsNamesBelongsToTheFilesOfItsFormat() {
    assertThat(
            find(
                new Given("config.json").config("GPTQ", 4),
                new Given("pytorch_model.bin.index.json").index("a.bin", "sub/b.dat"),
                new Given("a.bin"),
                new Given("c.pt"),
                new Given("m.onnx"),
                new Given("sub/b.dat")))
        .extracting(Quantization::files)
        .containsExactly(List.of("a.bin", "c.pt", "sub/b.dat"), List.of("m.onnx"));
  }

  @Test
  void anIndexThatNamesNothingOfWhatLiesBesideItIsOfAnotherBuild() {
    assertSound(
        List.of("a.bin"),
        new Given("config.json").config("GPTQ", 4),
        new Given("pytorch_model.bin.index.json").index("sub/b.bin", "sub/c.bin"),
        new Given("a.bin"),
        new Given("sub/b.bin"));
  }

  @Test
  void anIndexOfOtherWeightsMayNotNameWhatIsNotHereNorLeaveOutAPart() {
    Given config = new Given("config.json").config("GPTQ", 4);
    String index = "pytorch_model.bin.index.json";

    assertNotHere(
        "b.bin, which pytorch_model.bin.index.json names, is not here",
        config,
        new Given(index).index("a.bin", "b.bin"),
        new Given("a.bin"));
    assertNotHere(
        "b.bin, which pytorch_model.bin.index.json names, is not here",
        config,
        new Given(index).index("b.bin"));
    assertProblem(
        "p-00002-of-00002.bin is here, but pytorch_model.bin.index.json names only other parts of"
            + " its set",
        config,
        new Given(index).index("p-00001-of-00002.bin"),
        new Given("p-00001-of-00002.bin"),
        new Given("p-00002-of-00002.bin"));
    assertProblem(
        Reason.UNSUPPORTED,
        "pytorch_model.bin.index.json is not a readable index",
        config,
        new Given(index),
        new Given("sub/p-1.bin"));
  }

  @Test
  void anIndexOfOtherWeightsSaysNothingOfSafetensorsBesideIt() {
    for (Given index :
        List.of(
            new Given("pytorch_model.bin.index.json").index("a.bin", "b.bin"),
            new Given("pytorch_model.bin.index.json"))) {
      assertSound(
          List.of("model.safetensors"),
          new Given("config.json").config("GPTQ", 4),
          index,
          new Given("a.bin"),
          new Given("model.safetensors"));
      assertThat(find(new Given("config.json"), index, new Given("a.bin"))).isEmpty();
    }
  }

  @Test
  void plainTypesBesideAConfigurationThatMayCarryAQuantizationAreOne() {
    Given unread = new Given("config.json").config("UNKNOWN", null).problem(Reason.UNSUPPORTED);

    assertProblem(
        Reason.UNSUPPORTED,
        "x",
        unread,
        new Given("a.safetensors").weights(safetensors(Role.MODEL, BF16)));
  }

  @Test
  void weightsInAnyFolderAreNotLostBehindARefusedIndexOrABrokenConfiguration() {
    Given refused = new Given("model.safetensors.index.json").problem(Reason.MALFORMED_WEIGHTS);
    Given broken = new Given("config.json").problem(Reason.MALFORMED_WEIGHTS);
    Given inside = new Given("x/y/a.safetensors");

    assertProblem("x", refused, new Given("config.json").config("AWQ", 4), inside);
    assertProblem("x", broken, inside);
    assertProblem("x", broken, new Given("x/y/a.onnx"));
    assertProblem("x", refused, new Given("a.safetensors").weights(safetensors(Role.MODEL, I32)));
    assertThat(find(broken, new Given("x/config.json"), inside)).isEmpty();
    assertThat(find(new Given("z/config.json").problem(Reason.MALFORMED_WEIGHTS), inside))
        .isEmpty();
  }

  @Test
  void fullPrecisionWeightsBesideABrokenConfigurationAreNone() {
    Given broken = new Given("config.json").problem(Reason.MALFORMED_WEIGHTS);
    WeightsSummary mixed = safetensors(Role.MODEL, BF16, I32);

    assertThat(find(broken, new Given("a.safetensors").weights(safetensors(Role.MODEL, BF16, F16))))
        .isEmpty();
    assertProblem("x", broken, new Given("a.safetensors").weights(mixed));
  }

  @Test
  void aConfigurationInSmallLettersGoesFirst() {
    assertThat(
            find(
                new Given("Config.json").config("GPTQ", 4),
                new Given("config.json").config("AWQ", 4),
                new Given("a.safetensors")))
        .extracting(Quantization::method)
        .containsExactly(Optional.of("AWQ"));
  }

  @Test
  void aConfigurationWhoseWeightsAreNotHereIsOne() {
    Given config = new Given("config.json").config("AWQ", 4);
    Given index = new Given("model.safetensors.index.json").index("a.safetensors");

    assertNotHere("the weights that config.json says are quantized are not here", config);
    assertThat(find(config, new Given("q.gguf").weights(QUANTIZED)))
        .extracting(Quantization::name)
        .containsExactly("q.gguf");
    assertThat(find(config, index, new Given("q.gguf").weights(QUANTIZED)))
        .extracting(Quantization::name)
        .containsExactly("q.gguf");
  }

  @Test
  void weightsThatAnIndexNamesOutOfSightAreOneWhateverLiesBesideIt() {
    Given config = new Given("config.json").config("GPTQ", 4);
    Given index = new Given("model.safetensors.index.json").index(".cache/q.safetensors");
    Given away = new Given("away/").unlisted();
    Given awayIndex = new Given("model.safetensors.index.json").index("away/q.safetensors");
    Given full = new Given("m.gguf").weights(gguf(Role.MODEL, null, null, F16));

    assertNotHere(
        ".cache/q.safetensors, which model.safetensors.index.json names,"
            + " is outside of what is audited",
        config,
        index,
        full);
    assertNotHere(
        "away/q.safetensors, which model.safetensors.index.json names,"
            + " is outside of what is audited",
        config,
        away,
        awayIndex,
        full);
  }

  @ParameterizedTest
  @ValueSource(strings = {".cache/q.safetensors", "../q.safetensors", "/srv/q.safetensors"})
  void weightsThatAConfigurationNamesOutOfSightAreOneWhateverLiesBelowIt(String path) {
    Given config = new Given("config.json").config("GPTQ", 4).loading(path);
    String detail = path + ", which config.json names, is outside of what is audited";

    assertNotHere(detail, config, new Given("sub/m.safetensors"));
    assertNotHere(detail, config, new Given("m.gguf").weights(gguf(Role.MODEL, null, null, F16)));
  }

  @Test
  void weightsThatAConfigurationNamesAreFoundHoweverThePathIsWritten() {
    assertSound(
        List.of("sub/q.safetensors"),
        new Given("config.json").config("GPTQ", 4).loading("./sub//q.safetensors"),
        new Given("sub/q.safetensors").weights(safetensors(Role.MODEL, BF16)));
  }

  @Test
  void aConfigurationThatNamesMoreThanIsKeptMayNameWeightsOutOfSight() {
    assertProblem(
        Reason.UNSUPPORTED,
        "config.json may name any weights",
        new Given("config.json").config("GPTQ", 4).loader(LoaderConfig.UNREADABLE),
        new Given("sub/m.safetensors"));
  }

  @Test
  void weightsThatAConfigurationNamesInVainBesideAGgufAreOfItsSource() {
    assertThat(
            find(
                new Given("config.json").config("GPTQ", 4).loading("q.safetensors"),
                new Given("m.gguf").weights(gguf(Role.MODEL, null, null, F16))))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "m.gguf.part1of2,m.gguf.part2of2",
        "m.gguf.part01of02,m.gguf.part02of02",
        "m.gguf-split-a,m.gguf-split-b",
        "m.gguf.split-aa,m.gguf.split-ab",
        "m.GGUF.a,m.GGUF.b",
        "m.gguf.aa,m.gguf.ab",
        "m.gguf.001,m.gguf.002",
        "m.gguf.0,m.gguf.1",
        "m.gguf.part0,m.gguf.part1"
      })
  void piecesOfAGgufAreOneFile(String names) {
    String[] name = names.split(",");
    assertThat(find(new Given(name[0]).weights(cut(100)), new Given(name[1])))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.files()).containsExactly(name);
              assertThat(found.bytes()).isEqualTo(200);
              assertThat(found.method()).hasValue("Q4_K_M");
              assertThat(found.problem()).isEmpty();
            });
  }

  /** Two names can stand for one place: neither hides the other. */
  @ParameterizedTest
  @CsvSource({"m.gguf.1, m.gguf.01", "m.gguf.aa, m.gguf.AA", "m.gguf.part1of2, m.gguf.part01of02"})
  void aGgufIsNotHiddenByAnotherFileOfItsPlace(String one, String other) {
    for (List<String> names : List.of(List.of(one, other), List.of(other, one))) {
      assertThat(find(new Given(names.get(0)).weights(QUANTIZED), new Given(names.get(1))))
          .flatExtracting(Quantization::files)
          .contains(names.get(0));
    }
  }

  @Test
  void piecesThatDoNotMakeTheFileAreNotAllHere() {
    assertNotHere(
        "m.gguf.part1of3 is a piece of a GGUF file, of which piece 2 of 3 is not here",
        new Given("m.gguf.part1of3").weights(cut(150)),
        new Given("m.gguf.part3of3"));
    assertNotHere(
        "m.gguf.part1of2 is a piece of a GGUF file, of which piece 2 of 2 is not here",
        new Given("m.gguf.part1of2").weights(cut(150)));
    assertNotHere(
        "m.gguf.a is a piece of a GGUF file, of which another piece, of 50 bytes, is not here",
        new Given("m.gguf.a").weights(cut(150)),
        new Given("m.gguf.b"));
    assertNotHere(
        "m.gguf.a is a piece of a GGUF file, of which one of the pieces between is not here",
        new Given("m.gguf.a").weights(cut(150)),
        new Given("m.gguf.c"));
    assertNotHere(
        "m.gguf.part2of2 is a piece of a GGUF file, of which the first piece of the file is not"
            + " here",
        new Given("m.gguf.part2of2"));
    assertProblem(
        "m.gguf.part1of2 and the other pieces are 50 bytes less than its header says",
        new Given("m.gguf.part1of2").weights(cut(150)),
        new Given("m.gguf.part2of2"));
  }

  @Test
  void aGgufThatIsWholeIsNoPieceByItsName() {
    assertThat(
            find(
                new Given("m.gguf.a").weights(QUANTIZED),
                new Given("m.gguf.b").weights(QUANTIZED),
                new Given("m.gguf.c"),
                new Given("n.gguf.2"),
                new Given("o.gguf.a").weights(cut(50)),
                new Given("o.gguf.b").weights(QUANTIZED)))
        .extracting(Quantization::name)
        .containsExactly("m.gguf.a", "m.gguf.b", "o.gguf.a", "o.gguf.b");
  }

  /** Counts how often its elements are looked at. */
  private static final class CountingList extends AbstractList<ScannedFile> {
    private final List<ScannedFile> files;
    private long looks;

    CountingList(List<ScannedFile> files) {
      this.files = files;
    }

    @Override
    public ScannedFile get(int index) {
      looks++;
      return files.get(index);
    }

    @Override
    public int size() {
      return files.size();
    }
  }

  @Test
  void whatTwoFoldersComeToIsOneWithTheFilesOfBoth() {
    Given config = new Given("config.json").config("AWQ", 4);
    Given index = new Given("model.safetensors.index.json").index("b/x.safetensors");
    Given nearer = new Given("b/config.json").config("GPTQ", 4);
    Given named = new Given("b/x.safetensors");
    Given beside = new Given("b/y.safetensors");

    assertSound(
        List.of("b/x.safetensors", "b/y.safetensors"), config, index, nearer, named, beside);
    assertProblem("x", config, index, nearer, named, beside.problem(Reason.MALFORMED_WEIGHTS));
    assertNotHere(
        "b/x.safetensors, which model.safetensors.index.json names, is not here",
        config,
        index,
        nearer,
        new Given("b/model.safetensors.index.json").index("x.safetensors"));
  }

  @Test
  void theFilesAreLookedAtAsOftenWhateverFoldersAndIndexesThereAre() {
    List<ScannedFile> files = new ArrayList<>();
    for (int folder = 0; folder < 2000; folder++) {
      String[] names = new String[50];
      for (int i = 0; i < names.length; i++) {
        names[i] = "%05d.safetensors".formatted(i);
        files.add(new Given(folder + "/" + names[i]).scanned());
      }
      files.add(new Given(folder + "/config.json").config("AWQ", 4).scanned());
      files.add(new Given(folder + "/model.safetensors.index.json").index(names).scanned());
    }
    CountingList counted = new CountingList(files);

    assertThat(QuantizationFinder.find(counted)).hasSize(2000);

    assertThat(counted.looks).isLessThan(4L * files.size());
  }

  @Test
  void theSearchEndsWhenNobodyWaitsForItAnyLonger() {
    List<ScannedFile> files = List.of(new Given("m.gguf").weights(QUANTIZED).scanned());
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> QuantizationFinder.find(files)).isInstanceOf(WorkStopped.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  private static void assertSound(List<String> set, Given... files) {
    assertThat(find(files))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.problem()).isEmpty();
              assertThat(found.files()).isEqualTo(set);
            });
  }

  private static void assertProblem(String detail, Given... files) {
    assertProblem(Reason.MALFORMED_WEIGHTS, detail, files);
  }

  private static void assertNotHere(String detail, Given... files) {
    assertProblem(Reason.IO_ERROR, detail, files);
  }

  private static void assertProblem(Reason reason, String detail, Given... files) {
    assertThat(find(files))
        .extracting(Quantization::problem)
        .containsExactly(Optional.of(new Problem(reason, detail)));
  }

  /** Finds the same whatever the order of the files is. */
  private static List<Quantization> find(Given... given) {
    List<ScannedFile> files = new ArrayList<>(Arrays.stream(given).map(Given::scanned).toList());
    List<Quantization> found = QuantizationFinder.find(files);
    for (int seed = 0; seed < 5; seed++) {
      Collections.shuffle(files, new Random(seed));
      assertThat(QuantizationFinder.find(files)).isEqualTo(found);
    }
    return found;
  }

  private static WeightsSummary part(int index, int count, String method, TypeCount... types) {
    return gguf(Role.MODEL, method, new Split(index, count, Optional.empty()), types);
  }

  private static WeightsSummary gguf(Role role, String method, Split split, TypeCount... types) {
    return new WeightsSummary(
        "GGUF v3",
        role,
        Optional.of("llama"),
        Optional.ofNullable(method),
        List.of(types),
        Optional.ofNullable(split),
        List.of("acme/source"),
        List.of("acme/base"),
        0);
  }

  private static WeightsSummary safetensors(Role role, TypeCount... types) {
    return new WeightsSummary(
        "safetensors",
        role,
        Optional.empty(),
        Optional.empty(),
        List.of(types),
        Optional.empty(),
        List.of(),
        List.of(),
        0);
  }

  /** A first piece that lacks so many bytes. */
  private static WeightsSummary cut(long missing) {
    return new WeightsSummary(
        "GGUF v3",
        Role.MODEL,
        Optional.of("llama"),
        Optional.of("Q4_K_M"),
        List.of(Q4),
        Optional.empty(),
        List.of(),
        List.of(),
        missing);
  }

  /** A file of 100 bytes, as a scan shows it. */
  private record Given(
      String name,
      Optional<WeightsSummary> summary,
      Optional<QuantizationConfig> config,
      Optional<ShardIndex> index,
      Optional<LoaderConfig> loader,
      Optional<LfsPointer> lfsPointer,
      Optional<Problem> fault) {
    Given(String name) {
      this(
          name,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }

    Given weights(WeightsSummary weights) {
      return new Given(name, Optional.of(weights), config, index, loader, lfsPointer, fault);
    }

    Given config(String method, Integer bits) {
      QuantizationConfig found =
          new QuantizationConfig(method, Optional.ofNullable(bits).map(Integer::doubleValue));
      return new Given(name, summary, Optional.of(found), index, loader, lfsPointer, fault);
    }

    Given index(String... files) {
      ShardIndex found = new ShardIndex(List.of(files));
      return new Given(name, summary, config, Optional.of(found), loader, lfsPointer, fault);
    }

    Given loader(LoaderConfig found) {
      return new Given(name, summary, config, index, Optional.of(found), lfsPointer, fault);
    }

    /** A configuration that names the weights to load. */
    Given loading(String path) {
      return loader(new LoaderConfig(List.of(), List.of(), List.of(path), List.of(), true));
    }

    /** A folder that could not be listed. */
    Given unlisted() {
      return problem(Reason.IO_ERROR);
    }

    Given pointer() {
      LfsPointer found = new LfsPointer("abcd", 7);
      return new Given(name, summary, config, index, loader, Optional.of(found), fault);
    }

    Given problem(Reason reason) {
      return new Given(
          name, summary, config, index, loader, lfsPointer, Optional.of(new Problem(reason, "x")));
    }

    ScannedFile scanned() {
      return ScannedFile.read(
          new HubFile(
              "acme/m",
              "rev",
              "acme/m/" + name,
              name,
              100,
              FileKind.of(name),
              Optional.empty(),
              Instant.EPOCH,
              Optional.empty(),
              false),
          "00",
          Reading.NONE,
          new Findings(
              Findings.VERSION,
              List.of(),
              summary,
              Optional.empty(),
              config,
              index,
              loader,
              lfsPointer,
              fault));
    }
  }
}
