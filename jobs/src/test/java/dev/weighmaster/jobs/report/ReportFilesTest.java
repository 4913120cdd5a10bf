package dev.weighmaster.jobs.report;

import static dev.weighmaster.jobs.table.OpenedTable.existing;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.page.Browser;
import dev.weighmaster.jobs.report.ReportReader.Limits;
import dev.weighmaster.jobs.table.WrittenTable;
import dev.weighmaster.jobs.table.WrittenTable.RunOf;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;

/** The three files of a report over a hub whose uploaders mean harm. */
class ReportFilesTest {
  /** Each is the name of a repository, and of its one file. */
  private static final List<String> NAMES =
      List.of(
          "=HYPERLINK(\"http://evil.example\",\"x\")",
          "+1+1",
          "-2+3",
          "@SUM(A1)",
          "\t=1",
          "\r=1",
          "\uff1d1+1",
          "<script>alert(1)</script>",
          "\"><img src=x onerror=alert(1)>",
          "</style></script><h1>x",
          "<!--",
          "';DROP TABLE audit;--",
          "a,b\"c\nd",
          "txt\u202egpj.exe",
          "\u001b[2J\u0007",
          "${7*7} {{7*7}}",
          "lone\ud800surrogate");

  @TempDir private static Path folder;
  private static Report report;
  private static List<Path> files;

  @BeforeAll
  static void writeAReport() throws IOException {
    WrittenTable table = new WrittenTable(TestSpark.session(), folder.resolve("table"));
    table
        .run("2026-11-21")
        .quantization("acme/base-GGUF", "a.gguf", Reason.OK)
        .quantization("acme/old-GGUF", "a.gguf", Reason.CLAIM_MISMATCH)
        .write();
    RunOf run =
        table
            .run("2026-11-22")
            .quantization("acme/base-GGUF", "a.gguf", Reason.SIGNATURE_INVALID)
            .quantization("acme/old-GGUF", "a.gguf", Reason.CLAIM_MISMATCH)
            .quantization("acme/good-GGUF", "a.gguf", Reason.OK)
            .quantization("acme/lost-GGUF", "a.gguf", Reason.IO_ERROR);
    for (String name : NAMES) {
      run.quantization("evil/" + name, name, name, Optional.of(name), Reason.DIGEST_MISMATCH);
      run.quantization(name + "/evil", name, name, Optional.of(name), Reason.NO_ATTESTATION);
    }
    run.write();
    ReportReader reader = reader();
    report = reader.read();
    files = ReportFiles.write(report, reader, folder.resolve("out"));
  }

  private static ReportReader reader() throws IOException {
    return reader(folder.resolve("table"));
  }

  private static ReportReader reader(Path table) throws IOException {
    return ReportReader.open(
        existing(table.toString()), Optional.empty(), Optional.empty(), Limits.DEFAULT);
  }

  @Test
  void theSameTableMakesTheSameBytes() throws IOException {
    ReportReader again = reader();
    List<Path> others = ReportFiles.write(again.read(), again, folder.resolve("again"));

    for (int i = 0; i < files.size(); i++) {
      assertThat(others.get(i)).hasSameBinaryContentAs(files.get(i));
    }
    try (Stream<Path> left = Files.list(folder.resolve("out"))) {
      assertThat(left).containsExactlyInAnyOrderElementsOf(files);
    }
  }

  @Test
  void aRunThatCouldAuditNothingSaysSo(@TempDir Path elsewhere) throws IOException {
    new WrittenTable(TestSpark.session(), elsewhere.resolve("table"))
        .run("2026-11-22")
        .quantization("acme/lost-GGUF", "a.gguf", Reason.IO_ERROR)
        .write();
    ReportReader reader = reader(elsewhere.resolve("table"));

    Path page = ReportFiles.write(reader.read(), reader, elsewhere.resolve("out")).get(0);

    assertThat(Files.readString(page))
        .contains("0 of 1 quantization", "1 could not be audited", "acme/lost-GGUF");
  }

