package dev.weighmaster.hub;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Reads the front matter of a {@code README.md}: YAML between two lines of three dashes. */
public final class ModelCardReader {
  private static final int MAX_DEPTH = 32;
  private static final Pattern OPENING = Pattern.compile("\\A\\uFEFF?---[ \\t]*\\r?\\n");
  private static final Pattern CLOSING = Pattern.compile("(?m)^---[ \\t]*\\r?$");

  private static final LoadSettings SETTINGS =
      LoadSettings.builder().setSchema(new CoreSchema()).setCodePointLimit(1 << 20).build();

  private ModelCardReader() {}

  /**
   * What the card declares; a value of the wrong type counts as not there.
   *
   * @return empty where there is no front matter, or none that is well-formed
   */
  public static Optional<ModelCard> read(byte[] content) {
    String text = new String(content, StandardCharsets.UTF_8);
    Matcher opening = OPENING.matcher(text);
    if (!opening.find()) {
      return Optional.empty();
    }
    Matcher closing = CLOSING.matcher(text);
    if (!closing.find(opening.end())) {
      return Optional.empty();
    }
    String yaml = text.substring(opening.end(), closing.start());
    try {
      return shallow(yaml)
          ? new Compose(SETTINGS)
              .composeString(yaml)
              .filter(MappingNode.class::isInstance)
              .map(MappingNode.class::cast)
              .flatMap(ModelCardReader::card)
          : Optional.empty();
    } catch (YamlEngineException e) {
      return Optional.empty();
    }
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

  /** Reads the nodes as they are written: no alias is expanded, no type is made of a tag. */
  private static Optional<ModelCard> card(MappingNode mapping) {
    Map<String, Node> fields = new HashMap<>();
    for (NodeTuple field : mapping.getValue()) {
      if (field.getKeyNode() instanceof ScalarNode key
          && fields.put(key.getValue(), field.getValueNode()) != null) {
        return Optional.empty();
      }
    }
    Stream<Node> baseModels =
        fields.get("base_model") instanceof SequenceNode list
            ? list.getValue().stream()
            : Stream.ofNullable(fields.get("base_model"));
    return Optional.of(
        new ModelCard(
            baseModels.flatMap(ModelCardReader::text).toList(),
            Stream.ofNullable(fields.get("base_model_relation"))
                .flatMap(ModelCardReader::text)
                .findFirst(),
            Stream.ofNullable(fields.get("license")).flatMap(ModelCardReader::text).findFirst()));
  }

  private static Stream<String> text(Node node) {
    return node instanceof ScalarNode scalar
            && !scalar.getTag().equals(Tag.NULL)
            && !scalar.getValue().isBlank()
        ? Stream.of(scalar.getValue().strip())
        : Stream.empty();
  }
}
