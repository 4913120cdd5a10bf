package dev.weighmaster.jobs.demo;

import static dev.weighmaster.jobs.table.OpenedTable.existing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.badge.BadgeExport;
import dev.weighmaster.jobs.page.Browser;
import dev.weighmaster.jobs.report.ReportFiles;
import dev.weighmaster.jobs.report.ReportReader;
import dev.weighmaster.jobs.report.ReportReader.Limits;
import dev.weighmaster.jobs.table.AuditedRun;
import dev.weighmaster.trust.PolicySource;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.Select;

/** What somebody sees who has just made the demo, and a report and badges of its table. */
@Tag("slow")
class DemoPagesTest {
  private static final SparkSession SPARK = TestSpark.session();

  @TempDir private static Path folder;
  private static Browser browser;
  private static Path report;
  private static Path index;

  @BeforeAll
  static void makeTheDemosPages() throws Exception {
    browser = Browser.open();
    DemoHub demo = DemoHub.create(folder.resolve("demo"));
    String table = demo.table().toString();
    new AuditJob(SPARK, demo.hub().toString(), table)
        .policy(PolicySource.read(demo.policy()))
        .execute();
    ReportReader reader =
        ReportReader.open(existing(table), Optional.empty(), Optional.empty(), Limits.DEFAULT);
    report = ReportFiles.write(reader.read(), reader, folder.resolve("report")).get(0);
    Path badges = folder.resolve("badges");
    new BadgeExport(AuditedRun.newest(existing(table), Optional.empty()), badges).execute();
    index = badges.resolve("index.html");
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
  }

  @Test
  void aBrokenChainOfTheReportIsSearchedForAndUnfolded() throws Exception {
    browser.show(report);

    browser.first("#broken .filter input[type=search]").sendKeys("tampered");
    List<WebElement> shown =
        browser.all("#broken .case").stream().filter(WebElement::isDisplayed).toList();
    assertThat(shown).hasSize(1);
    shown.get(0).findElement(By.tagName("summary")).click();

    assertThat(shown.get(0).getText())
        .contains("quantco/tampered-GGUF/tiny-Q8_0.gguf", "✗ DIGEST_MISMATCH");
    browser.assertFlawless();
  }

  @Test
  void theIndexIsSearchedAndFilteredAndLeadsToAChain() throws Exception {
    browser.show(index);
    browser.assertFlawless();

    browser.first("#words").sendKeys("tiny-base-via");
    new Select(browser.first("#verdict")).selectByVisibleText("Verified");
    new Select(browser.first("#format")).selectByVisibleText("gguf");
    assertThat(browser.first("#status").getText()).startsWith("Showing 1 to 1 of 1 that match");
    browser.first("#found a").click();

    assertThat(browser.first("h1").getText()).contains("quantco/tiny-base-via-F16-GGUF");
    assertThat(browser.first(".finding .chip").getText()).isEqualTo("Verified");
    assertThat(browser.first(".tree").getText())
        .containsSubsequence(
            "tiny-Q4_1.gguf.quantization.sigstore.json",
            "tiny-F16.gguf.conversion.sigstore.json",
            "acme/tiny-base/model.sig");
    browser.assertFlawless();
  }

  @Test
  void whatIsBrokenIsToldInTheIndexAndOnItsPage() throws Exception {
    browser.show(index);

    new Select(browser.first("#verdict")).selectByVisibleText("Broken");
    browser.first("#words").sendKeys("passed-off");
    browser.first("#found a").click();

    assertThat(browser.first(".finding .chip").getText()).isEqualTo("Broken");
    assertThat(browser.first("main").getText()).contains("SOURCE_IDENTITY_MISMATCH");
    browser.assertFlawless();
  }
}
