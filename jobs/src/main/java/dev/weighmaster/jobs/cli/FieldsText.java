package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.jobs.text.PlainText;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Prints JSON for people: fields as two columns, an array of objects as a table if they are flat.
 */
final class FieldsText {
  private static final int WIDEST_CELL = 72;
  private static final int WIDEST_VALUE = 200;

  private final PrintWriter out;

  FieldsText(PrintWriter out) {
    this.out = out;
  }

  void print(ObjectNode fields) {
    print(fields, "");
  }

  private void print(ObjectNode fields, String indent) {
    List<List<String>> pairs = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      if (isCell(field.getValue())) {
        pairs.add(List.of(label(field.getKey()), cell(field.getValue(), WIDEST_VALUE)));
      }
    }
    columns(pairs, Set.of(), indent);
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      JsonNode value = field.getValue();
      if (value instanceof ObjectNode object) {
        title(label(field.getKey()), indent);
        print(object, indent + "  ");
      } else if (!isCell(value) && isTable(value)) {
        title(label(field.getKey()) + " (" + value.size() + ")", indent);
        table(value, indent + "  ");
      } else if (!isCell(value)) {
        for (int i = 0; i < value.size(); i++) {
          title(label(field.getKey()) + " (" + (i + 1) + " of " + value.size() + ")", indent);
          print((ObjectNode) value.get(i), indent + "  ");
        }
      }
    }
  }

  private void title(String title, String indent) {
    out.println();
    out.println(indent + title);
  }

  private void table(JsonNode rows, String indent) {
    Set<String> names = new LinkedHashSet<>();
    rows.forEach(row -> row.fieldNames().forEachRemaining(names::add));
    List<List<String>> lines = new ArrayList<>();
    lines.add(names.stream().map(FieldsText::label).toList());
    for (JsonNode row : rows) {
      lines.add(names.stream().map(name -> cell(row.path(name), WIDEST_CELL)).toList());
    }
    Set<Integer> numeric =
        StreamSupport.stream(rows.spliterator(), false)
            .map(row -> numeric(row, List.copyOf(names)))
            .reduce(
                (a, b) -> a.stream().filter(b::contains).collect(Collectors.toUnmodifiableSet()))
            .orElse(Set.of());
    columns(lines, numeric, indent);
  }

  private static Set<Integer> numeric(JsonNode row, List<String> names) {
    return names.stream()
        .filter(name -> row.path(name).isNumber())
        .map(names::indexOf)
        .collect(Collectors.toUnmodifiableSet());
  }

  private void columns(List<List<String>> lines, Set<Integer> toTheRight, String indent) {
    if (lines.isEmpty() || lines.get(0).isEmpty()) {
      return;
    }
    int[] widths = new int[lines.get(0).size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], width(line.get(i)));
      }
    }
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder(indent);
      for (int i = 0; i < widths.length; i++) {
        String cell = line.get(i);
        String padding = " ".repeat(widths[i] - width(cell));
        text.append(i == 0 ? "" : "  ");
        text.append(toTheRight.contains(i) ? padding + cell : cell + padding);
      }
      out.println(text.toString().stripTrailing());
    }
  }

  /** Whether a value fits in one line: a scalar, or scalars. */
  private static boolean isCell(JsonNode value) {
    return value.isArray()
        ? StreamSupport.stream(value.spliterator(), false).allMatch(JsonNode::isValueNode)
            && !value.isEmpty()
        : !value.isObject();
  }

  private static boolean isTable(JsonNode rows) {
    return StreamSupport.stream(rows.spliterator(), false)
        .flatMap(row -> StreamSupport.stream(row.spliterator(), false))
        .allMatch(value -> isCell(value) || value.isEmpty());
  }

  private static String cell(JsonNode value, int widest) {
    String text =
        value.isArray()
            ? StreamSupport.stream(value.spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.joining(", "))
            : value.asText();
    String plain = PlainText.line(text);
    return width(plain) <= widest
        ? plain
        : plain.substring(0, plain.offsetByCodePoints(0, widest - 1)) + "…";
  }

  private static String label(String name) {
    return name.replace('_', ' ');
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }
}
