package dev.weighmaster.jobs.badge;

import static dev.weighmaster.jobs.table.OpenedTable.existing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.chain.LinkKind;
import dev.weighmaster.jobs.page.Browser;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.jobs.table.WrittenRun;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.Select;

/** The pages as somebody uses them who has the folder on a disk. */
@Tag("slow")
class BadgePagesTest {
  private static final int GENERATED = 300;

  @TempDir private static Path folder;
  private static Browser browser;
  private static int quantizations;

  private static Path out() {
    return folder.resolve("out");
  }

  @BeforeAll
  static void writePages() throws Exception {
    browser = Browser.open();
    List<AuditRow> rows = new ArrayList<>(WrittenRun.rows(WrittenRun.DATE, GENERATED));
    for (String name : HostileNames.ALL) {
      rows.add(
          WrittenRun.row(
              WrittenRun.DATE, "hostile/" + name, name + "-" + rows.size(), Reason.OK, name));
    }
    rows.add(
        WrittenRun.row(
            WrittenRun.DATE,
            "quantco/base-7b-GGUF",
            "base-7b-Q4_K_M.gguf",
            Reason.OK,
            "acme/base-7b"));
    rows.add(
        WrittenRun.row(
            WrittenRun.DATE,
            "quantco/tampered-GGUF",
            "base-7b-Q4_K_M.gguf",
            Reason.DIGEST_MISMATCH,
            "acme/base-7b"));
    quantizations = rows.size();
    Path table = folder.resolve("table");
    WrittenRun.write(
        table,
        WrittenRun.DATE,
        rows,
        List.of(
            WrittenRun.statement(
                WrittenRun.DATE, "acme/base-7b", "model.sig", LinkKind.MODEL_SIGNATURE)));
    new BadgeExport(AuditedRun.newest(existing(table.toString()), Optional.empty()), out())
        .execute();
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void openTheIndex() {
    browser.driver().executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of()));
    browser.show("about:blank");
    browser.show(out().resolve("index.html"));
  }

  @Test
  void theIndexShowsAHundredRowsAndSaysOfHowMany() throws Exception {
    assertThat(browser.all("#found tbody tr")).hasSize(100);
    assertThat(status()).isEqualTo("Showing 1 to 100 of " + quantizations);

    browser.first("#next").click();

    assertThat(status()).isEqualTo("Showing 101 to 200 of " + quantizations);
    browser.assertFlawless();
  }

  @Test
  void aSearchLeadsToAChainAndTheWayBackToTheSearch() throws Exception {
    browser.first("#words").sendKeys("QUANTCO base-7b");
    new Select(browser.first("#verdict")).selectByVisibleText("Broken");
    new Select(browser.first("#format")).selectByVisibleText("gguf");
    browser.first("#organisation").sendKeys("quantco");

    assertThat(status())
        .isEqualTo("Showing 1 to 1 of 1 that match, of " + quantizations + " in all");
    browser.first("#found a").click();
    assertThat(browser.first("h1").getText()).contains("quantco/tampered-GGUF");
    assertThat(browser.first(".finding .chip").getText()).isEqualTo("Broken");
    assertThat(browser.all(".tree .node")).hasSize(3);
    assertThat(browser.first("main").getText())
        .contains("The file is not the one that was signed", "acme/base-7b/model.sig");
    browser.assertFlawless();

    browser.driver().navigate().back();
    assertThat(browser.first("#words").getDomProperty("value")).isEqualTo("QUANTCO base-7b");
    assertThat(browser.all("#found tbody tr")).hasSize(1);
  }

  @Test
  void hostileNamesAreTextAndTheirLinksLeadToTheirPages() throws Exception {
    browser.first("#organisation").sendKeys("hostile");

    List<String> pages =
        browser.all("#found a").stream().map(link -> link.getDomProperty("href")).toList();
    assertThat(pages).hasSameSizeAs(HostileNames.ALL);
    assertThat(browser.all("#found script, #found svg, #found img")).isEmpty();
    for (String page : pages) {
      browser.show(page);
      assertThat(browser.first(".finding .chip").getText()).isEqualTo("Verified");
      assertThat(browser.complaints()).isEmpty();
      assertThat(browser.requests()).isEmpty();
    }
  }

  @Test
  void theDarkPagesBarNobody() throws Exception {
    browser
        .driver()
        .executeCdpCommand(
            "Emulation.setEmulatedMedia",
            Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
    browser.assertFlawless();

    WebElement first = browser.first("#found a");
    first.click();
    browser.assertFlawless();
  }

  @Test
  void nothingIsFoundInWords() {
    browser.first("#words").sendKeys("no such model");

    assertThat(status()).startsWith("None of " + quantizations + " matches");
    assertThat(browser.first("#found").isDisplayed()).isFalse();
  }

  private static String status() {
    return browser.first("#status").getText();
  }
}
