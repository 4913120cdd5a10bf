package dev.weighmaster.hub;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/** Reads the front matter of a {@code README.md}: YAML between two lines of three dashes. */
public final class ModelCardReader {
  private static final int MAX_DEPTH = 32;
  private static final Pattern OPENING = Pattern.compile("\\A\\uFEFF?---[ \\t]*\\r?\\n");
  private static final Pattern CLOSING = Pattern.compile("(?m)^---[ \\t]*\\r?$");

  // Every scalar stays text: a model named 7 or yes is still a name.
  private static final LoadSettings SETTINGS =
      LoadSettings.builder()
          .setSchema(new FailsafeSchema())
          .setAllowDuplicateKeys(false)
          .setAllowRecursiveKeys(false)
          .setAllowNonScalarKeys(false)
          .setMaxAliasesForCollections(16)
          .setCodePointLimit(1 << 20)
          .build();

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
      return shallow(yaml) && new Load(SETTINGS).loadFromString(yaml) instanceof Map<?, ?> fields
          ? Optional.of(card(fields))
          : Optional.empty();
    } catch (YamlEngineException e) {
      return Optional.empty();
    }
  }

  /** The loader calls itself for each level; the event parser doesn't. */
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

  private static ModelCard card(Map<?, ?> fields) {
    List<String> baseModels = new ArrayList<>();
    if (fields.get("base_model") instanceof List<?> models) {
      models.stream().flatMap(model -> text(model).stream()).forEach(baseModels::add);
    } else {
      text(fields.get("base_model")).ifPresent(baseModels::add);
    }
    return new ModelCard(
        baseModels, text(fields.get("base_model_relation")), text(fields.get("license")));
  }

  private static Optional<String> text(Object value) {
    return Stream.ofNullable(value)
        .filter(String.class::isInstance)
        .map(String.class::cast)
        .map(String::strip)
        .filter(text -> !text.isEmpty() && !text.equals("null") && !text.equals("~"))
        .findFirst();
  }
}
