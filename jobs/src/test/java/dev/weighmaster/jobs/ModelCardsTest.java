package dev.weighmaster.jobs;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.jobs.AgreedVerdicts.Agreed;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attested quantizations of acme/base beside model cards that name it or another, in many ways. */
@TestInstance(Lifecycle.PER_CLASS)
class ModelCardsTest {
  private static final Map<String, byte[]> CARDS = new LinkedHashMap<>();

  static {
    card("plain", frontMatter("base_model: acme/base"));
    card("tab", frontMatter("base_model:\tacme/base"));
    card("url", frontMatter("base_model: https://huggingface.co/acme/base"));
    card("url-of-a-tree", frontMatter("base_model: https://hf.co/acme/base/tree/main"));
    card("other-letters", frontMatter("base_model: ACME/Base"));
    card("revision", frontMatter("base_model: acme/base@main"));
    card("path", frontMatter("base_model: ./somewhere"));
    card("deep-path", frontMatter("base_model: [/data/x, outputs/x/checkpoint-5]"));
    card("name", frontMatter("base_model: Base"));
    card("renamed", frontMatter("base_model: Labs/old-base"));
    card("renamed-name", frontMatter("base_model: oldest"));
    card("other-url", frontMatter("base_model: https://huggingface.co/other/x"));
    card("longer", frontMatter("base_model: acme/base2"));
    card("shorter", frontMatter("base_model: acme/bas"));
    card("below", frontMatter("base_model: https://huggingface.co/acme/base2/tree/acme/base"));
    card("other-organisation", frontMatter("base_model: acme2/base"));
    card("other-name", frontMatter("base_model: base2"));
    card("other-site", frontMatter("base_model: https://example.com/acme/base"));
    card("no-id", frontMatter("base_model: acme/base and more"));
    card("path-and-other", frontMatter("base_model: [./base, other/x]"));
    card("other", frontMatter("base_model: other/x"));
    card("finetune", frontMatter("base_model: other/x\nbase_model_relation: finetune"));
    card("merge", frontMatter("base_model: other/x\nbase_model_relation: merge"));
    card("adapter", frontMatter("base_model: other/x\nbase_model_relation: adapter"));
    card("no-name", frontMatter("base_model: 7"));
    card("no-front-matter", "# just text\nbase_model: other/x\n");
    card("between-rules", "---\nHello\n---\n");
    card("space-before", " \n\t\n" + frontMatter("base_model: other/x"));
    card("carriage-returns", frontMatter("base_model: other/x").replace('\n', '\r'));
    card("crlf", frontMatter("base_model: other/x").replace("\n", "\r\n"));
    card("bom", "\uFEFF" + frontMatter("base_model: other/x"));
    card("same-twice", frontMatter("base_model: other/x\nbase_model: other/x"));
    card("tags-twice", frontMatter("tags: [a]\ntags: [b]\nbase_model: other/x"));
    card("merged-in", frontMatter("<<: {base_model: other/x}"));
    card("Quantized", frontMatter("base_model: other/x\nbase_model_relation: Quantized"));
    card("Finetune", frontMatter("base_model: other/x\nbase_model_relation: Finetune"));
    card("relations", frontMatter("base_model: other/x\nbase_model_relation: [finetune]"));
    card("nel", frontMatter("note: a\u0085b\nbase_model: other/x"));
    CARDS.put(
        "latin-1", frontMatter("author: Jos\u00E9\nbase_model: other/x").getBytes(ISO_8859_1));
    card("twice", frontMatter("base_model: other/x\nbase_model: acme/base"));
    card("long", frontMatter("tags:\n" + "- a\n".repeat(300_000) + "base_model: acme/base"));
    card("deep", frontMatter("a: " + "[".repeat(100) + "]".repeat(100)));
    card("unsound", frontMatter("title: a: b\nbase_model: acme/base"));
    card("hidden", frontMatter("base_model: acme/base\n# \u0085base_model: other/x"));
    card("behind-a-blank-line", "---\n\n---\nbase_model: other/x\n---\n# Title\n");
    card("behind-a-comment", "---\n# c\n--- \nbase_model: other/x\n---\n# Title\n");
    card("behind-a-return", "---\n# c\n---\rbase_model: other/x\n---\n# Title\n");
    card(
        "pointer",
        "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a".repeat(64) + "\nsize 7\n");
  }

  private Map<String, Agreed> verdicts;

  private static void card(String repository, String text) {
    CARDS.put(repository, text.getBytes(UTF_8));
  }

  private static String frontMatter(String yaml) {
    return "---\nlicense: mit\n" + yaml + "\n---\n# Title\n";
  }

