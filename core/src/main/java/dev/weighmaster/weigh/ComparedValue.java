package dev.weighmaster.weigh;

import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.SameNames;
import dev.weighmaster.tensor.SourceModel;
import dev.weighmaster.tensor.UnreadableModelException;
import java.io.IOException;
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
 * @param digest SHA-256 of the quantization's value; empty where it has none
 * @param sourceDigest SHA-256 of the source's value; empty where it has none
 */
public record ComparedValue(
    String key, Kind kind, State state, Optional<String> digest, Optional<String> sourceDigest) {
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
   * Compares what two models have of such values, by key; nothing where one of them is not a GGUF.
   *
   * @throws UnreadableModelException if a file can't be read or changed since its header was read
   */
  static List<ComparedValue> all(ModelTensors quantization, SourceModel source)
      throws UnreadableModelException {
    Optional<Map<String, String>> ofSource = digests(source);
    if (quantization.header().isEmpty() || ofSource.isEmpty()) {
      return List.of();
    }
    Map<String, String> digests = digests(new SameNames(quantization)).orElseThrow();
    Map<String, String> sourceDigests = ofSource.get();
    TreeSet<String> keys = new TreeSet<>(digests.keySet());
    keys.addAll(sourceDigests.keySet());
    return keys.stream()
        .flatMap(
            key ->
                kind(key)
                    .map(
                        kind ->
                            of(
                                key,
                                kind,
                                Optional.ofNullable(digests.get(key)),
                                Optional.ofNullable(sourceDigests.get(key))))
                    .stream())
        .toList();
  }

  private static ComparedValue of(
      String key, Kind kind, Optional<String> digest, Optional<String> sourceDigest) {
    State state =
        digest.isEmpty() || sourceDigest.isEmpty()
            ? State.ABSENT
            : digest.equals(sourceDigest) ? State.EQUAL : State.DIFFERENT;
    return new ComparedValue(key, kind, state, digest, sourceDigest);
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

  private static Optional<Map<String, String>> digests(SourceModel model)
      throws UnreadableModelException {
    try {
      return model.valueDigests();
    } catch (IOException e) {
      throw UnreadableModelException.of(model.files().get(0).path(), e);
    }
  }
}