  @Test
  void theCsvHasEveryQuantizationInOrderAndNoFormula() throws IOException {
    List<CSVRecord> rows = csv();

    assertThat(rows).hasSize(4 + 2 * NAMES.size());
    assertThat(rows)
        .allSatisfy(
            row ->
                assertThat(row)
                    .allSatisfy(cell -> assertThat(cell).doesNotMatch("(?s)[=+\\-@\t\r\uff1d].*")));
    assertThat(rows.stream().map(row -> row.get("quantization")))
        .contains(
            "'=HYPERLINK(\"http://evil.example\",\"x\")",
            "'+1+1",
            "a,b\"c\\nd",
            "txt\\u202egpj.exe");
    assertThat(rows)
        .filteredOn(row -> row.get("repository").equals("acme/base-GGUF"))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.get("verdict_before")).isEqualTo("VERIFIED");
              assertThat(row.get("who_acts")).isEqualTo("SIGNER HUB");
              assertThat(row.get("chain"))
                  .isEqualTo(
                      "QUANTIZATION OK by quants@example.org from acme/base"
                          + " -> MODEL_SIGNATURE SIGNATURE_INVALID by release@acme.example");
            });
    assertThat(Files.readString(files.get(1))).contains("\r\n");
  }

  private static List<CSVRecord> csv() throws IOException {
    try (CSVParser parser =
        CSVParser.parse(
            files.get(1),
            UTF_8,
            CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get())) {
      return parser.getRecords();
    }
  }

  @Test
  void theJsonHasTheNamesAsTheyAreAndTheReportsFigures() throws IOException {
    JsonNode json = JsonMapper.builder().build().readTree(files.get(2).toFile());

    assertThat(json.path("form").asInt()).isEqualTo(2);
    assertThat(json.path("totals").path("broken").asLong()).isEqualTo(report.totals().broken());
    List<String> names = new ArrayList<>();
    json.path("broken")
        .path("listed")
        .forEach(each -> names.add(each.path("quantization").asText()));
    assertThat(names).contains("txt\u202egpj.exe", "\t=1", "<script>alert(1)</script>");
    assertThat(json.path("changes").path("newly_broken").path("listed").path(0).path("who_acts"))
        .isNotEmpty();
    assertThat(json.path("frameworks")).hasSize(5);
    assertThat(Files.readString(files.get(2)).chars())
        .allMatch(c -> c < 0x7f && (c >= ' ' || c == '\n'));
  }

  /** The page as somebody sees it who opens the file. */
  @Nested
  @Tag("slow")
  class ThePage {
    private static Browser browser;

    @BeforeAll
    static void open() {
      browser = Browser.open();
    }

    @AfterAll
    static void close() {
      if (browser != null) {
        browser.close();
      }
    }

    private static void show(String scheme) {
      browser
          .driver()
          .executeCdpCommand(
              "Emulation.setEmulatedMedia",
              Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
      browser.show(files.get(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"light", "dark"})
    void hasNoFlaw(String scheme) throws IOException {
      show(scheme);

      browser.assertFlawless();
      assertThat(browser.all(".chart svg")).hasSize(5);
      assertThat(browser.all("img, h1 ~ h1")).isEmpty();
    }

    @Test
    void findsAndUnfoldsABrokenChain() throws IOException {
      show("light");
      browser.first("#broken .filter input[type=search]").sendKeys("signature_invalid acme");

      List<WebElement> shown =
          browser.all("#broken .case").stream().filter(WebElement::isDisplayed).toList();
      assertThat(shown).hasSize(1);
      assertThat(shown.get(0).findElement(By.className("node")).isDisplayed()).isFalse();
      shown.get(0).findElement(By.tagName("summary")).click();
      assertThat(shown.get(0).getText())
          .contains(
              "acme/base-GGUF/a.gguf", "signed by", "quants@example.org", "✗ SIGNATURE_INVALID");
      assertThat(browser.first("#broken output").getText())
          .isEqualTo("1 of " + report.broken().total() + " listed");
      browser.assertFlawless();
    }

    @Test
    void isWholeWithoutScripts() throws IOException {
      String page = Files.readString(files.get(0));
      disableScripts(true);
      try {
        show("light");

        assertThat(page).contains("acme/base-GGUF", "${7*7} {{7*7}}", "txt\\u202egpj.exe");
        assertThat(browser.first("#broken .filter").isDisplayed()).isFalse();
        assertThat(browser.first("#broken .case").isDisplayed()).isTrue();
        assertThat(browser.first("#totals table").isDisplayed()).isTrue();
      } finally {
        disableScripts(false);
      }
      assertThat(page).doesNotContain("\u202e", "\u001b");
    }

    private static void disableScripts(boolean disabled) {
      browser
          .driver()
          .executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", disabled));
    }
  }
}
