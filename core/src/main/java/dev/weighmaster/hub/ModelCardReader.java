package dev.weighmaster.hub;

import dev.weighmaster.verdict.Quoted;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Reads the front matter of a {@code README.md} as the Hugging Face Hub does: its server in
 * JavaScript, and {@code huggingface_hub} in Python ({@code repocard.py}, {@code
 * REGEX_YAML_BLOCK}).
 *
 * <p>The two, and versions of the latter, decode text, break lines and look for the closing dashes
 * differently. What any of them reads counts. If they read different things, or nobody can read
 * what stands between the dashes, the card has a problem.
 */
public final class ModelCardReader {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_BASE_MODELS = 256;
  private static final int MAX_NAME = 1024;
  private static final String NOT_YAML = "the front matter is not sound YAML: ";
  private static final String TOO_DEEP =
      "the front matter is nested more than " + MAX_DEPTH + " deep";
  private static final String DIFFERENT =
      "the front matter says different things to readers that end it or break lines differently";

  /** What {@code \s} is to Python or to JavaScript. */
  private static final String SPACE =
      "[ \\t\\n\\u000B\\f\\r\\u001C-\\u001F\\u0085\\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029"
          + "\\u202F\\u205F\\u3000\\uFEFF]*+";

  private static final String FRONT_MATTER =
      "\\A" + SPACE + "---[ \\t]*\\n(?<yaml>(?s:.*?))\\n---[ \\t]*";
  private static final Pattern WHOLE = Pattern.compile(FRONT_MATTER + "(?:\\n|\\z)");
  private static final Pattern CUT = Pattern.compile(FRONT_MATTER + "\\n");
  private static final Pattern OPENING =
      Pattern.compile("\\A" + SPACE + "(?:-{0,3}\\z|---[ \\t]*(?:\\n|\\z))");
  private static final Pattern RETURN = Pattern.compile("\\r\\n?");

  /** {@code REGEX_YAML_BLOCK} of older versions: all line breaks after the dashes are skipped. */
  private static final Block OLDER = new Block("[\\r\\n]++", "");

  /** {@code REGEX_YAML_BLOCK} of version 2. */
  private static final Block OF_2 = new Block("(?:\\r\\n|\\r|\\n)", "[ \\t]*+");

  private static final ModelCard NOTHING =
      new ModelCard(List.of(), Optional.empty(), Optional.empty(), Optional.empty());

  /** What ends a line in YAML 1.1, which is Python's, but not in 1.2. */
  private static final Pattern BREAKS_OF_YAML_1_1 = Pattern.compile("[\\u0085\\u2028\\u2029]");

  /** The composer knows no tab between a key and its value; JavaScript does. */
  private static final Pattern SEPARATING_TAB = Pattern.compile("(?<=[:\\-,])\\t[ \\t]*");

  private static final LoadSettings SETTINGS =
      LoadSettings.builder()
          .setSchema(new CoreSchema())
          .setCodePointLimit(1 << 20)
          .setAllowNonScalarKeys(true)
          .build();

  /**
   * An expression that {@code huggingface_hub} finds the front matter by. Time is linear.
   *
   * @param opening ends with the line breaks that are the opening dashes'
   * @param closing a line break and the closing dashes
   */
  private record Block(Pattern opening, Pattern closing) {
    Block(String breaks, String blanks) {
      this(
          Pattern.compile("\\A" + SPACE + "---" + breaks),
          Pattern.compile("[\\r\\n]---" + blanks + "(?:\\r?\\n|\\z)"));
    }

    /**
     * What stands between the dashes.
     *
     * @param cut whether the text goes on
     */
    Optional<String> in(String text, boolean cut) {
      Matcher opened = opening.matcher(text);
      if (!opened.lookingAt()) {
        return Optional.empty();
      }
      Matcher closed = closing.matcher(text);
      if (!closed.find(opened.end()) || (cut && closed.hitEnd())) {
        return Optional.empty();
      }
      return Optional.of(text.substring(opened.end(), closed.start()));
    }

    /** Whether it begins in what was kept of a text, and ends behind that, if at all. */
    boolean goesOn(String text, boolean cut) {
      return cut && opening.matcher(text).lookingAt() && in(text, cut).isEmpty();
    }
  }

  private ModelCardReader() {}

  /**
   * What the card declares.
   *
   * @param content the file, or as much of its start as was kept
   * @param size of the file, in bytes
   * @return empty where there is no front matter; with a problem where there is some that can't be
   *     read, or not in one way
   */
  public static Optional<ModelCard> read(byte[] content, long size) {
    String asItIs = new String(content, StandardCharsets.UTF_8);
    // To YAML a carriage return ends a line as well, and Python makes it a line feed before that.
    String text = lines(asItIs);
    boolean cut = content.length < size;
    Set<String> readings = new LinkedHashSet<>();
    Matcher frontMatter = (cut ? CUT : WHOLE).matcher(text);
    if (frontMatter.lookingAt()) {
      readings.add(frontMatter.group("yaml"));
    }
    boolean unfinished = cut && readings.isEmpty() && OPENING.matcher(text).lookingAt();
    for (Block block : List.of(OLDER, OF_2)) {
      // metadata_load reads the text by Python's rules for line breaks, RepoCard as it is.
      for (String read : List.of(text, asItIs)) {
        block.in(read, cut).map(ModelCardReader::lines).ifPresent(readings::add);
        unfinished |= block.goesOn(read, cut);
      }
    }
    Optional<ModelCard> card = read(readings);
    if (card.isEmpty() && unfinished) {
      return Optional.of(
          ModelCard.unreadable(
              "the front matter does not end within " + content.length + " bytes"));
    }
    return card;
  }