  @BeforeAll
  void judge(@TempDir Path folder) throws Exception {
    TestHub hub = new TestHub(folder.resolve("hub"));
    hub.model("acme/base").sign("acme/base", ACME);
    CARDS.forEach(
        (name, card) -> {
          quantized(hub, "quants/" + name);
          hub.write("quants/" + name + "/README.md", card);
        });
    quantized(hub, "quants/other-case");
    hub.write("quants/other-case/readme.md", frontMatter("base_model: other/x"));
    header(hub, "header-case", "https://huggingface.co/Acme/BASE");
    header(hub, "header-revision", "acme/base@main");
    header(hub, "header-renamed", "https://huggingface.co/labs/old-base");
    header(hub, "header-path", "/data/x");
    header(hub, "header-other", "https://huggingface.co/acme/base2");
    hub.write("quants/old-name/m.gguf", gguf(GgmlType.Q4_0, "old-name"))
        .attest("quants/old-name/m.gguf")
        .from("labs/old-base", hub.rootDigest("acme/base"))
        .by(QUANTS);
    hub.policy(
        """
        aliases:
          - {from: labs/Old-Base, to: acme/base}
          - {from: oldest, to: Acme/base}
        """);
    hub.write("quants/unattested/m.gguf", gguf(GgmlType.Q4_0, "unattested"))
        .write("quants/unattested/README.md", CARDS.get("unsound"));
    verdicts =
        AgreedVerdicts.of(folder.resolve("hub"), hub.writePolicy(folder.resolve("policy")), folder);
  }

  private static void header(TestHub hub, String name, String base) {
    GgufWriter header =
        new GgufWriter()
            .put("general.source.url", base)
            .put("general.base_model.count", 1)
            .put("general.base_model.0.repo_url", base);
    String file = "quants/" + name + "/m.gguf";
    hub.write(file, gguf(header, GgmlType.Q4_0, name)).attest(file).from("acme/base").by(QUANTS);
  }

  private static void quantized(TestHub hub, String repository) {
    hub.write(repository + "/m.gguf", gguf(GgmlType.Q4_0, repository))
        .attest(repository + "/m.gguf")
        .from("acme/base")
        .by(QUANTS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "tab",
        "finetune",
        "merge",
        "adapter",
        "no-name",
        "no-front-matter",
        "between-rules",
        "other-case",
        "url",
        "url-of-a-tree",
        "other-letters",
        "revision",
        "path",
        "deep-path",
        "name",
        "renamed",
        "renamed-name"
      })
  void aCardThatDeclaresNoOtherSourceIsNoContradiction(String repository) {
    assertReason(repository, Reason.OK);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "other",
        "space-before",
        "carriage-returns",
        "crlf",
        "bom",
        "same-twice",
        "tags-twice",
        "merged-in",
        "Quantized",
        "Finetune",
        "relations",
        "nel",
        "latin-1",
        "other-url",
        "longer",
        "shorter",
        "below",
        "other-organisation",
        "other-name",
        "other-site",
        "no-id",
        "path-and-other"
      })
  void aCardThatTheHubReadsContradictsHoweverItIsWritten(String repository) {
    assertReason(repository, Reason.CLAIM_MISMATCH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"header-case", "header-revision", "header-renamed", "header-path"})
  void aHeaderThatNamesTheSourceInAnotherWayIsNoContradiction(String repository) {
    assertReason(repository, Reason.OK);
  }

  @Test
  void anAttestationMayHaveTheNameThatItsSourceHadBefore() {
    assertReason("old-name", Reason.OK);
  }

  @Test
  void aHeaderThatNamesAnotherModelContradicts() {
    assertReason("header-other", Reason.CLAIM_MISMATCH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "twice",
        "long",
        "deep",
        "unsound",
        "hidden",
        "behind-a-blank-line",
        "behind-a-comment",
        "behind-a-return"
      })
  void aCardThatCanNotBeReadIsNeverVerified(String repository) {
    assertReason(repository, Reason.UNSUPPORTED);
    assertThat(verdicts.get("quants/" + repository + "/m.gguf").detail())
        .startsWith("\"quants/" + repository + "/README.md\": the front matter ");
  }

  @Test
  void aCardThatIsNotHereIsNeverVerified() {
    assertReason("pointer", Reason.IO_ERROR);
  }

  @Test
  void aCardThatCanNotBeReadIsNoFaultOfWhatNobodyAttested() {
    assertReason("unattested", Reason.NO_ATTESTATION);
  }

  private void assertReason(String repository, Reason reason) {
    AgreedVerdicts.assertReason(verdicts, "quants/" + repository + "/m.gguf", reason);
  }
}
