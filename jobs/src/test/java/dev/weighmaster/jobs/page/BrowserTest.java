package dev.weighmaster.jobs.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the tests of pages rely on: a flaw does not pass unnoticed. */
@Tag("slow")
class BrowserTest {
  @TempDir private Path folder;

  @Test
  void aPageWithoutAFlawPasses() throws IOException {
    Path page = page("<p>Well.</p>");

    try (Browser browser = Browser.open()) {
      browser.show(page);

      browser.assertFlawless();
      assertThat(browser.first("p").getText()).isEqualTo("Well.");
    }
  }

  @Test
  void errorsRequestsAndBarriersAreNoticed() throws IOException {
    Path page =
        page("<img src='http://127.0.0.1:9/x.png'><button></button><script>no.such()</script>");

    try (Browser browser = Browser.open()) {
      browser.show(page);

      assertThat(browser.complaints()).anyMatch(text -> text.contains("no is not defined"));
      assertThat(browser.requests()).containsExactly("http://127.0.0.1:9/x.png");
      assertThat(browser.barriers()).anyMatch(text -> text.contains("button-name"));
    }
  }

  private Path page(String body) throws IOException {
    return Files.writeString(
        folder.resolve("page.html"),
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>A page</title><main><h1>A"
            + " page</h1>"
            + body
            + "</main></html>");
  }
}
