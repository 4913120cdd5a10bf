package dev.weighmaster.jobs.badge;

import java.util.List;

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

  private HostileNames() {}
}
