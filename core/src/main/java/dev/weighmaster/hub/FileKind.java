package dev.weighmaster.hub;

import dev.weighmaster.io.StoragePaths;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a file of a repository is to the audit, by its name. */
public enum FileKind {
  GGUF,
  SAFETENSORS,
  /**
   * Weights that are hashed and chained, but not inspected: {@code .bin}, {@code .pt}, …, and the
   * pieces of a GGUF file that was cut up
   */
  OTHER_WEIGHTS,
  /** A signature or attestation file beside the weights. */
  SIDECAR,
  /** The index of a sharded safetensors set. */
  SHARD_INDEX,
  /**
   * {@code config.json}, {@code quantize_config.json}, {@code quant_config.json}, {@code
   * hf_quant_config.json}.
   */
  CONFIG,
  MODEL_CARD,
  OTHER;

  private static final List<String> SIDECARS =
      List.of(
          ".sig",
          ".sigstore.json",
          ".sigstore",
          ".intoto.jsonl",
          ".derivation.json",
          ".conversion.json");
  private static final Set<String> CONFIGS =
      Set.of("config.json", "quantize_config.json", "quant_config.json", "hf_quant_config.json");
  private static final Set<String> OTHER_WEIGHTS_EXTENSIONS =
      Set.of("bin", "pt", "pth", "ckpt", "onnx", "h5", "keras", "msgpack", "tflite", "npz", "nemo");

  /**
   * What trainers leave beside the weights in one of their formats: Transformers, Accelerate, with
   * a number for each optimizer, and DeepSpeed, with one for each process.
   */
  private static final Pattern TRAINER_STATE =
      Pattern.compile(
          "(?:training_args|(?:optimizer|scheduler|sampler|dl_state_dict|custom_checkpoint)(?:_\\d+)?"
              + "|(?:grad_)?scaler|rng_state(?:_\\d+)?|random_states(?:_\\d+)?|.*_optim_states)"
              + "\\.(?:bin|pt|pth|ckpt)");

  /** A variant, such as {@code fp16}, comes before the last extension. */
  private static final Pattern INDEX =
      Pattern.compile("(?<weights>.+)\\.index(?:\\.[^./]+)?\\.json");

  /**
   * Whether a file of this name lists the parts of weights, in whatever format: {@code
   * pytorch_model.bin.index.json}.
   *
   * @param name relative to the repository's root
   */
  public static boolean isIndex(String name) {
    return indexed(name).isPresent();
  }

  /** The name of the weights that an index lists the parts of: {@code pytorch_model.bin}. */
  public static Optional<String> indexed(String name) {
    return Optional.of(INDEX.matcher(lastName(name)))
        .filter(Matcher::matches)
        .map(index -> index.group("weights"))
        .filter(weights -> of(weights).isWeights());
  }

  private static String lastName(String name) {
    return StoragePaths.lastName(name).toLowerCase(Locale.ROOT);
  }

  /** Whether it is weights, in a format that is inspected or not. */
  public boolean isWeights() {
    return switch (this) {
      case GGUF, SAFETENSORS, OTHER_WEIGHTS -> true;
      case SIDECAR, SHARD_INDEX, CONFIG, MODEL_CARD, OTHER -> false;
    };
  }

  /**
   * The kind that a name says; letters' case makes no difference, but for the card's.
   *
   * @param name relative to the repository's root
   */
  public static FileKind of(String name) {
    if (name.equals("README.md")) {
      return MODEL_CARD;
    }
    String last = lastName(name);
    if (last.equals("claims.jsonl") || SIDECARS.stream().anyMatch(last::endsWith)) {
      return SIDECAR;
    }
    if (last.endsWith(".safetensors.index.json")) {
      return SHARD_INDEX;
    }
    if (CONFIGS.contains(last)) {
      return CONFIG;
    }
    String extension = last.contains(".") ? last.substring(last.lastIndexOf('.') + 1) : "";
    if (extension.equals("gguf")) {
      return GGUF;
    }
    if (extension.equals("safetensors")) {
      return SAFETENSORS;
    }
    if (PieceName.of(name).isPresent()) {
      return OTHER_WEIGHTS;
    }
    return OTHER_WEIGHTS_EXTENSIONS.contains(extension) && !TRAINER_STATE.matcher(last).matches()
        ? OTHER_WEIGHTS
        : OTHER;
  }
}
