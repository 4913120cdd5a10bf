package dev.weighmaster.weigh;

import dev.weighmaster.format.gguf.GgufHeader;
import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.format.gguf.GgufValueDigests;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.SourceModel;
import dev.weighmaster.tensor.UnreadableModelException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A metadata value that decides what a model does, beside the source's: of its tokenizer, its chat
 * template, or its hyperparameters. It changes no tensor's level.
 *
 * @param key hostile text
 * @param kind what it belongs to
 * @param state how the two compare
 * @param quantization its value; empty where it has none
 * @param source its value; empty where it has none
 */
public record ComparedValue(
    String key, Kind kind, State state, Optional<Value> quantization, Optional<Value> source) {
  private static final String TOKENIZER = "tokenizer.";
  private static final String TEMPLATE = "tokenizer.chat_template";

  /** What describes the model to people, but for what {@link #GENERAL_BUT_DECISIVE} begins with. */
  private static final String GENERAL = "general.";

  private static final List<String> GENERAL_BUT_DECISIVE =
      List.of("general.architecture", "general.sampling.");

  /** What the quantizer and the splitter write. */
  private static final List<String> OF_THE_FILE = List.of("quantize.", "split.");

  /** What a value belongs to. */
  public enum Kind {
    TOKENIZER,
    CHAT_TEMPLATE,
    HYPERPARAMETERS
  }

  /** How two values compare. */
  public enum State {
    EQUAL,
    DIFFERENT,
    /** One of the two has no such value. */
    ABSENT
  }

  /**
   * The value that one of the two has.
   *
   * @param type as GGUF names it, such as {@code UINT32}
   * @param text the whole value: hostile text; empty where it is long
   * @param sha256 of its type and all of its bytes
   */
  public record Value(String type, Optional<String> text, String sha256) {
    /** Longer ones say nothing to a person who has two of them to compare. */
    private static final int LONGEST_TEXT = 80;

    static Value of(GgufValue value, String sha256) {
      return new Value(
          value.type().name(),
          Optional.of(value)
              .filter(GgufValue::complete)
              .map(GgufValue::display)
              .filter(text -> text.length() <= LONGEST_TEXT),
          sha256);
    }
  }

  /**
   * Compares what two models have of such values, by key; of a source that is not a GGUF, what is
   * known to be written into one.
   *
   * @throws UnreadableModelException if a file can't be read or changed since its header was read
   */
  static List<ComparedValue> all(ModelTensors quantization, SourceModel source)
      throws UnreadableModelException {
    if (quantization.metadata().isEmpty()) {
      return List.of();
    }
    Map<String, Value> values = values(quantization);
    Map<String, Value> sourceValues = new HashMap<>();
    TreeSet<String> keys = new TreeSet<>();
    if (source.gguf().isPresent()) {
      sourceValues.putAll(values(source.gguf().get()));
      keys.addAll(values.keySet());
      keys.addAll(sourceValues.keySet());
    } else {
      Map<String, Optional<GgufValue>> written = source.written(quantization);
      keys.addAll(written.keySet());
      written.forEach(
          (key, value) ->
              value.ifPresent(
                  known -> sourceValues.put(key, Value.of(known, GgufValueDigests.of(known)))));
    }
    List<ComparedValue> all = new ArrayList<>();
    for (String key : keys) {
      kind(key)
          .map(
              kind ->
                  of(
                      key,
                      kind,
                      Optional.ofNullable(values.get(key)),
                      Optional.ofNullable(sourceValues.get(key))))
          .ifPresent(all::add);
    }
    return all;
  }

  private static ComparedValue of(
      String key, Kind kind, Optional<Value> quantization, Optional<Value> source) {
    State state =
        quantization.isEmpty() || source.isEmpty()
            ? State.ABSENT
            : quantization.get().sha256().equals(source.get().sha256())
                ? State.EQUAL
                : State.DIFFERENT;
    return new ComparedValue(key, kind, state, quantization, source);
  }

  /**
   * Every key that is not known to change nothing: some hyperparameters have names of their own.
   */
  private static Optional<Kind> kind(String key) {
    if (key.equals(TEMPLATE) || key.startsWith(TEMPLATE + ".")) {
      return Optional.of(Kind.CHAT_TEMPLATE);
    }
    if (key.startsWith(TOKENIZER)) {
      return Optional.of(Kind.TOKENIZER);
    }
    boolean decides =
        key.startsWith(GENERAL)
            ? GENERAL_BUT_DECISIVE.stream().anyMatch(key::startsWith)
            : OF_THE_FILE.stream().noneMatch(key::startsWith);
    return decides ? Optional.of(Kind.HYPERPARAMETERS) : Optional.empty();
  }

  private static Map<String, Value> values(ModelTensors model) throws UnreadableModelException {
    try {
      Map<String, String> digests = model.valueDigests();
      Map<String, Value> values = new HashMap<>();
      for (GgufHeader.Entry entry : model.metadata().orElseThrow()) {
        values.put(entry.key(), Value.of(entry.value(), digests.get(entry.key())));
      }
      return values;
    } catch (IOException e) {
      throw UnreadableModelException.of(model.files().get(0).path(), e);
    }
  }
}
