package dev.weighmaster.jobs.weigh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.Fixtures;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.jobs.badge.HostileNames;
import dev.weighmaster.jobs.page.Browser;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher;
import dev.weighmaster.weigh.Weigher.Depth;
import dev.weighmaster.weigh.Weighing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The page as somebody sees it who opens the file. */
@Tag("slow")
class WeighingPageBrowserTest {
  private static final String QUANTIZATION = "tiny-llama-Q4_K_M.gguf";
  private static final String SOURCE = "tiny-llama-F16.gguf";
  private static final String TAMPERED = "blk.1.ffn_up.weight";
  private static final int LAYERS = 64;
  private static final List<String> KINDS =
      List.of(
          "attn_norm",
          "attn_q_a",
          "attn_q_b",
          "attn_kv_a_mqa",
          "attn_k_b",
          "attn_v_b",
          "attn_output",
          "ffn_norm",
          "ffn_gate_inp",
          "ffn_gate_exps",
          "ffn_up_exps",
          "ffn_down_exps",
          "ffn_gate_shexp",
          "ffn_up_shexp",
          "ffn_down_shexp");

  @TempDir private static Path folder;
  private static Browser browser;
  private static Path large;

  @BeforeAll
  static void open() throws IOException {
    browser = Browser.open();
    large = write("large", large());
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
  }

  /** A mixture of experts with a tensor that deviates, whose error is no larger than others'. */
  private static Weighing large() {
    List<TensorWeighing> tensors = new ArrayList<>();
    tensors.add(WeighedTensor.of("token_embd.weight", Level.EXACT, 0.07));
    for (int layer = 0; layer < LAYERS; layer++) {
      for (String kind : KINDS) {
        boolean norm = kind.endsWith("norm");
        boolean odd = layer == 33 && kind.equals("attn_v_b");
        tensors.add(
            WeighedTensor.of(
                "blk.%d.%s.weight".formatted(layer, kind),
                odd ? Level.DEVIATES : norm ? Level.EXACT : Level.EQUIVALENT,
                norm ? 0 : 0.07 + 0.0001 * layer));
      }
    }
    return Weighing.of(tensors, List.of());
  }

  private static Path write(String name, Weighing weighing) throws IOException {
    return Files.writeString(
        folder.resolve(name + ".html"),
        MadePage.of("org/" + name + ".gguf", "org/source.gguf", "A sentence.", weighing));
  }

  /** What llama.cpp made of a fixture, with one byte changed. */
  private static Path tampered() throws IOException {
    Path fixtures = Fixtures.path("gguf");
    Tensor tensor =
        ModelTensors.open(new LocalStorage(fixtures), QUANTIZATION).find(TAMPERED).orElseThrow();
    byte[] bytes = Files.readAllBytes(fixtures.resolve(QUANTIZATION));
    // A byte of codes in the middle of the tensor's second block.
    bytes[(int) tensor.offset() + 144 + 72] ^= 0x11;
    Files.write(folder.resolve(QUANTIZATION), bytes);
    Weighing weighing =
        new Weigher(
                ModelTensors.open(new LocalStorage(folder), QUANTIZATION),
                ModelTensors.open(new LocalStorage(fixtures), SOURCE),
                List.of(),
                Depth.EXACT)
            .weigh();
    return write("tampered", weighing);
  }

