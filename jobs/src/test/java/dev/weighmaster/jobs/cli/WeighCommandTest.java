package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.Fixtures;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.imatrix.LegacyImatrixFile;
import dev.weighmaster.jobs.cli.Commands.Result;
import dev.weighmaster.jobs.table.ConditionalFileSystem;
import dev.weighmaster.jobs.weigh.WeighableModel;
import dev.weighmaster.trust.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeighCommandTest {
  private static final String Q = "blk.0.attn_q.weight";
  private static final String K = "blk.0.attn_k.weight";
  private static final WeighableModel MODEL = new WeighableModel(Q, K);
  private static final float[] IMPORTANCE = WeighableModel.importance();

  @TempDir private Path folder;
  private Path hub;
  private Path source;
  private Path quantization;

  @BeforeEach
  void write() throws IOException {
    hub = Files.createDirectories(folder.resolve("hub/quants"));
    source = MODEL.write(folder.resolve("base-F16.gguf"), GgmlType.F16);
    quantization = hub.resolve("base.gguf");
  }

  @Test
  void aTableTotalsAndASentenceAreShown() throws IOException {
    MODEL.write(quantization, GgmlType.Q8_0);

    Result result = weigh();

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .startsWith("┌──")
        .containsPattern(
            "│ blk.0.attn_q.weight +│ Q8_0 │ EXACT │ F16 +│ 0\\.\\d{3} % │ +0\\.\\d{3} %"
                + " at \\d:\\d+ │\n")
        .containsPattern("│ output_norm.weight +│ F32 +│ EXACT │ copied +│ +0 % │ +– │\n")
        .containsPattern("\n3 tensors: 3 EXACT; greatest error 0\\.\\d+ % \\(blk.0.attn_.*\\)\n")
        .endsWith(
            """
            tokenizer: 1 value, all equal
            chat template: 1 value, all equal
            hyperparameters: 2 values, all equal

            base.gguf is EXACT: each of its 3 tensors is, bit for bit, what ggml makes of base-F16.gguf.
            """);
  }

  @Test
  void theOneLineBesideTheResultIsThatTheVectorsAreMissing() throws IOException {
    MODEL.write(quantization, GgmlType.Q8_0);

    assertThat(weigh().err())
        .isEqualTo(
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                ? ""
                : "weighmaster: java runs without --add-modules jdk.incubator.vector: the result is"
                    + " the same, and takes several times as long\n");
  }

  @ParameterizedTest
  @CsvSource({
    "Q4_K, EQUIVALENT, 0",
    "Q6_K, EQUIVALENT, 0",
    "Q4_0, EQUIVALENT, 0",
    "IQ4_XS, EQUIVALENT, 0",
    "IQ2_XXS, WITHIN_BOUNDS, 1",
  })
  void withoutItsImatrixAQuantizationHasTheLevelThatItsTypeAllows(
      GgmlType type, String level, int exitCode) throws IOException {
    MODEL.write(quantization, type, IMPORTANCE);

    Result result = weigh("--json");

    assertThat(result.exitCode()).isEqualTo(exitCode);
    assertThat(json(result).path("level").asText()).isEqualTo(level);
  }

  @Test
  void aWeightThatCanNotComeFromTheSourceIsShownWithItsPlace() throws IOException {
    byte[] bytes = MODEL.bytes(GgmlType.Q8_0, new float[0]);
    bytes[bytes.length - WeighableModel.COLUMNS * Float.BYTES - 1]++;
    Files.write(quantization, bytes);

    Result result = weigh();

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out())
        .containsPattern("│ blk.0.attn_k.weight +│ Q8_0 │ DEVIATES │ – ")
        .containsPattern(
            "\nDEVIATES  blk.0.attn_k.weight: 1 weight can't come from the source, the first in row"
                + " 3, column 255: stored \\S+, expected \\S+, source \\S+\n")
        .contains("\n3 tensors: 2 EXACT, 1 DEVIATES; ")
        .endsWith(
            "\n"
                + "base.gguf DEVIATES from base-F16.gguf: 1 of 3 tensors can't come from it, the"
                + " first of them blk.0.attn_k.weight.\n");
  }

  @Test
  void tensorsThatOneOfTheTwoLacksAreNamed() throws IOException {
    new WeighableModel(Q, "extra").write(quantization, GgmlType.Q8_0);

    Result result = weigh();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .contains(
            "NOT_COMPARED  extra: it is not in the source\n",
            "NOT_COMPARED  blk.0.attn_k.weight: it is in the source, and not in the quantization\n",
            "4 tensors: 2 EXACT, 2 NOT_COMPARED; ")
        .containsPattern("│ blk.0.attn_k.weight +│ F16 +│ NOT_COMPARED │ – +│ +– │ +– │\n");
  }

  @Test
  void jsonHasTheLevelFirstAndEachTensorWhole() throws IOException {
    new WeighableModel(Q, "extra").write(quantization, GgmlType.Q4_K);

    JsonNode json = json(weigh("--json"));

    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            "level",
            "sentence",
            "form",
            "version",
            "depth",
            "method",
            "quantization",
            "source",
            "source_name",
            "source_is_quantized",
            "imatrices",
            "totals",
            "metadata",
            "error_bounds",
            "sidecars_not_read",
            "tensors");
    assertThat(json.path("level").asText()).isEqualTo("NOT_COMPARED");
    assertThat(json.path("totals").toString())
        .isEqualTo(
            "{\"tensors\":4,\"exact\":2,\"equivalent\":0,\"within_bounds\":0,\"not_compared\":2,\"deviates\":0}");
    JsonNode exact = json.path("tensors").path(0);
    assertThat(exact.fieldNames())
        .toIterable()
        .containsExactly(
            "name",
            "type",
            "source_type",
            "shape",
            "level",
            "recipe",
            "intermediate",
            "errors",
            "worst_block",
            "to_reference",
            "deviation",
            "certificate",
            "detail");
    assertThat(exact.path("name").asText()).isEqualTo(Q);
    assertThat(exact.path("shape").toString()).isEqualTo("[256,4]");
    assertThat(exact.path("recipe").toString())
        .isEqualTo(
            "{\"source\":\"F16\",\"intermediate\":\"NONE\",\"type\":\"Q4_K\",\"imatrix\":null,\"version\":\"llama.cpp"
                + " v0.5.0\"}");
    assertThat(exact.path("errors").path("relative").asDouble()).isBetween(0.01, 0.2);
    assertThat(exact.path("worst_block").path("weights").asInt()).isEqualTo(256);
    JsonNode extra = json.path("tensors").path(1);
    assertThat(extra.path("level").asText()).isEqualTo("NOT_COMPARED");
    assertThat(extra.path("errors").isNull()).isTrue();
    assertThat(extra.path("detail").asText()).isEqualTo("it is not in the source");
  }

  @Test
  void jsonAndPageNameEveryFileThatWasWeighedWithItsDigest() throws IOException {
    WeighableModel model = new WeighableModel(Q, K).text("quantize.imatrix.file", "chosen");
    List<Path> parts = model.split(hub, "base", GgmlType.Q4_K);
    Path used = Files.write(hub.resolve("chosen"), LegacyImatrixFile.of(Q, IMPORTANCE));
    Files.writeString(hub.resolve("imatrix.dat"), "none");
    Path page = folder.resolve("page.html");

    JsonNode json = json(weigh(parts.get(1), source, "--json", "--html", page));

    assertThat(json.path("form").intValue()).isEqualTo(1);
    assertThat(json.path("version").textValue()).isEqualTo("unreleased");
    assertThat(json.path("depth").textValue()).isEqualTo("exact");
    assertThat(json.path("quantization")).hasSize(2);
    assertThat(json.path("quantization").path(0)).isEqualTo(file(parts.get(0)));
    assertThat(json.path("quantization").path(1)).isEqualTo(file(parts.get(1)));
    assertThat(json.path("source")).hasSize(1);
    assertThat(json.path("source").path(0)).isEqualTo(file(source));
    assertThat(json.path("imatrices")).hasSize(2);
    assertThat(json.path("imatrices").path(0).path("sha256").textValue()).isEqualTo(sha256(used));
    assertThat(json.path("imatrices").path(0).path("size").longValue()).isEqualTo(Files.size(used));
    assertThat(json.path("imatrices").path(1).path("sha256").isNull()).isTrue();
    assertThat(page).content().contains(sha256(parts.get(1)), sha256(source), sha256(used));
  }

  private static ObjectNode file(Path file) throws IOException {
    return JsonNodeFactory.instance
        .objectNode()
        .put("name", file.getFileName().toString())
        .put("size", (int) Files.size(file))
        .put("sha256", sha256(file));
  }

  private static String sha256(Path file) throws IOException {
    return Sha256Hex.of(Files.readAllBytes(file));
  }

  @Test
  void numbersThatAreNotFiniteAreTextsInJson() throws IOException {
    byte[] bytes = MODEL.bytes(GgmlType.Q8_0, new float[0]);
    int scale = bytes.length - WeighableModel.COLUMNS * Float.BYTES - 34;
    bytes[scale] = 0;
    bytes[scale + 1] = 0x7e;
    Files.write(quantization, bytes);

    JsonNode deviation = json(weigh("--json")).path("tensors").path(1).path("deviation");

    assertThat(deviation.path("weights").asInt()).isEqualTo(32);
    assertThat(deviation.path("stored").asText()).isEqualTo("NaN");
  }

  @Test
  void metadataThatDiffersIsShownAndChangesNoLevel() throws IOException {
    new WeighableModel(Q, K)
        .text("tokenizer.chat_template", "{{ evil }}")
        .write(quantization, GgmlType.Q8_0);

    Result result = weigh();

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("chat template: 1 value, 0 equal, 1 different, 0 in one of the two alone\n")
        .contains(
            "  tokenizer.chat_template\n    quantization  \"{{ evil }}\"\n    source        \"{{"
                + " messages }}\"\n")
        .endsWith("; its chat template differs from the source's.\n");
    JsonNode metadata = json(weigh("--json")).path("metadata");
    assertThat(metadata.path("chat_template").path("different").asInt()).isEqualTo(1);
    assertThat(metadata.path("values").findValuesAsText("state"))
        .containsOnlyOnce("DIFFERENT")
        .contains("EQUAL");
  }

  @Test
  void hostileNamesAreShownAsTheyAre() throws IOException {
    String name = "a\u001b[31m\n\u202eb";
    WeighableModel hostile = new WeighableModel(name).text("tokenizer.\u0007", "bell");
    Path strange = hub.resolve("q\u001b[2J.gguf");
    hostile.write(strange, GgmlType.Q8_0);

    Result text = weigh(strange, source);
    Result json = weigh(strange, source, "--json", "--html", folder.resolve("page.html"));

    assertThat(Harmless.terminal(text.out()))
        .contains(
            "a\\u001b[31m\\n\\u202eb: it is not in the source", "tokenizer.\\u0007", "q\\u001b[2J");
    assertThat(Harmless.json(json.out()).path("tensors").path(0).path("name").asText())
        .isEqualTo(name);
    Harmless.terminal(Files.readString(folder.resolve("page.html")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"imatrix.dat", "Base-8B.imatrix", "imatrix_lab.dat", "BASE-IMATRIX.DAT"})
  void aLegacyImatrixBesideTheQuantizationIsFound(String name) throws IOException {
    assertIsFound(name, LegacyImatrixFile.of(Q, IMPORTANCE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"imatrix.gguf", "base-8b-imatrix.gguf", "base.imatrix.gguf"})
  void aGgufImatrixBesideTheQuantizationIsFound(String name) throws IOException {
    assertIsFound(name, WeighableModel.ggufImatrix(Q, IMPORTANCE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"calibration", "/train/lab/calibration", "C:\\lab\\calibration"})
  void theLastNameThatTheHeaderGivesIsLookedForBesideTheQuantization(String path)
      throws IOException {
    WeighableModel model = new WeighableModel(Q).text("quantize.imatrix.file", path);
    source = model.write(source, GgmlType.F16);
    model.write(quantization, GgmlType.Q4_K, IMPORTANCE);
    Files.write(hub.resolve("calibration"), LegacyImatrixFile.of(Q, IMPORTANCE));

    assertThat(weigh().out()).contains(" with the importance matrix calibration.\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../calibration", "..", ".", "", "/", "a/../../calibration/"})
  void noPathOfAHeaderLeadsOutOfTheFolder(String path) throws IOException {
    WeighableModel model = new WeighableModel(Q).text("quantize.imatrix.file", path);
    source = model.write(source, GgmlType.F16);
    model.write(quantization, GgmlType.Q4_K, IMPORTANCE);
    Files.write(hub.resolveSibling("calibration"), LegacyImatrixFile.of(Q, IMPORTANCE));

    JsonNode json = json(weigh("--json"));

    assertThat(json.path("imatrices")).isEmpty();
    assertThat(json.path("level").asText()).isEqualTo("EQUIVALENT");
  }

  @Test
  void whatLiesBesideAndIsNoImatrixIsSaidAndEndsNothing() throws IOException {
    MODEL.write(quantization, GgmlType.Q8_0);
    Files.writeString(hub.resolve("imatrix.dat"), "none");
    MODEL.write(hub.resolve("base-imatrix-Q6_K.gguf"), GgmlType.Q6_K);

    Result result = weigh();

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("imatrix imatrix.dat: not used: " + hub + "/imatrix.dat: ")
        .doesNotContain("Q6_K");
  }

  @Test
  void moreImatricesThanAPublisherHasAreNotTried() throws IOException {
    MODEL.write(quantization, GgmlType.Q8_0);
    for (int i = 0; i < 10; i++) {
      Files.write(hub.resolve("imatrix-%d.dat".formatted(i)), LegacyImatrixFile.of(Q, IMPORTANCE));
    }

    JsonNode imatrices = json(weigh("--json")).path("imatrices");

    assertThat(imatrices).hasSize(9);
    assertThat(imatrices.path(8).path("problem").asText()).contains("8 others were found first");
  }

  private void assertIsFound(String name, byte[] imatrix) throws IOException {
    WeighableModel model = new WeighableModel(Q);
    source = model.write(source, GgmlType.F16);
    model.write(quantization, GgmlType.Q4_K, IMPORTANCE);
    Files.write(hub.resolve(name), imatrix);

    Result result = weigh();

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("│ F16, with " + name, "imatrix " + name + ": has weights for 1 tensor\n")
        .endsWith(" with the importance matrix " + name + ".\n");
  }

  @Test
  void aGivenImatrixIsTriedInsteadOfThoseBeside() throws IOException {
    WeighableModel model = new WeighableModel(Q);
    source = model.write(source, GgmlType.F16);
    model.write(quantization, GgmlType.IQ2_XXS, IMPORTANCE);
    Files.writeString(hub.resolve("imatrix.dat"), "none");
    Path given = Files.write(folder.resolve("given"), WeighableModel.ggufImatrix(Q, IMPORTANCE));

    JsonNode json = json(weigh("--json", "--imatrix", given));

    assertThat(json.path("level").asText()).isEqualTo("EXACT");
    assertThat(json.path("imatrices").findValuesAsText("name")).containsExactly("given");
  }

  @Test
  void theCodesAloneAreNotExact() throws IOException {
    MODEL.write(quantization, GgmlType.Q4_K);

    Result result = weigh("--depth", "codes");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("\n3 tensors: 1 EXACT, 2 EQUIVALENT; ");
  }

  @Test
  void aSplitSetIsNamedByAnyPart() throws IOException {
    List<Path> parts = MODEL.split(hub, "base", GgmlType.Q5_0);
    List<Path> sources = MODEL.split(folder, "f16", GgmlType.F16);

    for (Path part : parts) {
      Result result = weigh(part, sources.get(1));
      assertThat(result.exitCode()).isZero();
      assertThat(result.out())
          .contains("2 tensors: 2 EXACT", "\nbase-00001-of-00002.gguf is EXACT");
    }

    Files.delete(parts.get(1));
    assertThat(weigh(parts.get(0), sources.get(0)).failed(3)).contains("part 2 is not here");
  }

  @Test
  void aFolderStandsForTheOnlyModelOfItsKind() throws IOException {
    MODEL.write(quantization, GgmlType.Q8_0);
    Files.write(hub.resolve("imatrix.gguf"), WeighableModel.ggufImatrix(Q, IMPORTANCE));
    Path sources = Files.createDirectories(folder.resolve("hub/base"));
    Files.move(source, sources.resolve("base-F16.gguf"));
    MODEL.write(sources.resolve("base-Q4_0.gguf"), GgmlType.Q4_0);

    assertThat(weigh(hub, sources).out()).contains("base.gguf is EXACT");

    MODEL.write(hub.resolve("other.gguf"), GgmlType.Q4_0);
    assertThat(weigh(hub, sources).failed(3))
        .isEqualTo(
            hub + " holds more than one GGUF quantization; name one of base.gguf, other.gguf");
    assertThat(weigh(quantization, hub).failed(3))
        .isEqualTo(hub + " holds no GGUF in full precision, and no model of safetensors");
    Files.writeString(sources.resolve("x.gguf"), "GGUF");
    assertThat(weigh(quantization, sources).failed(3))
        .startsWith(
            sources + "/x.gguf may be the model that is meant, but its header can't be read (");
  }

  @Test
  void modelsAreReadFromOtherStoragesToo() throws IOException {
    WeighableModel model = new WeighableModel(Q);
    source = model.write(source, GgmlType.F16);
    model.write(quantization, GgmlType.Q4_K, IMPORTANCE);
    Path given = Files.write(folder.resolve("imatrix.dat"), LegacyImatrixFile.of(Q, IMPORTANCE));
    System.setProperty("spark.hadoop.fs.conditional.impl", ConditionalFileSystem.class.getName());
    try {
      String store = "conditional://";

      for (Path address : List.of(quantization, hub)) {
        Result result =
            Commands.run(
                "weigh", store + address, "--source", store + source, "--imatrix", store + given);

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("base.gguf is EXACT", "matrix imatrix.dat.");
      }
      Path none = folder.resolve("none.gguf");
      assertThat(Commands.run("weigh", store + none, "--source", store + source).failed(3))
          .isEqualTo(store + none + ": no such file or folder");
    } finally {
      System.clearProperty("spark.hadoop.fs.conditional.impl");
    }
  }

  @Test
  void aLinkStandsForWhatItLeadsTo() throws IOException {
    MODEL.write(quantization, GgmlType.Q8_0);
    Path far = Files.createDirectories(folder.resolve("far/away"));
    Path link = Files.createSymbolicLink(far.resolve("link.gguf"), quantization);

    assertThat(weigh(link, source).out()).contains("base.gguf is EXACT");
    assertThat(weigh(link, quantization).failed(3)).endsWith(" is the quantization itself");
  }

  /** The files of a folder as links to blobs, whose names say nothing. */
  private static void link(Path directory, Path blobs) throws IOException {
    Files.createDirectories(blobs);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Path blob = blobs.resolve(Sha256Hex.of(Files.readAllBytes(file)));
        Files.move(file, blob);
        Files.createSymbolicLink(file, file.getParent().relativize(blob));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cache/models--acme--%s/snapshots/0123abc, cache/models--acme--%s/blobs",
    "links/%s, elsewhere/%s"
  })
  void theFilesOfAFolderMayBeLinksToBlobs(String folders, String blobs) throws IOException {
    Path sources = folder.resolve(folders.formatted("base"));
    Path quants = folder.resolve(folders.formatted("quants"));
    Files.createDirectories(sources.getParent());
    Files.createDirectories(quants);
    Files.move(repository(), sources);
    link(sources, folder.resolve(blobs.formatted("base")));
    MODEL.write(quants.resolve("base.gguf"), GgmlType.Q8_0);
    link(quants, folder.resolve(blobs.formatted("quants")));

    for (Path weighed : List.of(quants, quants.resolve("base.gguf"))) {
      Result result = weigh(weighed, source);
      assertThat(result.out()).as(result.err()).contains("\nbase.gguf is EXACT: ");
    }
    for (Path of : List.of(sources, sources.resolve("model.safetensors"))) {
      Result result = weigh(converted(0, 2, 1, 3), of);
      assertThat(result.out()).as(result.err()).contains("\nconverted.gguf is EXACT: ");
    }
  }

  @Test
  void aSourceThatIsQuantizedItselfIsSaidToBe() throws IOException {
    MODEL.write(quantization, GgmlType.Q4_0);
    Path first = MODEL.write(folder.resolve("first.gguf"), GgmlType.Q8_0);
    Path page = folder.resolve("page.html");
    String line = "The source is quantized itself: what it has lost of its own source";

    assertThat(weigh(quantization, first, "--html", page).out()).contains("\n" + line);
    assertThat(page).content().contains(line);
    assertThat(json(weigh(quantization, first, "--json")).path("source_is_quantized"))
        .isEqualTo(BooleanNode.TRUE);
    assertThat(weigh().out()).doesNotContain(line);
    assertThat(json(weigh("--json")).path("source_is_quantized")).isEqualTo(BooleanNode.FALSE);
  }

  @Test
  void anImatrixThatDoesNotFitIsExplained() throws IOException {
    MODEL.write(quantization, GgmlType.Q4_K);
    Path given = folder.resolve("given.dat");
    Files.write(given, LegacyImatrixFile.of(Q, new float[WeighableModel.COLUMNS / 2]));

    assertThat(weigh("--imatrix", given).out())
        .contains(
            "imatrix given.dat: has weights for 1 tensor, and fits no tensor of the quantization in"
                + " name and columns\n");
    assertThat(json(weigh("--json", "--imatrix", given)).path("imatrices").path(0).path("fitting"))
        .isEqualTo(IntNode.valueOf(0));
  }

  @Test
  void aSpaceAtTheEndOfANameIsSeen() throws IOException {
    source = new WeighableModel("a ").write(source, GgmlType.F16);
    new WeighableModel("a").write(quantization, GgmlType.Q8_0);

    assertThat(weigh().out())
        .contains("NOT_COMPARED  a : it is in the source", "NOT_COMPARED  a: it is not in");
  }

  @Test
  void aPageNamesTheRepositoryAndNotOneOfItsFiles() throws IOException {
    Path page = folder.resolve("page.html");
    weigh(converted(), repository(), "--html", page);

    assertThat(page).content().contains("Weighed against</dt><dd><bdi>base</bdi>");
  }

  @Test
  void whatIsNotThereIsSaidBeforeAnythingIsWeighed() throws IOException {
    MODEL.write(quantization, GgmlType.Q8_0);
    Path none = folder.resolve("none.gguf");

    assertThat(weigh(none, source).failed(3)).isEqualTo(none + ": no such file or folder");
    assertThat(weigh(quantization, none).failed(3)).isEqualTo(none + ": no such file or folder");
    assertThat(weigh("--imatrix", none).failed(3)).isEqualTo(none + ": no such file or folder");
    assertThat(weigh("--imatrix", hub).failed(3)).isEqualTo(hub + " is not a file");
    assertThat(weigh("--imatrix", source).failed(3)).contains("it has no tensor NAME.in_sum2");
    assertThat(weigh("--html", folder.resolve("no/page.html")).failed(3))
        .endsWith("page.html: its folder does not exist");
    assertThat(weigh("--html", hub).failed(3)).endsWith(": it is a folder");
    assertThat(weigh("--html", source).failed(3)).endsWith(": it would replace what is read");
    Files.writeString(none, "not GGUF");
    assertThat(weigh(none, source).failed(3)).startsWith(none + ": ");
  }

  @Test
  void twoThatAreSwappedAreNotWeighed() throws IOException {
    MODEL.write(quantization, GgmlType.Q8_0);

    assertThat(weigh(source, quantization).failed(3))
        .isEqualTo(quantization + " is quantized and " + source + " is not: are the two swapped?");
    Path again = MODEL.write(folder.resolve("again.gguf"), GgmlType.Q4_0);
    assertThat(weigh(again, quantization).exitCode()).isNotEqualTo(3);
  }

  /** Rows of Q in the order of the repository: halves of each head, of two rows each. */
  private Path repository() throws IOException {
    Path repository = Files.createDirectories(folder.resolve("acme/base"));
    Files.writeString(
        repository.resolve("config.json"),
        "{\"architectures\": [\"LlamaForCausalLM\"], \"num_attention_heads\": 1}");
    Files.write(
        repository.resolve("model.safetensors"),
        new SafetensorsWriter()
            .tensor("model.layers.0.self_attn.q_proj.weight", SafetensorsType.F16, shape(), rows())
            .toByteArray());
    return repository;
  }

  private static List<Long> shape() {
    return List.of(4L, (long) WeighableModel.COLUMNS);
  }

  private static byte[] rows(int... order) {
    byte[] rows = new byte[4 * 2 * WeighableModel.COLUMNS];
    for (int i = 0; i < rows.length; i++) {
      int row = i / (rows.length / 4);
      rows[i] = (byte) (i % 2 == 0 ? i * 37 : 0x20 + (order.length > 0 ? order[row] : row));
    }
    return rows;
  }

  private Path converted(int... order) throws IOException {
    byte[] rows = rows(order);
    return Files.write(
        folder.resolve("converted.gguf"),
        new GgufWriter()
            .put("general.architecture", "llama")
            .tensor(
                "blk.0.attn_q.weight",
                GgmlType.F16,
                List.of((long) WeighableModel.COLUMNS, 4L),
                rows)
            .toByteArray());
  }

  @Test
  void aRepositoryOfSafetensorsIsASource() throws IOException {
    Path repository = repository();
    Path file = repository.resolve("model.safetensors");

    assertThat(weigh(converted(0, 2, 1, 3), repository).out())
        .contains("converted.gguf is EXACT: its only tensor is a copy of the one in base");
    assertThat(weigh(converted(0, 2, 1, 3), file).out()).contains("EXACT");
    Result wrong = weigh(converted(0, 1, 2, 3), repository);
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.out()).contains("the first of them blk.0.attn_q.weight");
  }

  @Test
  void aRepositoryWithoutATableIsNotCompared() throws IOException {
    Path repository = repository();
    Files.writeString(
        repository.resolve("config.json"), "{\"architectures\": [\"UnheardOfForCausalLM\"]}");

    Result result = weigh(converted(), repository);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .contains("there is no table of tensors for UnheardOfForCausalLM")
        .contains("model.layers.0.self_attn.q_proj.weight: it is in the source, and not in the");
  }

  @Test
  void aFolderThatHoldsNoSourceOrTwoSaysSo() throws IOException {
    Path repository = repository();
    Path weighed = converted();
    MODEL.write(repository.resolve("base-F16.gguf"), GgmlType.F16);

    assertThat(weigh(weighed, repository).failed(3))
        .endsWith(
            " holds a model of safetensors and a GGUF in full precision; name one of"
                + " model.safetensors and base-F16.gguf");

    Files.delete(repository.resolve("base-F16.gguf"));
    Files.move(
        repository.resolve("model.safetensors"),
        repository.resolve("pytorch_model-00001-of-00002.bin"));
    assertThat(weigh(weighed, repository).failed(3))
        .endsWith("can run code and are not read; convert them to safetensors first");
  }

  @Test
  void aQuantizationOfSafetensorsIsNotWeighedAgainstAGguf() throws IOException {
    Path file = repository().resolve("model.safetensors");

    assertThat(weigh(file, source).failed(3)).contains("what is weighed against it is not");
  }

  @Test
  void aPageIsWrittenBesideTheResult() throws IOException {
    MODEL.write(quantization, GgmlType.Q8_0);
    Path page = Files.writeString(folder.resolve("page.html"), "an older page");

    Result result = weigh("--html", page);

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("base.gguf is EXACT");
    assertThat(page)
        .content()
        .startsWith("<!doctype html>")
        .contains("base.gguf is EXACT: each of its 3 tensors is, bit for bit");
    assertThat(folder).isDirectoryNotContaining("glob:**/.page*");
  }

  @ParameterizedTest
  @CsvSource({"0.05, 1, 0, ", "0.0001, 0, 1, BOUNDS_EXCEEDED"})
  void whatAnAttestationClaimsIsHeldAgainstTheWeights(
      double bound, int hold, int exceeded, String reason) throws IOException {
    MODEL.write(quantization, GgmlType.Q8_0);
    Path key =
        Files.write(folder.resolve("key.pem"), TestKeys.privatePem(TestKeys.generate("secp256r1")));
    Path bounds =
        Files.writeString(
            folder.resolve("bounds.json"),
            "[{\"tensor\": \"%s\", \"type\": \"Q8_0\", \"maxAbsError\": %s, \"rmse\": %s}]"
                .formatted(Q, bound, bound));
    Commands.run(
            "attest",
            quantization,
            "--source",
            source,
            "--model",
            "acme/base",
            "--tool",
            "llama.cpp/llama-quantize@b6942",
            "--method",
            "Q8_0",
            "--error-bounds",
            bounds,
            "--key",
            key)
        .succeeded();

    Result result = weigh();
    JsonNode claimed = json(weigh("--json")).path("error_bounds").path(0);

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains(
            "error bounds in base.gguf.quantization.sigstore.json: 1 claimed, %d hold, %d exceeded, 0"
                .formatted(hold, exceeded));
    assertThat(claimed.path("reason").asText(null)).isEqualTo(reason);
    assertThat(result.out().contains("\n  BOUNDS_EXCEEDED: the largest error of tensor "))
        .isEqualTo(exceeded == 1);
  }

  @Test
  void howManySidecarsWereNotReadIsSaid() throws IOException {
    MODEL.write(quantization, GgmlType.Q8_0);
    for (int i = 0; i < 259; i++) {
      Files.writeString(hub.resolve("x%d.sig".formatted(i)), "x");
    }

    assertThat(weigh().out())
        .contains(
            "\nerror bounds: 3 sidecars beside the quantization not read: there are too many");
    assertThat(json(weigh("--json")).path("sidecars_not_read").intValue()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "weigh, 'Missing required option'",
    "weigh q, 'Missing required option: ''--source=MODEL'''",
    "weigh --source s, 'Missing required parameter: ''QUANTIZATION'''",
    "weigh q --source s --depth all, 'Invalid value for option ''--depth'': ''all'' is not codes or exact'",
    "weigh q --source s --depth codes --imatrix i, '--imatrix is for --depth exact'",
    "weigh q r --source s, 'Unmatched argument at index 2: ''r'''",
  })
  void aCommandLineThatMakesNoSenseIsAUsageError(String line, String message) {
    Result result = Commands.run((Object[]) line.split(" "));

    assertThat(result.exitCode()).isEqualTo(64);
    assertThat(result.err()).startsWith("weighmaster: " + message);
  }

  @Test
  void helpSaysHowItEnds() {
    assertThat(Commands.run("weigh", "--help").succeeded())
        .contains(
            "QUANTIZATION", "--source", "--imatrix", "--depth", "--json", "--html", "DEVIATES");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Q4_K_M", "IQ4_XS"})
  void aQuantizationOfLlamaCppIsExact(String method) throws IOException {
    Path gguf = Fixtures.path("gguf");

    Result result =
        weigh(
            gguf.resolve("tiny-llama-%s.gguf".formatted(method)),
            gguf.resolve("tiny-llama-F16.gguf"));

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("21 tensors: 21 EXACT");
  }

  @Test
  void theImatrixOfARealQuantizationIsFoundInItsFolder() throws IOException {
    Path llama = Fixtures.path("converted/llama");
    Files.copy(llama.resolve("q/IQ3_XXS-imatrix.gguf"), quantization);
    Files.copy(llama.resolve("imatrix.gguf"), hub.resolve("imatrix.gguf"));

    assertThat(weigh(quantization, llama.resolve("f16.gguf")).out())
        .endsWith(" with the importance matrix imatrix.gguf.\n");

    Files.delete(hub.resolve("imatrix.gguf"));
    assertThat(weigh(quantization, llama.resolve("f16.gguf")).out())
        .contains("which proves little");
  }

  private Result weigh(Object... options) {
    return weigh(quantization, source, options);
  }

  private static Result weigh(Path weighed, Path of, Object... options) {
    List<Object> words = new ArrayList<>(List.of("weigh", weighed, "--source", of));
    words.addAll(List.of(options));
    return Commands.run(words.toArray());
  }

  private static JsonNode json(Result result) throws IOException {
    return Harmless.json(result.out());
  }
}
