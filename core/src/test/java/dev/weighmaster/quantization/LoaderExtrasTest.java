package dev.weighmaster.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.digest.Findings;
import dev.weighmaster.digest.Reading;
import dev.weighmaster.digest.ScannedFile;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.safetensors.ShardIndex;
import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.LoaderConfig;
import dev.weighmaster.io.WorkStopped;
import dev.weighmaster.quantization.LoaderExtra.Kind;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoaderExtrasTest {
  private static final LoaderConfig NAMES_CODE =
      new LoaderConfig(List.of("modeling_a.py"), List.of(), List.of(), List.of(), true);

  private final List<ScannedFile> files = new ArrayList<>();

  private LoaderExtrasTest with(String... names) {
    for (String name : names) {
      files.add(file(name, Optional.empty(), Optional.empty(), Optional.empty()));
    }
    return this;
  }

  private LoaderExtrasTest config(String name, LoaderConfig config) {
    files.add(file(name, Optional.empty(), Optional.empty(), Optional.of(config)));
    return this;
  }

  private LoaderExtrasTest role(String name, Role role) {
    files.add(file(name, Optional.of(role), Optional.empty(), Optional.empty()));
    return this;
  }

  private static HubFile listed(String name) {
    return new HubFile(
        "q/m",
        "",
        "q/m/" + name,
        name,
        100,
        FileKind.of(name),
        Optional.empty(),
        Instant.EPOCH,
        Optional.empty(),
        false);
  }

  private static ScannedFile file(
      String name, Optional<Role> role, Optional<ShardIndex> index, Optional<LoaderConfig> config) {
    Optional<WeightsSummary> weights =
        role.map(
            each ->
                new WeightsSummary(
                    "any",
                    each,
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    0));
    return ScannedFile.read(
        listed(name),
        "00",
        Reading.NONE,
        new Findings(
            Findings.VERSION,
            List.of(),
            weights,
            Optional.empty(),
            Optional.empty(),
            index,
            config,
            Optional.empty(),
            Optional.empty()));
  }

  private static Quantization quantization(String format, String... files) {
    return new Quantization(
        "q/m",
        "",
        files[0],
        format,
        Optional.empty(),
        Optional.empty(),
        List.of(files),
        100,
        List.of(),
        List.of(),
        Optional.empty());
  }

  private List<LoaderExtra> of(Quantization quantization, String... vouched) {
    files.sort(Comparator.comparing(file -> file.file().name()));
    return new LoaderExtras(files, Set.of(vouched)::contains).of(quantization);
  }

  private List<LoaderExtra> besideModel(String... vouched) {
    with("config.json", "model.safetensors");
    return of(quantization("safetensors", "model.safetensors"), vouched);
  }

  @Test
  void theAdapterOfAConfigurationIsAppliedOnLoad() {
    assertThat(
            with("adapter_config.json", "adapter_model.safetensors", "adapter_model.bin")
                .besideModel())
        .containsExactly(
            new LoaderExtra("adapter_model.safetensors", Kind.ADAPTER),
            new LoaderExtra("adapter_model.bin", Kind.ADAPTER),
            new LoaderExtra("adapter_config.json", Kind.ADAPTER));
  }

  @Test
  void anAdapterIsNotLookedForWithoutItsConfiguration() {
    assertThat(role("adapter_model.safetensors", Role.ADAPTER).besideModel()).isEmpty();
  }

  @Test
  void anAdapterOfTheRootIsAppliedToWeightsInAFolder() {
    with("adapter_config.json", "adapter_model.safetensors", "4bit/config.json");

    assertThat(of(quantization("safetensors", "4bit/model.safetensors")))
        .extracting(LoaderExtra::kind)
        .containsOnly(Kind.ADAPTER);
  }

  @Test
  void anAdapterInAFolderBelowIsNotAppliedByItself() {
    assertThat(with("lora/adapter_config.json", "lora/adapter_model.safetensors").besideModel())
        .isEmpty();
  }

  @Test
  void pythonFilesCountWhereAConfigurationNamesClasses() {
    assertThat(
            config("tokenizer_config.json", NAMES_CODE)
                .with("modeling_a.py", "helpers.py", "docs/example.py")
                .besideModel())
        .containsExactly(
            new LoaderExtra("helpers.py", Kind.CODE), new LoaderExtra("modeling_a.py", Kind.CODE));
  }

  @Test
  void pythonFilesThatNothingNamesAreQuiet() {
    assertThat(with("example.py", "convert.py").besideModel()).isEmpty();
  }

  @Test
  void aConfigurationThatCanNotBeReadMayNameAnyPythonFile() {
    files.add(
        ScannedFile.unread(
            listed("tokenizer_config.json"),
            Reading.NONE,
            new Problem(Reason.IO_ERROR, "no permission")));

    assertThat(with("example.py").besideModel())
        .containsExactly(
            new LoaderExtra("tokenizer_config.json", Kind.CONFIGURATION),
            new LoaderExtra("example.py", Kind.CODE));
  }

  @Test
  void aConfigurationThatMayNameAnythingIsListedUnlessItIsVouchedFor() {
    config("config.json", LoaderConfig.UNREADABLE);
    Quantization model = quantization("safetensors", "model.safetensors");

    assertThat(of(model)).containsExactly(new LoaderExtra("config.json", Kind.CONFIGURATION));
    assertThat(of(model, "config.json")).isEmpty();
  }

  @Test
  void aModuleInAFolderIsFoundWithItsNeighbours() {
    assertThat(
            config(
                    "processor_config.json",
                    new LoaderConfig(
                        List.of("code/modeling.py"), List.of(), List.of(), List.of(), true))
                .with("code/modeling.py", "code/more.py")
                .besideModel())
        .extracting(LoaderExtra::file)
        .containsExactly("code/modeling.py", "code/more.py");
  }

  @ParameterizedTest
  @ValueSource(strings = {"custom_generate/generate.py", "handler.py"})
  void someCodeIsFoundByItsNameAlone(String name) {
    assertThat(with(name).besideModel()).containsExactly(new LoaderExtra(name, Kind.CODE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.py", "evil.pyc", "lib/evil.so"})
  void aFileThatMlxRunsIsCodeWhateverItsExtension(String file) {
    config("config.json", new LoaderConfig(List.of(file), List.of(), List.of(), List.of(), true));
    with(file, "model.safetensors");
    Quantization model = quantization("safetensors", "model.safetensors");

    assertThat(of(model)).containsExactly(new LoaderExtra(file, Kind.CODE));
    assertThat(of(model, file)).isEmpty();
  }

  @Test
  void aClassOfAnotherRepositoryCountsUnlessTheConfigurationIsVouchedFor() {
    config(
        "config.json",
        new LoaderConfig(List.of(), List.of("evil/code--m.A"), List.of(), List.of(), true));
    Quantization model = quantization("safetensors", "model.safetensors");

    assertThat(of(model)).containsExactly(new LoaderExtra("evil/code--m.A", Kind.CODE_ELSEWHERE));
    assertThat(of(model, "config.json")).isEmpty();
  }

  @Test
  void otherWeightsBesideTheAttestedOnesCount() {
    with("config.json", "pytorch_model.bin", "model.safetensors", "flax_model.msgpack");
    role("lora.safetensors", Role.ADAPTER);

    assertThat(
            of(
                quantization(
                    "safetensors",
                    "model-00001-of-00002.safetensors",
                    "model-00002-of-00002.safetensors")))
        .containsExactly(
            new LoaderExtra("flax_model.msgpack", Kind.WEIGHTS),
            new LoaderExtra("model.safetensors", Kind.WEIGHTS),
            new LoaderExtra("pytorch_model.bin", Kind.PICKLE));
  }

  @Test
  void safetensorsWithAShortenedExtensionCount() {
    assertThat(with("model.sft").besideModel())
        .containsExactly(new LoaderExtra("model.sft", Kind.WEIGHTS));
  }

  @Test
  void archivesAndPicklesCount() {
    assertThat(with("model.dduf", "model.pkl", "random_states_0.pkl").besideModel())
        .containsExactly(
            new LoaderExtra("model.dduf", Kind.WEIGHTS), new LoaderExtra("model.pkl", Kind.PICKLE));
  }

  @Test
  void namesOfTensorsMakeNoAdapterOfWhatIsLoadedAsAModel() {
    role("model.safetensors", Role.ADAPTER).role("lora.safetensors", Role.ADAPTER);

    assertThat(of(quantization("safetensors", "model-00001-of-00001.safetensors")))
        .containsExactly(new LoaderExtra("model.safetensors", Kind.WEIGHTS));
  }

  @Test
  void weightsThatTheConfigurationNamesCountWhereverTheyLie() {
    config(
        "config.json",
        new LoaderConfig(
            List.of(),
            List.of(),
            List.of("./hidden/a.safetensors", "hidden/b.safetensors.index.json", "../x", "gone"),
            List.of(),
            true));
    with("hidden/a.safetensors", "hidden/shard.safetensors");
    files.add(
        file(
            "hidden/b.safetensors.index.json",
            Optional.empty(),
            Optional.of(new ShardIndex(List.of("shard.safetensors"))),
            Optional.empty()));

    assertThat(of(quantization("safetensors", "model.safetensors")))
        .containsExactly(
            new LoaderExtra("hidden/a.safetensors", Kind.WEIGHTS),
            new LoaderExtra("hidden/shard.safetensors", Kind.WEIGHTS),
            new LoaderExtra("../x", Kind.WEIGHTS),
            new LoaderExtra("gone", Kind.WEIGHTS));
  }

  private LoaderExtrasTest index(String name, String... parts) {
    files.add(
        file(
            name, Optional.empty(), Optional.of(new ShardIndex(List.of(parts))), Optional.empty()));
    return this;
  }

  private static LoaderConfig naming(List<String> modules, String weights, String folder) {
    return new LoaderConfig(modules, List.of(), List.of(weights), List.of(folder), true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../evil/x",
        "a/../x",
        "/srv/evil/x",
        ".cache/x",
        "./.git/x",
        "..\\x",
        "away/x",
        "away/deeper/x"
      })
  void whatIsNamedWhereTheInventoryDoesNotLookIsListed(String path) {
    files.add(
        ScannedFile.unread(
            listed("away/"), Reading.NONE, new Problem(Reason.IO_ERROR, "leads out")));

    assertThat(
            config("config.json", naming(List.of(path + ".py"), path + ".bin", path))
                .with("model.safetensors")
                .of(quantization("safetensors", "model.safetensors"), path + ".bin"))
        .containsExactly(
            new LoaderExtra(path + ".bin", Kind.PICKLE),
            new LoaderExtra(path, Kind.WEIGHTS),
            new LoaderExtra(path + ".py", Kind.CODE));
  }

  @Test
  void whatAConfigurationInAFolderNamesIsListedWithTheFolder() {
    config("sub/config.json", naming(List.of(), "../x.bin", "/srv/y"));

    assertThat(of(quantization("safetensors", "sub/model.safetensors")))
        .extracting(LoaderExtra::file)
        .containsExactly("sub/../x.bin", "/srv/y");
  }

  @Test
  void codeAndModulesThatAreNamedButNotHereAreQuiet() {
    LoaderConfig config =
        new LoaderConfig(List.of("gone.py"), List.of(), List.of(), List.of("2_Normalize"), true);

    assertThat(config("config.json", config).besideModel()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pytorch_model.bin.index.json", "pytorch_model.bin.index.fp16.json"})
  void anIndexOfOtherWeightsNamesWhatIsLoaded(String index) {
    index(index, "a.bin", "sub/payload.bin", "gone.bin", "sub/vouched.bin", ".cache/b.bin");
    with("config.json", "a.bin", "sub/payload.bin", "sub/vouched.bin");

    assertThat(of(quantization("pytorch", "a.bin"), "a.bin", "sub/vouched.bin"))
        .containsExactly(
            new LoaderExtra("sub/payload.bin", Kind.PICKLE),
            new LoaderExtra(".cache/b.bin", Kind.PICKLE));
  }

  @Test
  void anIndexThatCanNotBeReadMayNameAnything() {
    assertThat(with("pytorch_model.bin.index.json").besideModel())
        .containsExactly(new LoaderExtra("pytorch_model.bin.index.json", Kind.CONFIGURATION));
    assertThat(of(quantization("gguf", "a-Q4_0.gguf"))).isEmpty();
  }

  @Test
  void aNearerConfigurationHidesNothingOfTheFoldersAbove() {
    config("config.json", naming(List.of(), "x/other.safetensors", "1_Dense"));
    with("4bit/config.json", "pytorch_model.bin", "1_Dense/model.safetensors");
    index("model.safetensors.index.json", "y/part.safetensors").with("y/part.safetensors");

    assertThat(of(quantization("safetensors", "4bit/model.safetensors")))
        .containsExactlyInAnyOrder(
            new LoaderExtra("x/other.safetensors", Kind.WEIGHTS),
            new LoaderExtra("pytorch_model.bin", Kind.PICKLE),
            new LoaderExtra("1_Dense/model.safetensors", Kind.WEIGHTS),
            new LoaderExtra("y/part.safetensors", Kind.WEIGHTS));
  }

  @Test
  void theModulesOfAModuleAreOpenedToo() {
    config("modules.json", folders("0_Router"));
    config("0_Router/router_config.json", folders("query_0_Asym", "."));
    config("0_Router/query_0_Asym/config.json", folders("deep_0_Dense", "../query_0_Asym"));
    with("0_Router/query_0_Asym/deep_0_Dense/pytorch_model.bin");

    assertThat(besideModel())
        .contains(
            new LoaderExtra("0_Router/query_0_Asym/deep_0_Dense/pytorch_model.bin", Kind.PICKLE));
  }

  @Test
  void modulesOfModulesWithoutEndAreSaidToBeTooMany() {
    StringBuilder folder = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      config(folder + "router_config.json", folders("m"));
      folder.append("m/");
    }
    with(folder + "pytorch_model.bin");

    assertThat(besideModel()).extracting(LoaderExtra::kind).containsExactly(Kind.CONFIGURATION);
  }

  private static LoaderConfig folders(String... names) {
    return new LoaderConfig(List.of(), List.of(), List.of(), List.of(names), true);
  }

  @Test
  void aModuleIsOpenedLikeAModel() {
    config(
        "modules.json",
        new LoaderConfig(List.of(), List.of(), List.of(), List.of("0_Transformer/"), true));
    config("0_Transformer/config.json", naming(List.of("m.py"), "deep/a.safetensors", "."));
    with("0_Transformer/m.py", "0_Transformer/adapter_config.json");
    with("0_Transformer/adapter_model.bin");

    assertThat(besideModel())
        .containsExactly(
            new LoaderExtra("0_Transformer/adapter_model.bin", Kind.ADAPTER),
            new LoaderExtra("0_Transformer/adapter_config.json", Kind.ADAPTER),
            new LoaderExtra("0_Transformer/deep/a.safetensors", Kind.WEIGHTS),
            new LoaderExtra("0_Transformer/m.py", Kind.CODE));
  }

  @Test
  void listsThatNameMoreModulesThanAreOpenedMayNameAnything() {
    for (int list = 0; list < 5; list++) {
      String spelling = "modules.json".substring(0, list).toUpperCase(Locale.ROOT);
      String name = spelling + "modules.json".substring(list);
      List<String> modules =
          IntStream.range(16 * list, 16 * list + 16).mapToObj(i -> i + "").toList();
      config(name, new LoaderConfig(List.of(), List.of(), List.of(), modules, true));
      modules.forEach(module -> with(module + "/config.json"));
    }

    assertThat(besideModel())
        .singleElement()
        .satisfies(extra -> assertThat(extra.kind()).isEqualTo(Kind.CONFIGURATION));
  }

  @Test
  void modulesBringTheWeightsOfTheirFolders() {
    config(
        "modules.json",
        new LoaderConfig(List.of(), List.of(), List.of(), List.of("2_Dense"), true));

    assertThat(with("2_Dense/model.safetensors", "3_Other/model.safetensors").besideModel())
        .containsExactly(new LoaderExtra("2_Dense/model.safetensors", Kind.WEIGHTS));
  }

  @Test
  void componentsOfAPipelineAreLoadedTogether() {
    pipeline("pipeline.py", "transformer/my.py");
    with("pipeline.py", "transformer/my.py", "other/x.py", "other/model.safetensors");
    with("transformer/a.safetensors", "text_encoder/pytorch_model.bin", "vae/v.safetensors");

    assertThat(of(quantization("safetensors", "transformer/a.safetensors"), "vae/v.safetensors"))
        .containsExactly(
            new LoaderExtra("text_encoder/pytorch_model.bin", Kind.PICKLE),
            new LoaderExtra("transformer/my.py", Kind.CODE),
            new LoaderExtra("pipeline.py", Kind.CODE));
  }

  @Test
  void aPipelineOfKnownLibrariesRunsNoCodeOfTheRepository() {
    pipeline("vae/diffusers.py", "text_encoder/transformers.py");
    with("example.py", "transformer/a.safetensors", "vae/example.py");

    assertThat(of(quantization("safetensors", "transformer/a.safetensors"))).isEmpty();
  }

  private void pipeline(String... modules) {
    List<String> folders = List.of("transformer", "text_encoder", "vae");
    config(
        "model_index.json",
        new LoaderConfig(List.of(modules), List.of(), List.of(), folders, true));
  }

  @Test
  void homeIsWhereTheIndexLiesThoughTheWeightsLieBelow() {
    index("model.safetensors.index.json", "shards/a.safetensors")
        .with("model.safetensors", "shards/a.safetensors");

    assertThat(of(quantization("safetensors", "shards/a.safetensors")))
        .containsExactly(new LoaderExtra("model.safetensors", Kind.WEIGHTS));
  }

  @Test
  void whatIsVouchedForIsNotListed() {
    assertThat(
            with("adapter_config.json", "adapter_model.safetensors", "pytorch_model.bin")
                .besideModel(
                    "adapter_config.json", "adapter_model.safetensors", "pytorch_model.bin"))
        .isEmpty();
  }

  @Test
  void aGgufFileIsOpenedByItsNameAndTakesAnAdapterOrAProjectorAlong() {
    role("mmproj-f16.gguf", Role.PROJECTOR)
        .role("lora.gguf", Role.ADAPTER)
        .config("config.json", NAMES_CODE)
        .with("adapter_config.json", "adapter_model.bin", "modeling_a.py", "model.safetensors");

    assertThat(of(quantization("gguf", "a-Q4_0.gguf")))
        .containsExactly(
            new LoaderExtra("adapter_model.bin", Kind.ADAPTER),
            new LoaderExtra("adapter_config.json", Kind.ADAPTER),
            new LoaderExtra("mmproj-f16.gguf", Kind.PROJECTOR));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mmproj-F16.gguf", "model.MMPROJ.gguf"})
  void llamaCppKnowsAProjectorByItsName(String name) {
    role(name, Role.MODEL).with("b-Q8_0.gguf");

    assertThat(of(quantization("gguf", "a-Q4_0.gguf")))
        .containsExactly(new LoaderExtra(name, Kind.PROJECTOR));
  }

  @Test
  void ofThousandsOfExtrasAFewAreListed() {
    with(IntStream.range(0, 10_000).mapToObj(i -> i + ".bin").toArray(String[]::new));

    assertThat(besideModel()).hasSize(LoaderExtras.MAX);
  }

  @Test
  void folderByFolderTheTimeDoesNotMultiply() {
    int many = 5_000;
    config("config.json", NAMES_CODE);
    with(IntStream.range(0, many).mapToObj(i -> i + ".py").toArray(String[]::new));
    with(
        IntStream.range(0, many)
            .boxed()
            .flatMap(i -> Stream.of(i + "/config.json", i + "/model.safetensors"))
            .toArray(String[]::new));
    files.sort(Comparator.comparing(file -> file.file().name()));
    LoaderExtras extras = new LoaderExtras(files, name -> false);

    assertThat(
            IntStream.range(0, many)
                .mapToObj(i -> extras.of(quantization("safetensors", i + "/model.safetensors"))))
        .allSatisfy(found -> assertThat(found).hasSize(LoaderExtras.MAX));
  }

  /** Names in other cases are read too, so that there can be very many in one folder. */
  @Test
  @Timeout(120)
  void manyQuantizationsBesideManyConfigurationsTakeNoLonger() {
    int many = 20_000;
    String name = "video_preprocessor_config.json";
    for (int spelling = 0; spelling < many; spelling++) {
      StringBuilder spelt = new StringBuilder(name);
      for (int bit = 0; bit < 20; bit++) {
        if ((spelling >> bit & 1) == 1) {
          spelt.setCharAt(bit, Character.toUpperCase(name.charAt(bit)));
        }
      }
      config(
          spelt.toString(),
          new LoaderConfig(
              List.of("gone" + spelling + ".py"), List.of(), List.of(), List.of(), true));
    }
    with(IntStream.range(0, many).mapToObj(i -> i + ".safetensors").toArray(String[]::new));
    files.sort(Comparator.comparing(file -> file.file().name()));
    LoaderExtras extras = new LoaderExtras(files, any -> true);

    assertThat(
            IntStream.range(0, many)
                .mapToObj(i -> extras.of(quantization("safetensors", i + ".safetensors"))))
        .allSatisfy(found -> assertThat(found).isEmpty());
  }

  @Test
  void aStoppedThreadLooksForNothingMore() {
    config("config.json", NAMES_CODE);
    LoaderExtras extras = new LoaderExtras(files, name -> false);
    Quantization model = quantization("safetensors", "model.safetensors");
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> extras.of(model)).isInstanceOf(WorkStopped.class);
      assertThatThrownBy(() -> new LoaderExtras(files, name -> false))
          .isInstanceOf(WorkStopped.class);
    } finally {
      Thread.interrupted();
    }
  }
}
