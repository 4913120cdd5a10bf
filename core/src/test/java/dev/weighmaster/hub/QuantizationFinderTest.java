package dev.weighmaster.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.digest.Findings;
import dev.weighmaster.digest.Reading;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.WeightsSummary.Split;
import dev.weighmaster.format.WeightsSummary.TypeCount;
import dev.weighmaster.format.safetensors.ShardIndex;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizationFinderTest {
  private static final TypeCount Q4 = new TypeCount("Q4_K", true, 10, 3200, 1800);
  private static final TypeCount Q6 = new TypeCount("Q6_K", true, 2, 256, 210);
  private static final TypeCount F16 = new TypeCount("F16", false, 1, 100, 200);
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
  @ValueSource(strings = {"m.bin", "m.txt", "m"})
  void aGgufByAnyOtherNameIsOne(String name) {
    assertThat(find(new Given(name).weights(QUANTIZED))).hasSize(1);
    assertThat(find(new Given(name).problem(Reason.MALFORMED_WEIGHTS))).hasSize(1);
    assertThat(find(new Given(name).problem(Reason.UNSUPPORTED))).hasSize(1);
    assertThat(find(new Given(name).problem(Reason.IO_ERROR))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Role.class,
      names = {"ADAPTER", "PROJECTOR", "IMATRIX", "VOCABULARY"})
  void whatIsNoModelIsNone(Role role) {
    assertThat(find(new Given("m.gguf").weights(gguf(role, "Q4_K_M", null, Q4)))).isEmpty();
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
  void aSplitSetThatIsNoWholeIsMalformed() {
    assertProblem(
        "m-00001-of-00003.gguf is part of a set of 3, of which part 2 is missing",
        new Given("m-00001-of-00003.gguf").weights(part(0, 3, "Q4_K_M", Q4)),
        new Given("m-00003-of-00003.gguf").weights(part(2, 3, "Q4_K", Q4)));
    assertProblem(
        "m-00001-of-00002.gguf is part of a set of 2, of which part 2 is missing",
        new Given("m-00001-of-00002.gguf").weights(part(0, 2, null)));
    assertProblem(
        "m-00003-of-00002.gguf is no part of a set of 2",
        new Given("m-00003-of-00002.gguf").weights(QUANTIZED));
    assertProblem(
        "m-00000-of-00001.gguf is no part of a set of 1",
        new Given("m-00000-of-00001.gguf").weights(QUANTIZED));
    assertProblem(
        "m-00001-of-00000.gguf is no part of a set of 0",
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
    WeightsSummary adapter = gguf(Role.ADAPTER, null, null, F16);
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
                .weights(gguf(Role.MODEL, null, null, new TypeCount("F8_E4M3", true, 1, 10, 10))),
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
                new Given("a.safetensors")
                    .weights(gguf(Role.MODEL, null, null, new TypeCount("I32", true, 1, 10, 40)))))
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
    assertThat(find(new Given("config.json").config("GPTQ", 4))).isEmpty();
    assertThat(find(new Given("config.json").problem(Reason.MALFORMED_WEIGHTS))).isEmpty();
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
    assertProblem(
        "s/b.safetensors, which the index of its set names, is missing",
        new Given("s/config.json").config("AWQ", 4),
        new Given("s/model.safetensors.index.json").index("a.safetensors", "b.safetensors"),
        new Given("s/a.safetensors"));
    assertProblem(
        "a.safetensors, which the index of its set names, is missing",
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

  private static void assertProblem(String detail, Given... files) {
    assertThat(find(files))
        .extracting(Quantization::problem)
        .containsExactly(Optional.of(new Problem(Reason.MALFORMED_WEIGHTS, detail)));
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
        List.of("acme/base"));
  }

  /** A file of 100 bytes, as a scan shows it. */
  private record Given(
      String name,
      Optional<WeightsSummary> summary,
      Optional<QuantizationConfig> config,
      Optional<ShardIndex> index,
      Optional<LfsPointer> lfsPointer,
      Optional<Problem> fault) {
    Given(String name) {
      this(
          name,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }

    Given weights(WeightsSummary weights) {
      return new Given(name, Optional.of(weights), config, index, lfsPointer, fault);
    }

    Given config(String method, Integer bits) {
      QuantizationConfig found = new QuantizationConfig(method, Optional.ofNullable(bits));
      return new Given(name, summary, Optional.of(found), index, lfsPointer, fault);
    }

    Given index(String... files) {
      ShardIndex found = new ShardIndex(List.of(files));
      return new Given(name, summary, config, Optional.of(found), lfsPointer, fault);
    }

    Given pointer() {
      LfsPointer found = new LfsPointer("abcd", 7);
      return new Given(name, summary, config, index, Optional.of(found), fault);
    }

    Given problem(Reason reason) {
      return new Given(
          name, summary, config, index, lfsPointer, Optional.of(new Problem(reason, "x")));
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
              Optional.empty(),
              lfsPointer,
              fault));
    }
  }
}