  private static String lines(String text) {
    return RETURN.matcher(text).replaceAll("\n");
  }

  private static Optional<ModelCard> read(Set<String> blocks) {
    Set<String> readings = new LinkedHashSet<>();
    for (String block : blocks) {
      String yaml = SEPARATING_TAB.matcher(block).replaceAll(" ");
      readings.add(yaml);
      readings.add(BREAKS_OF_YAML_1_1.matcher(yaml).replaceAll("\n"));
    }
    Set<ModelCard> cards = new LinkedHashSet<>();
    boolean declaresNothing = false;
    boolean isText = false;
    Optional<String> problem = Optional.empty();
    for (String yaml : readings) {
      try {
        if (!shallow(yaml)) {
          cards.add(ModelCard.unreadable(TOO_DEEP));
          continue;
        }
        Optional<Node> document = new Compose(SETTINGS).composeString(yaml);
        Optional<MappingNode> mapping =
            document.filter(MappingNode.class::isInstance).map(MappingNode.class::cast);
        mapping.map(ModelCardReader::card).ifPresent(cards::add);
        declaresNothing |= mapping.isEmpty();
        isText |= mapping.isEmpty() && document.isPresent();
      } catch (MarkedYamlEngineException e) {
        problem = Optional.of(NOT_YAML + Quoted.line(e.getProblem()));
      } catch (YamlEngineException e) {
        problem = Optional.of(NOT_YAML + Quoted.line(e.getMessage()));
      }
    }
    if (cards.isEmpty()) {
      // Text between two rules is no front matter. Whoever reads on to a third rule finds two YAML
      // documents, which no loader takes for one.
      return isText ? Optional.empty() : problem.map(ModelCard::unreadable);
    }
    ModelCard first = cards.iterator().next();
    if (declaresNothing) {
      cards.add(NOTHING);
    }
    return Optional.of(cards.size() > 1 ? ModelCard.unreadable(DIFFERENT) : first);
  }

  /** The composer calls itself for each level; the event parser doesn't. */
  private static boolean shallow(String yaml) {
    int depth = 0;
    for (Event event : new Parse(SETTINGS).parseString(yaml)) {
      if (event instanceof CollectionStartEvent && ++depth > MAX_DEPTH) {
        return false;
      }
      if (event instanceof CollectionEndEvent) {
        depth--;
      }
    }
    return true;
  }

  private static ModelCard card(MappingNode mapping) {
    List<Node> baseModels = entries(mapping, "base_model");
    List<Node> relations = entries(mapping, "base_model_relation");
    // Python takes the last of two entries, and JavaScript neither.
    if (distinct(baseModels) > 1 || distinct(relations) > 1) {
      return ModelCard.unreadable(
          "the front matter has different entries base_model or base_model_relation");
    }
    List<String> names = new ArrayList<>();
    for (Node node : last(baseModels).stream().flatMap(ModelCardReader::elements).toList()) {
      if (!(node instanceof ScalarNode scalar)) {
        return ModelCard.unreadable(
            "base_model in the front matter is neither a name nor a list of names");
      }
      if (scalar.getTag().equals(Tag.STR) && !scalar.getValue().isBlank()) {
        names.add(scalar.getValue().strip());
      }
    }
    if (names.size() > MAX_BASE_MODELS || names.stream().anyMatch(n -> n.length() > MAX_NAME)) {
      return ModelCard.unreadable(
          "the front matter has more than %d base models, or one of more than %d characters"
              .formatted(MAX_BASE_MODELS, MAX_NAME));
    }
    return new ModelCard(
        names,
        last(relations).flatMap(ModelCardReader::text),
        last(entries(mapping, "license")).flatMap(ModelCardReader::text),
        Optional.empty());
  }

  /** The composer has put what {@code <<} merges in among the entries. */
  private static List<Node> entries(MappingNode mapping, String key) {
    return mapping.getValue().stream()
        .filter(
            entry -> entry.getKeyNode() instanceof ScalarNode name && name.getValue().equals(key))
        .map(NodeTuple::getValueNode)
        .toList();
  }

  private static long distinct(List<Node> nodes) {
    return nodes.stream().map(ModelCardReader::comparable).distinct().count();
  }

  /** Equal for values that are the same. */
  private static List<String> comparable(Node node) {
    return elements(node)
        .map(element -> element instanceof ScalarNode scalar ? scalar.getValue() : "\n")
        .toList();
  }

  private static Stream<Node> elements(Node node) {
    return node instanceof SequenceNode list ? list.getValue().stream() : Stream.of(node);
  }

  private static Optional<Node> last(List<Node> nodes) {
    return nodes.stream().reduce((former, latter) -> latter);
  }

  private static Optional<String> text(Node node) {
    return node instanceof ScalarNode scalar
            && !scalar.getTag().equals(Tag.NULL)
            && !scalar.getValue().isBlank()
        ? Optional.of(scalar.getValue())
        : Optional.empty();
  }
}
