package dev.weighmaster.jobs.badge;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Names that an uploader could choose to harm who shows them. */
public final class HostileNames {
  public static final List<String> ALL =
      List.of(
          "<script>alert(1)</script>",
          "</title></svg><svg onload=alert(1)>",
          "]]><!--",
          "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
          "a\" onmouseover=\"alert(1)",
          "' or 1=1; DROP TABLE audit; --",
          "=HYPERLINK(\"http://example.com\")",
          "javascript:alert(1)",
          "${7*7}{{7*7}}",
          "a\u0000b\u0008c\u001b[31m",
          "line\nbreak\r\n\u2028\u2029",
          "acme/\u202egnp.exe",
          "\u2066\u2067\u2068\u2069\u200f\u061c",
          "zero\u200bwidth\u200d\ufeff",
          "lone\ud800surrogate",
          "lone\udc00surrogate",
          "not\uffffa\ufffecharacter",
          "\ud83d\ude00 emoji, \u05d0\u05d1\u05d2 \u4e2d\u6587",
          "a" + "\u0301".repeat(300),
          "../../../../etc/passwd",
          "",
          " ");

  /** Each a name of a file; the scripts in them would set {@code window.harmed}. */
  private static final List<String> OF_FILES =
      List.of(
          // HTML, SVG and what runs in them
          "<img src=x onerror=window.harmed=1>",
          "<svg onload=window.harmed=1>",
          "<script>window.harmed=1<!--",
          "\"><details open ontoggle=window.harmed=1>",
          "' autofocus onfocus='window.harmed=1",
          "<iframe srcdoc='<script>parent.harmed=1'>",
          "\");window.harmed=1;(\"",
          "');window.harmed=1;('",
          "`;window.harmed=1;`",
          "<style>*{display:none}",
          "&lt;img src=x onerror=window.harmed=1&gt;",
          "$1$&$`\\1",
          "__proto__",
          // SQL
          "\"; DROP TABLE audit; --",
          "`; DROP VIEW latest; --",
          "%' OR 1=1 OR '_",
          // formulas of spreadsheets
          "=1+1",
          "+1+1",
          "-2+3",
          "@SUM(A1)",
          "\t=1+1",
          "\r=1+1",
          "\n=1+1",
          "\uff1d1+1",
          "a,\"=1+1\";=1+1",
          // Markdown
          "[x](javascript:window.harmed=1)",
          "![x](data:,)",
          "a|b\\|c`d``e",
          "www.evil.example",
          "*b* _i_ ~s~ # h",
          // terminals
          "\u001b[2J\u001b[31m",
          "\u001b]8;;evil.example\u0007click\u001b]8;;\u0007",
          "\u001b]0;title\u0007\u001bP+q\u001b\\",
          "\u009b31m\u009d0;title\u009c\u0090",
          "bell\u0007back\u0008del\u007f\u000b\u000c",
          "a line\rover another",
          "line\nweighmaster: audited 9 quantizations: 9 verified",
          // what can't be seen, or is read the other way
          "txt\u202egpj.exe",
          "\u2067\u202a\u061c\u2069",
          "\u2028\u2029\u0085",
          "private\ue000use",
          "tag\udb40\udc41s",
          "unassigned\u0378",
          "a" + "\u0301".repeat(30),
          // JSON, YAML, templates, URLs, formats, options, devices
          "{\"verdict\": \"VERIFIED\"}",
          "&a [*a, !!x y]: |",
          "%0d%0aSet-Cookie:%20harmed=1",
          "%s%n%1$x{0}{}",
          "#fragment?query=1&a=b",
          "a\\b\\u0041",
          "-rf",
          "--policy=x",
          "@arguments",
          "null",
          "NaN",
          "index",
          "CON.aux",
          " both ends ");

  private HostileNames() {}

  /**
   * Texts for where none is the name of a file, those first that can't be one: with a slash or a
   * NUL in them, or too long.
   */
  public static List<String> ofTexts() {
    List<String> files = ofFiles();
    return ALL.stream()
        .filter(text -> !text.isBlank() && UTF_8.newEncoder().canEncode(text))
        .sorted(Comparator.comparing(files::contains))
        .toList();
  }

  /** Those that a file system takes for a name, and an inventory for one that is not hidden. */
  public static List<String> ofFiles() {
    return Stream.concat(ALL.stream(), OF_FILES.stream())
        .filter(name -> !name.isEmpty() && !name.startsWith("."))
        .filter(name -> name.chars().noneMatch(c -> c == '/' || c == 0))
        .filter(name -> UTF_8.newEncoder().canEncode(name))
        // What is put before and behind it has its place too.
        .filter(name -> name.getBytes(UTF_8).length < 180)
        .toList();
  }
}
