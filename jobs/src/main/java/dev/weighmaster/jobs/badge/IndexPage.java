package dev.weighmaster.jobs.badge;

import dev.weighmaster.audit.RunRow;
import dev.weighmaster.jobs.page.Chip;
import dev.weighmaster.jobs.page.PageAsset;
import dev.weighmaster.jobs.page.Pages;
import dev.weighmaster.jobs.page.VisibleText;
import dev.weighmaster.verdict.Verdict;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the page that searches all badges shows before its scripts have run.
 *
 * @param scripts with the rows, relative to the page
 */
public record IndexPage(
    String hub, String runId, String date, long rows, List<Total> totals, List<String> scripts) {
  private static final PageAsset STYLE = PageAsset.of("style.css").and(PageAsset.of("index.css"));
  private static final PageAsset SCRIPT = PageAsset.of("index.js");

  /** How many quantizations have a verdict. */
  public record Total(Chip chip, String count) {}

  static IndexPage of(RunRow run, Map<Verdict, Long> counts, List<String> scripts) {
    return new IndexPage(
        VisibleText.of(run.hub()),
        VisibleText.of(run.runId()),
        run.auditDate().toString(),
        run.quantizations(),
        Stream.of(Verdict.values())
            .map(
                verdict ->
                    new Total(
                        Chip.of(verdict), String.format(Locale.ROOT, "%,d", counts.get(verdict))))
            .toList(),
        List.copyOf(scripts));
  }

  /** The whole page. */
  String html() {
    return Pages.render("badge/index.jte", this);
  }

  /** The style that the page carries. */
  public PageAsset style() {
    return STYLE;
  }

  /** The script that the page carries. */
  public PageAsset script() {
    return SCRIPT;
  }
}
