package dev.weighmaster.jobs.page;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;

/** Renders the templates of {@code src/main/jte}. Thread-safe. */
public final class Pages {
  private static final TemplateEngine ENGINE =
      TemplateEngine.createPrecompiled(
          null, ContentType.Html, Pages.class.getClassLoader(), Pages.class.getPackageName());

  private Pages() {}

  /**
   * A whole page.
   *
   * @param template its path below {@code src/main/jte}
   * @param shown its one parameter
   */
  public static String render(String template, Object shown) {
    StringOutput page = new StringOutput();
    ENGINE.render(template, shown, page);
    return page.toString();
  }
}
