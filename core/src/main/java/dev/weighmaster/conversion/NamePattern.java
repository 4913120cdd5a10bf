package dev.weighmaster.conversion;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of tensors with places for what varies: {@code {N}} for the number of a layer, {@code
 * {E}} for that of an expert, {@code {S}} for {@code weight} or {@code bias}, and {@code *} for
 * anything. {@code {N>=L}} is the number of a layer from the value {@code L} on. Thread-safe.
 */
final class NamePattern {
  private static final Pattern PLACE = Pattern.compile("\\{([NES])(?:>=([A-Z][A-Za-z]*))?\\}|\\*");
  private static final String NUMBER = "(?:0|[1-9][0-9]{0,8})";

  private final String template;
  private final Pattern pattern;
  private final String start;
  private final Optional<String> firstLayer;

  NamePattern(String template) {
    this.template = template;
    var regex = new StringBuilder();
    Matcher place = PLACE.matcher(template);
    int end = 0;
    int first = template.length();
    String from = null;
    while (place.find()) {
      first = Math.min(first, place.start());
      regex.append(Pattern.quote(template.substring(end, place.start())));
      regex.append(of(place.group(1)));
      end = place.end();
      from = place.group(2) == null ? from : place.group(2);
    }
    regex.append(Pattern.quote(template.substring(end)));
    this.pattern = Pattern.compile(regex.toString(), Pattern.DOTALL);
    this.start = template.substring(0, first);
    this.firstLayer = Optional.ofNullable(from);
  }

  private static String of(String place) {
    if (place == null) {
      return ".*";
    }
    return "(?<%s>%s)".formatted(place, place.equals("S") ? "weight|bias" : NUMBER);
  }

  String template() {
    return template;
  }

  boolean has(String place) {
    return template.contains(place);
  }

  /** What a name has in the places; empty if it is no such name. */
  Optional<Map<String, String>> match(String name) {
    if (!name.startsWith(start)) {
      return Optional.empty();
    }
    Matcher matcher = pattern.matcher(name);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Map<String, String> places = new LinkedHashMap<>();
    for (String place : new String[] {"N", "E", "S"}) {
      if (has("{" + place)) {
        places.put(place, matcher.group(place));
      }
    }
    return Optional.of(places);
  }

  /** Whether the number of the layer that was found is one that it is for. */
  boolean isFrom(Map<String, String> places, Values values) throws UnmappedException {
    return firstLayer.isEmpty() || Long.parseLong(places.get("N")) >= values.of(firstLayer.get());
  }

  /** The name with these in its places. */
  String fill(Map<String, String> places) {
    String name = template;
    for (Map.Entry<String, String> place : places.entrySet()) {
      name = name.replace("{" + place.getKey() + "}", place.getValue());
    }
    return name;
  }
}
