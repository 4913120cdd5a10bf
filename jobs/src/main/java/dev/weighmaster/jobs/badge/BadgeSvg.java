package dev.weighmaster.jobs.badge;

import java.io.StringWriter;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * Draws a badge in the flat style that shields.io has made common. It is well-formed XML whatever
 * the message says, refers to nothing outside, and can stand in a page many times: its one id means
 * the same in every badge.
 */
public final class BadgeSvg {
  /** In pixels, as everything here. */
  private static final int HEIGHT = 20;

  private static final int RADIUS = 3;
  private static final int PADDING = 5;

  /** Text is laid out ten times as large and scaled, as shields.io does it: positions are whole. */
  private static final int SCALE = 10;

  private BadgeSvg() {}

  /** The whole SVG. */
  public static String of(Badge badge) {
    StringWriter svg = new StringWriter();
    try {
      XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(svg);
      draw(badge, xml);
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("a badge can't be drawn", e);
    }
    return svg.append('\n').toString();
  }

  private static void draw(Badge badge, XMLStreamWriter xml) throws XMLStreamException {
    int labelText = VerdanaWidth.of(Badge.LABEL);
    int messageText = VerdanaWidth.of(badge.message());
    int label = labelText + 2 * PADDING;
    int message = messageText + 2 * PADDING;
    int width = label + message;

    xml.writeStartElement("svg");
    xml.writeDefaultNamespace("http://www.w3.org/2000/svg");
    attributes(xml, "width", width, "height", HEIGHT, "viewBox", "0 0 " + width + " " + HEIGHT);
    attributes(xml, "role", "img", "aria-label", badge.text());
    xml.writeStartElement("title");
    xml.writeCharacters(badge.text());
    xml.writeEndElement();
    gradient(xml);

    xml.writeEmptyElement("path");
    attributes(xml, "fill", "#444", "d", field(label, true));
    xml.writeEmptyElement("path");
    attributes(xml, "fill", badge.colour(), "d", field(message, false));
    attributes(xml, "transform", "translate(" + label + ")");
    xml.writeEmptyElement("rect");
    attributes(xml, "width", width, "height", HEIGHT, "rx", RADIUS, "fill", "url(#sheen)");

    xml.writeStartElement("g");
    attributes(xml, "fill", "#fff", "font-family", "Verdana,Geneva,DejaVu Sans,sans-serif");
    attributes(xml, "font-size", 11 * SCALE, "text-rendering", "geometricPrecision");
    attributes(xml, "aria-hidden", "true", "transform", "scale(0.1)");
    text(xml, Badge.LABEL, PADDING, labelText);
    text(xml, badge.message(), label + PADDING, messageText);
    xml.writeEndElement();
    xml.writeEndElement();
  }

  private static void gradient(XMLStreamWriter xml) throws XMLStreamException {
    xml.writeStartElement("linearGradient");
    attributes(xml, "id", "sheen", "x2", 0, "y2", "100%");
    xml.writeEmptyElement("stop");
    attributes(xml, "offset", 0, "stop-color", "#bbb", "stop-opacity", ".08");
    xml.writeEmptyElement("stop");
    attributes(xml, "offset", 1, "stop-opacity", ".1");
    xml.writeEndElement();
  }

  /** A field whose corners on one side are round. */
  private static String field(int width, boolean left) {
    String round = "a" + RADIUS + " " + RADIUS + " 0 0 ";
    return left
        ? "M" + width + " 0v" + HEIGHT + "H" + RADIUS + round + "1 -3 -3V3" + round + "1 3 -3z"
        : "M0 0h" + (width - RADIUS) + round + "1 3 3v14" + round + "1 -3 3H0z";
  }

  /** Text with a shadow, which keeps it legible on the sheen. */
  private static void text(XMLStreamWriter xml, String text, int x, int width)
      throws XMLStreamException {
    for (boolean shadow : new boolean[] {true, false}) {
      xml.writeStartElement("text");
      attributes(xml, "x", x * SCALE, "y", shadow ? 150 : 140, "textLength", width * SCALE);
      if (shadow) {
        attributes(xml, "fill", "#010101", "fill-opacity", ".3");
      }
      xml.writeCharacters(text);
      xml.writeEndElement();
    }
  }

  private static void attributes(XMLStreamWriter xml, Object... namesAndValues)
      throws XMLStreamException {
    for (int i = 0; i < namesAndValues.length; i += 2) {
      xml.writeAttribute(namesAndValues[i].toString(), namesAndValues[i + 1].toString());
    }
  }
}
