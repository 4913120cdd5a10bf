package dev.weighmaster.jobs;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weighmaster.chain.TestHub;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.jobs.AgreedVerdicts.Agreed;
import dev.weighmaster.jobs.cli.PrintedVerdict;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attested weights beside which lies what a loader takes too. */
@TestInstance(Lifecycle.PER_CLASS)
class LoaderExtrasAuditTest {
  private static final String CONFIG =
      "{\"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 4}%s}";

  private Map<String, Agreed> verdicts;
  private Map<String, Agreed> strict;
  private Path folder;
  private Path policy;

  @BeforeAll
  void judge(@TempDir Path temporary) throws Exception {
    folder = temporary;
    TestHub hub = new TestHub(folder.resolve("hub"));
    hub.model("acme/base").sign("acme/base", ACME);
    gptq(hub, "quants/alone", "");
    hub.write("quants/alone/tokenizer_config.json", "{\"chat_template\": \"{{ x }}\"}")
        .write("quants/alone/example.py", "print()");

    adapter(gptq(hub, "quants/adapter", ""), "quants/adapter");
    adapter(gptq(hub, "quants/adapter-vouched", ""), "quants/adapter-vouched")
        .sign("quants/adapter-vouched", QUANTS);
    adapter(gptq(hub, "quants/adapter-strangers", ""), "quants/adapter-strangers")
        .sign("quants/adapter-strangers", STRANGER);
    gptq(hub, "quants/adapter-later", "").sign("quants/adapter-later", QUANTS);
    adapter(hub, "quants/adapter-later");

    gptq(hub, "quants/code", ", \"auto_map\": {\"AutoModel\": \"modeling_a.A\"}")
        .write("quants/code/modeling_a.py", "import os");
    gptq(hub, "quants/versioned", ", \"configuration_files\": [\"config.4.0.0.json\"]")
        .write(
            "quants/versioned/config.4.0.0.json",
            CONFIG.formatted(", \"auto_map\": {\"AutoModel\": \"modeling_v.A\"}"))
        .write("quants/versioned/modeling_v.py", "import os");
    gptq(hub, "quants/router", "")
        .write(
            "quants/router/modules.json",
            "[{\"path\": \"0_Router\", \"type\": \"sentence_transformers.models.Router\"}]")
        .write(
            "quants/router/0_Router/router_config.json",
            "{\"types\": {\"query_0_Dense\": \"sentence_transformers.models.Dense\"},"
                + " \"structure\": {\"query\": [\"query_0_Dense\"]}}")
        .write("quants/router/0_Router/query_0_Dense/pytorch_model.bin", "pickle");
    gptq(hub, "quants/arguments", "")
        .write(
            "quants/arguments/sentence_bert_config.json",
            "{\"config_args\": {\"_configuration_file\": \"evil.json\"}}");
    gptq(hub, "quants/code-elsewhere", ", \"auto_map\": {\"AutoModel\": \"evil/code--m.A\"}");
    gptq(hub, "quants/tokenizer", "")
        .write("quants/tokenizer/tokenizer_config.json", "{\"auto_map\": [\"tok.A\", null]}")
        .write("quants/tokenizer/tok.py", "import os");
    gptq(hub, "quants/generate", "")
        .write("quants/generate/custom_generate/generate.py", "import os");
    gptq(hub, "quants/pickle", "").write("quants/pickle/pytorch_model.bin", "pickle");
    gptq(hub, "quants/named", ", \"transformers_weights\": \"x/other.safetensors\"")
        .write("quants/named/x/other.safetensors", safetensors("other"));
    gptq(
        hub,
        "quants/named-outside",
        ", \"transformers_weights\": \"../named/x/other.safetensors\"");
    gptq(hub, "quants/named-hidden", ", \"transformers_weights\": \".cache/other.safetensors\"")
        .write("quants/named-hidden/.cache/other.safetensors", safetensors("other"));
    gptq(hub, "quants/named-last", ", " + weights(17))
        .write("quants/named-last/x/16.safetensors", safetensors("other"));
    hub.write("quants/pytorch/config.json", CONFIG.formatted(""))
        .write("quants/pytorch/pytorch_model-00001-of-00001.bin", "pickle")
        .write("quants/pytorch/sub/payload.bin", "payload")
        .write(
            "quants/pytorch/pytorch_model.bin.index.json",
            "{\"weight_map\": {\"a\": \"sub/payload.bin\"}}")
        .attest("quants/pytorch/pytorch_model-00001-of-00001.bin")
        .format("pytorch")
        .method("GPTQ")
        .from("acme/base")
        .by(QUANTS);
    hub.write("quants/above/b/model.safetensors", safetensors("quants/above"))
        .write("quants/above/b/config.json", CONFIG.formatted(""))
        .write("quants/above/config.json", "{\"transformers_weights\": \"x.safetensors\"}")
        .write("quants/above/pytorch_model.bin", "pickle")
        .attest("quants/above/b/model.safetensors")
        .format("safetensors")
        .method("GPTQ")
        .from("acme/base")
        .by(QUANTS);
    hub.write("quants/pipeline/transformer/model.safetensors", safetensors("quants/pipeline"))
        .write("quants/pipeline/transformer/config.json", CONFIG.formatted(""))
        .write("quants/pipeline/transformer/my.py", "import os")
        .write("quants/pipeline/pipeline.py", "import os")
        .write("quants/pipeline/text_encoder/config.json", "{}")
        .write("quants/pipeline/text_encoder/pytorch_model.bin", "pickle")
        .write(
            "quants/pipeline/model_index.json",
            "{\"_class_name\": [\"pipeline\", \"P\"], \"transformer\": [\"my\", \"T\"],"
                + " \"text_encoder\": [\"transformers\", \"M\"]}")
        .attest("quants/pipeline/transformer/model.safetensors")
        .format("safetensors")
        .method("GPTQ")
        .from("acme/base")
        .by(QUANTS);
    hub.write("quants/gguf/a.gguf", gguf(GgmlType.Q4_0, "a"))
        .attest("quants/gguf/a.gguf")
        .from("acme/base")
        .by(QUANTS);

    // The repository's own signature, as it should be, and spoilt in several ways.
    signed(hub, "quants/signed");
    for (String name : List.of("changed", "garbage", "cut", "flipped", "overwritten")) {
      signed(hub, "quants/" + name).write("quants/" + name + "/config.json", CONFIG.formatted(" "));
    }
    hub.write("quants/garbage/model.sig", "garbage");
    hub.write("quants/overwritten/model.sig", gguf(GgmlType.Q4_0, "overwritten"));
    gptq(hub, "quants/replaced", "")
        .write(
            "quants/replaced/model.safetensors.quantization.sigstore.json",
            gguf(GgmlType.Q4_0, "replaced"));
    String bundle = text(hub, "quants/cut/model.sig");
    hub.write("quants/cut/model.sig", bundle.substring(0, bundle.length() / 2));
    String whole = text(hub, "quants/flipped/model.sig");
    int at = whole.indexOf("\"sig\"") + 20;
    hub.write(
        "quants/flipped/model.sig",
        whole.substring(0, at) + (whole.charAt(at) == 'A' ? 'B' : 'A') + whole.substring(at + 1));

    policy = hub.writePolicy(folder.resolve("policy"));
    verdicts = AgreedVerdicts.of(folder.resolve("hub"), policy, folder);
    Path strictPolicy =
        hub.policy("on_unattested_extras: unverified\n").writePolicy(folder.resolve("strict"));
    strict = AgreedVerdicts.of(folder.resolve("hub"), strictPolicy, folder.resolve("strict-audit"));
  }