  private static void show(Path page, String scheme) {
    browser
        .driver()
        .executeCdpCommand(
            "Emulation.setEmulatedMedia",
            Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    browser.show("about:blank");
    browser.show(page);
  }

  private static long count(String selector) {
    return (Long) browser.run("return document.querySelectorAll(arguments[0]).length", selector);
  }

  /** The texts of the rows that are shown. To ask the driver for each row takes a minute. */
  private static List<?> shownRows() {
    return (List<?>)
        browser.run(
            "return [...document.querySelectorAll('#tensors tbody tr')]"
                + ".filter(row => row.checkVisibility()).map(row => row.innerText)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void aQuantizationThatDeviatesIsShownWithoutAFlaw(String scheme) throws IOException {
    show(tampered(), scheme);

    browser.assertFlawless();
    assertThat(browser.first(".finding .chip").getText()).isEqualTo("DEVIATES");
    assertThat(browser.first("#standouts").getText())
        .contains(TAMPERED, "can't come from the source");
    assertThat(browser.all("#errors .chart svg")).hasSize(1);
    assertThat(browser.all(".map td.deviates")).hasSize(1);
    assertThat(browser.all(".map td.exact")).hasSize(17);
    assertThat(browser.all("#tensors tbody tr")).hasSize(21);
  }

  @Test
  void aThousandTensorsAreAMapAndPanelsByKind() throws IOException {
    show(large, "light");

    assertThat(browser.all(".map")).hasSize(2);
    assertThat(count(".map td:not(:empty)")).isEqualTo((long) LAYERS * KINDS.size());
    assertThat((String) browser.run("return document.querySelector('.chart').textContent"))
        .contains("attn_v_b.weight", "ffn_up_exps.weight", "outside the layers", "DEVIATES")
        .doesNotContain("attn_norm");
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.requests()).isEmpty();
  }

  @Test
  void theMapLeadsToTheRowOfATensorThatDeviatesThoughTheFilterHidesIt() {
    show(large, "light");
    browser.first(".filter .level").sendKeys("EXACT");
    assertThat(browser.first("#tensors output").getText())
        .isEqualTo("%d of %d listed".formatted(1 + 2 * LAYERS, 1 + KINDS.size() * LAYERS));

    browser.first(".map td.deviates a").click();

    assertThat(browser.shown("#tensors tr:target").getText()).startsWith("blk.33.attn_v_b.weight");
  }

  @Test
  void theTableIsSearchedAndIsSortedFromTheKeyboard() {
    show(large, "light");
    browser.first(".filter input").sendKeys("ffn_up_shexp");
    assertThat(shownRows()).hasSize(LAYERS);

    WebElement error = browser.first("#tensors th:nth-child(5) button");
    error.sendKeys(Keys.ENTER);

    assertThat(browser.first("#tensors th:nth-child(5)").getDomAttribute("aria-sort"))
        .isEqualTo("descending");
    assertThat(shownRows().get(0)).asString().startsWith("blk.63.ffn_up_shexp.weight");
    error.sendKeys(Keys.ENTER);
    assertThat(shownRows().get(0)).asString().startsWith("blk.0.ffn_up_shexp.weight");
  }

  @Test
  void aNarrowWindowNeedsNoScrollingToTheSide() throws IOException {
    Map<String, Object> phone =
        Map.of("width", 360, "height", 800, "deviceScaleFactor", 1, "mobile", false);
    browser.driver().executeCdpCommand("Emulation.setDeviceMetricsOverride", phone);
    try {
      show(large, "dark");

      assertThat(browser.run("return document.documentElement.scrollWidth <= innerWidth"))
          .isEqualTo(true);
      assertThat(
              browser.run(
                  "return [...document.querySelectorAll('.scroll')]"
                      + ".filter(table => table.scrollWidth > table.clientWidth).map(table =>"
                      + " table.getAttribute('aria-label'))"))
          .isEqualTo(List.of());
      assertThat(browser.run("return document.querySelector('.chart').clientWidth <= innerWidth"))
          .isEqualTo(true);
      assertThat(browser.complaints()).isEmpty();
      assertThat(browser.requests()).isEmpty();
    } finally {
      browser.driver().executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
    }
  }

  @Test
  void thePageIsWholeWithoutScripts() {
    browser
        .driver()
        .executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", true));
    try {
      show(large, "light");

      assertThat(browser.first(".filter").isDisplayed()).isFalse();
      assertThat(browser.first(".map").isDisplayed()).isTrue();
      assertThat(browser.first("#tensor-1").getText()).startsWith("blk.0.attn_norm.weight");
    } finally {
      browser
          .driver()
          .executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", false));
    }
  }

  @Test
  void hostileNamesAreTextInTableMapAndChart() throws IOException {
    List<TensorWeighing> tensors = new ArrayList<>();
    for (String name : HostileNames.ofFiles()) {
      tensors.add(WeighedTensor.of("blk.0." + name, Level.DEVIATES, 0.3));
      tensors.add(WeighedTensor.of(name, Level.NOT_COMPARED, 0));
    }

    show(write("hostile", Weighing.of(tensors, List.of())), "light");

    assertThat(browser.run("return window.harmed")).isNull();
    assertThat(count("#tensors tbody tr")).isEqualTo(tensors.size());
    assertThat(
            count("main script, main img, main iframe, #levels svg, #tensors svg, [onmouseover]"))
        .isZero();
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.requests()).isEmpty();
  }

  @Test
  void aModelWithoutLayersHasOnePanelInTheOrderOfItsFile() throws IOException {
    List<TensorWeighing> tensors = new ArrayList<>();
    for (int i = 0; i < 1_200; i++) {
      tensors.add(WeighedTensor.of("tensor_" + i, Level.WITHIN_BOUNDS, i == 700 ? 30 : 0.07));
    }

    show(write("plain", Weighing.of(tensors, List.of())), "light");

    assertThat(count(".outside.many li")).isEqualTo(1_200);
    assertThat((String) browser.run("return document.querySelector('.chart').textContent"))
        .contains("in the order of the file", "1,000 %");
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.requests()).isEmpty();
  }
}
