package dev.weighmaster.quantization;

import java.util.Locale;
import java.util.Set;

/**
 * A file or class that a loader may read together with a quantization's weights.
 *
 * @param file relative to the repository's root; for {@link Kind#CODE_ELSEWHERE} what the
 *     configuration names
 */
public record LoaderExtra(String file, Kind kind) {
  private static final Set<String> PICKLES = Set.of("bin", "pt", "pth", "ckpt", "pkl");

  /** What it is to the loader. */
  public enum Kind {
    /** Transformers applies it to the weights if PEFT is installed. */
    ADAPTER("an adapter that is applied to the weights"),
    /** Python that a loader runs where the user trusts code of the repository. */
    CODE("code that is run with the model"),
    /** The same, or a model, in a repository that the configuration names. */
    CODE_ELSEWHERE("code or a model of another repository that is loaded too"),
    /** Other weights that a loader takes too, or prefers. */
    WEIGHTS("other weights that are loaded instead, or too"),
    /** Other weights in a format that can hold code, for loaders that ask for it. */
    PICKLE("other weights, in a format that can hold code"),
    /** An encoder for images or sound, which llama.cpp fetches together with the weights. */
    PROJECTOR("an encoder that is loaded beside the weights"),
    /** What it makes a loader read is unknown: it can't be read, or names too much. */
    CONFIGURATION("a configuration or index that may name anything");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    /** For a message, such as {@code an adapter that is applied to the weights}. */
    public String words() {
      return words;
    }
  }

  /** Weights, or what can hold code beside them, by the file's extension. */
  static LoaderExtra weights(String name) {
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return new LoaderExtra(name, PICKLES.contains(extension) ? Kind.PICKLE : Kind.WEIGHTS);
  }
}
