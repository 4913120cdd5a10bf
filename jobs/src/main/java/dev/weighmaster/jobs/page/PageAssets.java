package dev.weighmaster.jobs.page;

/**
 * What a long page with charts carries in it, so that it needs nothing else.
 *
 * @param charts the library that draws them
 * @param policy the page's content security policy: these texts by their digests, and nothing
 */
public record PageAssets(String style, String charts, String script, String policy) {

  /**
   * Those of one kind of page, upon what all long pages share.
   *
   * @param neighbour a class beside the style sheet and the script
   */
  public static PageAssets of(Class<?> neighbour, String styleSheet, String script) {
    PageAsset style =
        PageAsset.of("style.css")
            .and(PageAsset.of("document.css"))
            .and(PageAsset.of(neighbour, styleSheet));
    PageAsset charts = PageAsset.of("echarts.common.min.js");
    PageAsset scripts = PageAsset.of("document.js").and(PageAsset.of(neighbour, script));
    return new PageAssets(
        style.text(),
        charts.text(),
        scripts.text(),
        "default-src 'none'; style-src %s; style-src-attr 'unsafe-inline'; script-src %s %s; base-uri 'none'; form-action 'none'"
            .formatted(style.hash(), charts.hash(), scripts.hash()));
  }
}
