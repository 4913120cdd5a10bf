package dev.weighmaster.jobs.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * A Chromium without a window. It keeps what pages complain of, and what they ask other places for.
 * A test that opens it is skipped where Chromium, its driver or axe are not installed, unless
 * continuous integration runs it.
 */
public final class Browser implements AutoCloseable {
  private static final Path AXE =
      Path.of(System.getProperty("weighmaster.root"), "interop/node_modules/axe-core/axe.min.js");

  /** What is asked of a place other than the page's own files. */
  private static final Pattern REQUEST =
      Pattern.compile(
          "\"method\":\"Network\\.requestWillBeSent\".*?\"url\":\"((?!file:|data:|blob:)[^\"]*)\"");

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

  private final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Starts one, with a window of 1280 by 900 pixels that is closed by {@link #close}. */
  public static Browser open() {
    File chromium = installed("chromium", "chromium-browser", "google-chrome");
    File chromeDriver = installed("chromedriver");
    if (!Files.exists(AXE)) {
      throw missing("axe");
    }
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium);
    options.setCapability("goog:loggingPrefs", logs);
    options.addArguments(
        "--headless=new",
        // Containers, where tests often run as root, have none of what the sandbox needs.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900");
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(chromeDriver)
            .usingAnyFreePort()
            .withSilent(true)
            .build();
    return new Browser(new ChromeDriver(service, options));
  }

  private static File installed(String... names) {
    return Stream.of(names)
        .flatMap(
            name ->
                Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                    .map(folder -> new File(folder, name)))
        .filter(File::canExecute)
        .findFirst()
        .orElseThrow(() -> missing(names[0]));
  }

  /** Continuous integration installs all of it: a test that skipped there could never fail. */
  private static AssertionError missing(String what) {
    assumeTrue("true".equals(System.getenv("CI")), what + " is not installed");
    return new AssertionError(what + " is not installed");
  }

  /** Opens a page, and forgets what the one before has complained of and asked for. */
  public void show(Path page) {
    show(page.toUri().toString());
  }

  /** Opens the page at an address. */
  public void show(String address) {
    complaints();
    requests();
    driver.get(address);
  }

  /** The elements that match a selector of CSS, in the page's order. */
  public List<WebElement> all(String selector) {
    return driver.findElements(By.cssSelector(selector));
  }

  /** The first element that matches a selector of CSS. */
  public WebElement first(String selector) {
    return driver.findElement(By.cssSelector(selector));
  }

  /** The first element that matches a selector of CSS, once it is there and shown. */
  public WebElement shown(String selector) {
    return new WebDriverWait(driver, LONGEST_WAIT)
        .until(ExpectedConditions.visibilityOfElementLocated(By.cssSelector(selector)));
  }

  /** What a script gives. */
  public Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** What the page's console has warned of since the page was opened, or since the last call. */
  public List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .map(entry -> entry.getMessage())
        .toList();
  }

  /** What was asked of other places since the page was opened, or since the last call. */
  public List<String> requests() {
    return driver.manage().logs().get(LogType.PERFORMANCE).getAll().stream()
        .flatMap(entry -> REQUEST.matcher(entry.getMessage()).results())
        .map(match -> match.group(1))
        .toList();
  }

  /** What axe calls serious or critical about the page as it is now. */
  @SuppressWarnings("unchecked")
  public List<String> barriers() throws IOException {
    driver.executeScript(Files.readString(AXE));
    List<Map<String, Object>> violations =
        (List<Map<String, Object>>)
            driver.executeAsyncScript(
                "const done = arguments[arguments.length - 1];"
                    + "axe.run().then(found => done(found.violations.map(one => ({"
                    + "impact: one.impact, id: one.id,"
                    + "where: one.nodes.map(node => node.html).slice(0, 5).join('\\n')}))));");
    return violations.stream()
        .filter(one -> List.of("serious", "critical").contains(one.get("impact")))
        .map(one -> one.get("impact") + " " + one.get("id") + ":\n" + one.get("where"))
        .toList();
  }

  /** Asserts that the page complains of nothing, asks nobody for anything, and bars nobody. */
  public void assertFlawless() throws IOException {
    assertThat(complaints()).isEmpty();
    assertThat(requests()).isEmpty();
    assertThat(barriers()).isEmpty();
  }

  /** Writes what the window shows, as a PNG. */
  public void screenshot(Path file) throws IOException {
    Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
  }

  /** Its own interface, for what is not here. */
  public ChromeDriver driver() {
    return driver;
  }

  @Override
  public void close() {
    driver.quit();
  }
}
