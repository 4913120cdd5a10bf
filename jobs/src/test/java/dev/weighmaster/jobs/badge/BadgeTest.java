package dev.weighmaster.jobs.badge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.verdict.Verdict;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class BadgeTest {
  static Stream<String> hostileNames() {
    return HostileNames.ALL.stream();
  }

  @Test
  void aVerifiedOneNamesItsSource() {
    assertThat(Badge.of(Verdict.VERIFIED, Optional.of("acme/base-7b")).text())
        .isEqualTo("provenance: quantized from acme/base-7b, verified");
  }

  @ParameterizedTest
  @EnumSource(names = "VERIFIED", mode = EnumSource.Mode.EXCLUDE)
  void anyOtherNamesNothingAndNeverSaysVerified(Verdict verdict) {
    Badge badge = Badge.of(verdict, Optional.of("acme/base-7b, verified"));

    assertThat(badge.message()).doesNotContain("acme").doesNotContainPattern("\\bverified\\b");
    assertThat(badge.colour()).isNotEqualTo(Badge.of(Verdict.VERIFIED, Optional.empty()).colour());
  }

  @ParameterizedTest
  @EnumSource
  void whiteTextHasTheContrastOfLevelAa(Verdict verdict) {
    int colour = Integer.parseInt(Badge.of(verdict, Optional.empty()).colour().substring(1), 16);
    double luminance =
        0.2126 * linear(colour >> 16) + 0.7152 * linear(colour >> 8) + 0.0722 * linear(colour);

    assertThat(1.05 / (luminance + 0.05)).isGreaterThanOrEqualTo(4.5);
  }

  private static double linear(int channel) {
    double value = (channel & 0xff) / 255.0;
    return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
  }

  @Test
  void aLongNameEndsInAnEllipsisAndTheVerdictStays() {
    String message = Badge.of(Verdict.VERIFIED, Optional.of("a".repeat(500))).message();

    assertThat(message).isEqualTo("quantized from " + "a".repeat(59) + "…, verified");
  }

  @ParameterizedTest
  @MethodSource("hostileNames")
  void aHostileNameIsTextInWellFormedXml(String name) throws Exception {
    Badge badge = Badge.of(Verdict.VERIFIED, Optional.of(name));
    Document svg = parsed(BadgeSvg.of(badge));

    assertThat(badge.message()).endsWith(", verified");
    assertThat(badge.message().codePoints())
        .noneMatch(c -> Character.getType(c) == Character.CONTROL)
        .noneMatch(c -> Character.getType(c) == Character.FORMAT);
    assertThat(elements(svg))
        .containsExactly(
            "svg",
            "title",
            "linearGradient",
            "stop",
            "stop",
            "path",
            "path",
            "rect",
            "g",
            "text",
            "text",
            "text",
            "text");
    assertThat(svg.getElementsByTagName("title").item(0).getTextContent()).isEqualTo(badge.text());
    assertThat(svg.getDocumentElement().getAttribute("aria-label")).isEqualTo(badge.text());
    assertThat(attributeNames(svg))
        .noneMatch(attribute -> attribute.startsWith("on"))
        .doesNotContain("href", "style", "xlink:href");
  }

  @Test
  void anSvgIsAnImageOfTheFieldsWidths() throws Exception {
    Element svg =
        parsed(BadgeSvg.of(Badge.of(Verdict.BROKEN, Optional.empty()))).getDocumentElement();

    // Verdana sets "provenance" in 64.1 pixels, and "broken chain" in 71.4.
    assertThat(svg.getAttribute("width")).isEqualTo("157");
    assertThat(svg.getAttribute("height")).isEqualTo("20");
    assertThat(svg.getAttribute("role")).isEqualTo("img");
    NodeList texts = svg.getElementsByTagName("text");
    assertThat(((Element) texts.item(0)).getAttribute("textLength")).isEqualTo("650");
    assertThat(((Element) texts.item(2)).getAttribute("textLength")).isEqualTo("720");
    assertThat(texts.item(3).getTextContent()).isEqualTo("broken chain");
  }

  @ParameterizedTest
  @EnumSource
  void shieldsGetsTheFieldsOfItsSchema(Verdict verdict) {
    Badge badge = Badge.of(verdict, Optional.of("acme/<b>"));
    ObjectNode json = ShieldsBadge.of(badge);

    assertThat(json.path("schemaVersion").isInt()).isTrue();
    assertThat(json.path("schemaVersion").asInt()).isEqualTo(1);
    assertThat(json.path("label").textValue()).isEqualTo("provenance");
    assertThat(json.path("message").textValue()).isEqualTo(badge.message()).isNotEmpty();
    assertThat(json.path("color").textValue()).matches("[0-9a-f]{6}");
    assertThat(json.path("isError").asBoolean()).isEqualTo(verdict != Verdict.VERIFIED);
    List<String> fields = new ArrayList<>();
    json.fieldNames().forEachRemaining(fields::add);
    assertThat(Set.of("schemaVersion", "label", "message", "color", "isError")).containsAll(fields);
  }

  static Document parsed(String xml) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    return factory
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<String> elements(Document svg) {
    NodeList all = svg.getElementsByTagName("*");
    List<String> names = new ArrayList<>();
    for (int i = 0; i < all.getLength(); i++) {
      names.add(all.item(i).getNodeName());
    }
    return names;
  }

  private static List<String> attributeNames(Document svg) {
    NodeList all = svg.getElementsByTagName("*");
    List<String> names = new ArrayList<>();
    for (int i = 0; i < all.getLength(); i++) {
      var attributes = all.item(i).getAttributes();
      for (int j = 0; j < attributes.getLength(); j++) {
        names.add(attributes.item(j).getNodeName());
      }
    }
    return names;
  }
}