  private static String text(TestHub hub, String path) throws Exception {
    return new String(Files.readAllBytes(hub.file(path)), UTF_8);
  }

  private static String weights(int keys) {
    return IntStream.range(0, keys)
        .mapToObj("\"transformers_weights\": \"x/%d.safetensors\""::formatted)
        .collect(Collectors.joining(", "));
  }

  private static TestHub gptq(TestHub hub, String repository, String settings) {
    return hub.write(repository + "/model.safetensors", safetensors(repository))
        .write(repository + "/config.json", CONFIG.formatted(settings))
        .attest(repository + "/model.safetensors")
        .format("safetensors")
        .method("GPTQ")
        .from("acme/base")
        .by(QUANTS);
  }

  private static TestHub signed(TestHub hub, String repository) {
    return gptq(hub, repository, "").sign(repository, QUANTS);
  }

  private static TestHub adapter(TestHub hub, String repository) {
    return hub.write(repository + "/adapter_config.json", "{\"peft_type\": \"LORA\"}")
        .write(
            repository + "/adapter_model.safetensors",
            new SafetensorsWriter()
                .tensor("a.lora_A.weight", SafetensorsType.BF16, List.of(1L), new byte[2])
                .toByteArray());
  }

  private Agreed verdict(String repository) {
    return of(verdicts, repository);
  }

