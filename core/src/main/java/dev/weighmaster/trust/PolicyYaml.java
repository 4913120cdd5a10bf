package dev.weighmaster.trust;

import com.google.re2j.PatternSyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** A mapping of a YAML file, asked for its keys by name and type; errors name line and column. */
final class PolicyYaml {
  private final String file;
  private final MappingNode mapping;
  private final Map<String, Node> values;

  private PolicyYaml(String file, Node node, List<String> keys) throws PolicyException {
    if (!(node instanceof MappingNode mappingNode)) {
      throw error(file, node.getStartMark(), "expected a mapping");
    }
    this.file = file;
    this.mapping = mappingNode;
    this.values = new LinkedHashMap<>();
    for (NodeTuple entry : mappingNode.getValue()) {
      String key = text(entry.getKeyNode());
      if (!keys.contains(key)) {
        throw error(file, entry.getKeyNode().getStartMark(), unknownKey(key, keys));
      }
      if (values.put(key, entry.getValueNode()) != null) {
        throw error(
            file, entry.getKeyNode().getStartMark(), "the key \"" + key + "\" is there twice");
      }
    }
  }

  /**
   * Parses a document that is one mapping.
   *
   * @param file name for messages
   * @param keys that the mapping may have
   */
  static PolicyYaml parse(String file, byte[] yaml, List<String> keys) throws PolicyException {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(yaml)).toString();
      LoadSettings settings = LoadSettings.builder().setLabel(file).build();
      Node root =
          new Compose(settings)
              .composeString(text)
              .orElseThrow(() -> new PolicyException(file + ": is empty"));
      return new PolicyYaml(file, root, keys);
    } catch (CharacterCodingException e) {
      throw new PolicyException(file + ": is not UTF-8");
    } catch (MarkedYamlEngineException e) {
      // "expected a single document" is the context, "but found another document" the problem.
      String expected = e.getProblem().startsWith("but ") ? e.getContext() + ", " : "";
      throw error(file, e.getProblemMark(), expected + e.getProblem());
    } catch (YamlEngineException e) {
      throw new PolicyException(file + ": " + e.getMessage());
    }
  }

  Set<String> keys() {
    return values.keySet();
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  String string(String key) throws PolicyException {
    return scalar(key, Tag.STR, "a string");
  }

  boolean bool(String key, boolean otherwise) throws PolicyException {
    return has(key) ? scalar(key, Tag.BOOL, "true or false").equals("true") : otherwise;
  }

  int integer(String key, int otherwise, int least, int most) throws PolicyException {
    if (!has(key)) {
      return otherwise;
    }
    String what = least == most ? "" + least : "an integer from " + least + " to " + most;
    String value = scalar(key, Tag.INT, what);
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw errorAt(key, "must be " + what);
    }
    throw errorAt(key, "must be " + what);
  }

  /** One of an enum's constants, in lower case. */
  <E extends Enum<E>> E choice(String key, E otherwise) throws PolicyException {
    if (!has(key)) {
      return otherwise;
    }
    List<E> choices = List.of(otherwise.getDeclaringClass().getEnumConstants());
    String value = string(key);
    for (E choice : choices) {
      if (name(choice).equals(value)) {
        return choice;
      }
    }
    throw errorAt(
        key,
        "must be one of "
            + choices.stream().map(PolicyYaml::name).collect(Collectors.joining(", ")));
  }

  private static String name(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }

  /** {@code line:column} of the mapping, from 1. */
  String place() {
    return mapping.getStartMark().map(PolicyYaml::place).orElse("");
  }

  WholeMatch regex(String key) throws PolicyException {
    try {
      return WholeMatch.of(string(key));
    } catch (PatternSyntaxException e) {
      throw errorAt(
          key,
          "is not a regular expression of RE2, which has neither look-around nor back-references: "
              + e.getDescription());
    }
  }

  /** The mappings of a list; an absent or empty key is an empty list. */
  List<PolicyYaml> mappings(String key, List<String> keys) throws PolicyException {
    var mappings = new ArrayList<PolicyYaml>();
    for (Node item : sequence(key)) {
      mappings.add(new PolicyYaml(file, item, keys));
    }
    return mappings;
  }

  /** One mapping; an absent key is an empty one. */
  Optional<PolicyYaml> mapping(String key, List<String> keys) throws PolicyException {
    return has(key) ? Optional.of(new PolicyYaml(file, values.get(key), keys)) : Optional.empty();
  }

  /** The strings of a list, each in the form that a pattern asks for. */
  List<String> strings(String key, Pattern form, String what) throws PolicyException {
    var strings = new ArrayList<String>();
    for (Node item : sequence(key)) {
      // A digest of nothing but digits is a number to YAML.
      if (!(item instanceof ScalarNode scalar)
          || scalar.getTag().equals(Tag.NULL)
          || !form.matcher(scalar.getValue()).matches()) {
        throw error(file, item.getStartMark(), "expected " + what);
      }
      strings.add(scalar.getValue());
    }
    return strings;
  }

  /** The exception that says what is wrong with a key's value. */
  PolicyException errorAt(String key, String what) {
    return error(file, values.get(key).getStartMark(), "\"" + key + "\" " + what);
  }

  /** The exception that says what is wrong with the mapping. */
  PolicyException error(String what) {
    return error(file, mapping.getStartMark(), what);
  }

  private List<Node> sequence(String key) throws PolicyException {
    Node node = values.get(key);
    if (node == null || node.getTag().equals(Tag.NULL)) {
      return List.of();
    }
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue();
    }
    throw errorAt(key, "must be a list");
  }

  private String scalar(String key, Tag tag, String what) throws PolicyException {
    if (!has(key)) {
      throw error("the key \"" + key + "\" is missing");
    }
    if (values.get(key) instanceof ScalarNode scalar && scalar.getTag().equals(tag)) {
      return scalar.getValue();
    }
    throw errorAt(key, "must be " + what);
  }

  private static String unknownKey(String key, List<String> keys) {
    String unknown = "unknown key \"" + key + "\", ";
    return keys.stream()
        .filter(known -> isTypo(key, known))
        .findFirst()
        .map(known -> unknown + "did you mean \"" + known + "\"?")
        .orElse(unknown + "expected one of " + String.join(", ", keys));
  }

  /** Whether two keys are the same but for one letter more, less or other. */
  private static boolean isTypo(String key, String known) {
    int same = 0;
    int shorter = Math.min(key.length(), known.length());
    while (same < shorter && key.charAt(same) == known.charAt(same)) {
      same++;
    }
    int sameAtEnd = 0;
    while (sameAtEnd < shorter - same
        && key.charAt(key.length() - 1 - sameAtEnd)
            == known.charAt(known.length() - 1 - sameAtEnd)) {
      sameAtEnd++;
    }
    return Math.max(key.length(), known.length()) - same - sameAtEnd == 1;
  }

  private static String text(Node key) {
    return key instanceof ScalarNode scalar ? scalar.getValue() : "(no string)";
  }

  private static PolicyException error(String file, Optional<Mark> mark, String what) {
    String place = mark.map(m -> ":" + place(m)).orElse("");
    return new PolicyException(file + place + ": " + what);
  }

  private static String place(Mark mark) {
    return (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
  }
}