  /** Of the only quantization of a repository. */
  private static Agreed of(Map<String, Agreed> verdicts, String repository) {
    List<String> names =
        verdicts.keySet().stream()
            .filter(name -> name.startsWith("quants/" + repository + "/"))
            .toList();
    assertThat(names).hasSize(1);
    return verdicts.get(names.get(0));
  }

  @ParameterizedTest
  @CsvSource({
    "adapter, adapter_model.safetensors",
    "adapter-strangers, adapter_model.safetensors",
    "adapter-later, adapter_model.safetensors",
    "code, modeling_a.py",
    "versioned, modeling_v.py",
    "router, 0_Router/query_0_Dense/pytorch_model.bin",
    "arguments, sentence_bert_config.json",
    "code-elsewhere, evil/code--m.A",
    "tokenizer, tok.py",
    "generate, custom_generate/generate.py",
    "pickle, pytorch_model.bin",
    "named, x/other.safetensors",
    "named-outside, ../named/x/other.safetensors",
    "named-hidden, .cache/other.safetensors",
    "named-last, config.json",
    "pytorch, sub/payload.bin",
    "above, x.safetensors",
    "above, pytorch_model.bin",
    "pipeline, text_encoder/pytorch_model.bin",
    "pipeline, transformer/my.py",
    "pipeline, pipeline.py",
  })
  void whatALoaderTakesBesideVerifiedWeightsIsSaid(String repository, String file)
      throws Exception {
    assertThat(verdict(repository).verdict()).isEqualTo(Verdict.VERIFIED);
    assertThat(verdict(repository).detail())
        .contains("; note: a loader may also take ", file, "which no named signer covers");
    assertThat(column("quants/" + repository)).contains(file);
    assertThat(printed("quants/" + repository)).contains(file);
    assertThat(PrintedVerdict.text(folder.resolve("hub"), "quants/" + repository, policy))
        .contains("a loader may also read these files, which no trusted signer covers:", file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"alone", "adapter-vouched", "signed"})
  void whatIsVouchedForOrTakenByNobodyIsQuiet(String repository) throws Exception {
    assertThat(verdict(repository).verdict()).isEqualTo(Verdict.VERIFIED);
    assertThat(verdict(repository).detail()).doesNotContain("note:");
    assertThat(column("quants/" + repository)).isEmpty();
    assertThat(printed("quants/" + repository)).isEmpty();
    assertThat(of(strict, repository).reason()).isEqualTo(Reason.OK);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "adapter",
        "adapter-strangers",
        "adapter-later",
        "code",
        "code-elsewhere",
        "tokenizer",
        "generate",
        "pickle",
        "named",
        "named-outside",
        "named-hidden",
        "named-last",
        "pytorch",
        "above"
      })
  void aPolicyCanCallItUnverified(String repository) {
    Agreed agreed = of(strict, repository);

    assertThat(agreed.reason()).as(agreed.detail()).isEqualTo(Reason.UNATTESTED_EXTRAS);
    assertThat(agreed.verdict()).isEqualTo(Verdict.UNVERIFIED);
  }

  @ParameterizedTest
  @CsvSource({
    "changed, DIGEST_MISMATCH",
    "garbage, MALFORMED_BUNDLE",
    "cut, MALFORMED_BUNDLE",
    "flipped, SIGNATURE_INVALID",
    "overwritten, MALFORMED_BUNDLE",
    "replaced, MALFORMED_BUNDLE",
  })
  void spoilingTheRepositorysOwnSignatureDoesNotImproveTheVerdict(
      String repository, Reason reason) {
    Agreed agreed = verdicts.get("quants/" + repository + "/model.safetensors");

    assertThat(agreed.reason()).as(agreed.detail()).isEqualTo(reason);
    assertThat(agreed.verdict()).isEqualTo(Verdict.BROKEN);
  }

  @Test
  void aQuantizationInThePlaceOfASignatureHasItsVerdictToo() {
    assertThat(verdicts)
        .containsKeys(
            "quants/overwritten/model.sig",
            "quants/replaced/model.safetensors.quantization.sigstore.json");
  }

  private List<String> column(String repository) {
    Row row =
        TestSpark.session()
            .read()
            .option("recursiveFileLookup", "true")
            .parquet(folder.resolve("table/audit").toString())
            .filter("repository = '" + repository + "'")
            .select("also_loaded.file")
            .head();
    return row.getList(0);
  }

  private List<String> printed(String repository) throws Exception {
    JsonNode extras =
        PrintedVerdict.of(folder.resolve("hub"), repository, policy)
            .at("/quantizations/0/also_loaded");
    List<String> files = new ArrayList<>();
    extras.forEach(extra -> files.add(extra.get("file").textValue()));
    return files;
  }
}
