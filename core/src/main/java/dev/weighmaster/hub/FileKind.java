package dev.weighmaster.hub;

import dev.weighmaster.format.WeightsFormat;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.gguf.GgufFormat;
import dev.weighmaster.format.safetensors.SafetensorsFormat;
import dev.weighmaster.io.StoragePaths;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a file of a repository is to the audit, by its name. The table and its readers know the
 * constants by their names.
 *
 * <p>A format of weights that is inspected has a constant here, and nothing else outside of {@link
 * WeightsFormat} that has to be changed for its headers to be read.
 */
public enum FileKind {
  GGUF(GgufFormat.GGUF),
  SAFETENSORS(SafetensorsFormat.SAFETENSORS),
  /**
   * Weights that are hashed and chained, but not inspected: {@code .bin}, {@code .pt}, …, the
   * external data of ONNX models, and the pieces of a GGUF file that was cut up
   */
  OTHER_WEIGHTS,
  /** A signature or attestation file beside the weights. */
  SIDECAR,
  /** The index of a sharded safetensors set. */
  SHARD_INDEX,
  /**
   * {@code config.json}, that of a version of transformers ({@code config.4.0.0.json}), {@code
   * quantize_config.json}, {@code quant_config.json}, {@code hf_quant_config.json}.
   */
  CONFIG,
  MODEL_CARD,
  OTHER;

  @SuppressWarnings("ImmutableEnumChecker") // formats are stateless
  private final Optional<WeightsFormat> format;

  FileKind() {
    this.format = Optional.empty();
  }

  FileKind(WeightsFormat format) {
    this.format = Optional.of(format);
  }

  /** The format of weights that are inspected; empty for all other files. */
  public Optional<WeightsFormat> format() {
    return format;
  }

  /**
   * The kind of weights that a file is by its first bytes, whatever it is called; empty where they
   * do not tell.
   *
   * @param head see {@link WeightsFormat#begins}
   */
  public static Optional<FileKind> ofHead(byte[] head) {
    return inspected(format -> format.begins(head));
  }

  /** The format that a header was read as. */
  public static WeightsFormat formatOf(WeightsSummary header) {
    return inspected(format -> format.made(header)).flatMap(FileKind::format).orElseThrow();
  }

  private static Optional<FileKind> inspected(Predicate<WeightsFormat> wanted) {
    return Arrays.stream(values())
        .filter(kind -> kind.format.filter(wanted).isPresent())
        .findFirst();
  }

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

  /** What transformers from a version on reads instead, if {@code config.json} lists it. */
  private static final Pattern VERSIONED_CONFIG = Pattern.compile("config\\.v?\\d[^/]*\\.json");

  private static final Set<String> OTHER_WEIGHTS_EXTENSIONS =
      Set.of(
          "bin", "pt", "pth", "ckpt", "pkl", "onnx", "h5", "keras", "msgpack", "tflite", "npz",
          "nemo", "dduf");

  /** Where an ONNX model keeps tensors that are not in its own file. */
  private static final Pattern ONNX_DATA = Pattern.compile("(?s).+\\.onnx[._]data(?:[._-]?\\d+)?");

  /**
   * What trainers leave beside the weights in one of their formats: Transformers, Accelerate, with
   * a number for each optimizer, and DeepSpeed, with one for each process.
   */
  private static final Pattern TRAINER_STATE =
      Pattern.compile(
          "(?:training_args|(?:optimizer|scheduler|sampler|dl_state_dict|custom_checkpoint)(?:_\\d+)?"
              + "|(?:grad_)?scaler|rng_state(?:_\\d+)?|random_states(?:_\\d+)?|.*_optim_states)"
              + "\\.(?:bin|pt|pth|ckpt|pkl)");

  /** A variant, such as {@code fp16}, comes before the last extension. */
  private static final Pattern INDEX =
      Pattern.compile("(?s)(?<weights>.+)\\.index(?:\\.[^./]+)?\\.json");

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

  /**
   * Whether a file of this name holds tensors of an ONNX model: {@code model.onnx_data}, {@code
   * model.onnx_data_1}, {@code model.onnx.data}.
   */
  public static boolean isOnnxData(String name) {
    return ONNX_DATA.matcher(lastName(name)).matches();
  }

  /** Whether a file of this name is a model's own configuration for a version of transformers. */
  public static boolean isVersionedConfig(String name) {
    return VERSIONED_CONFIG.matcher(lastName(name)).matches();
  }

  private static String lastName(String name) {
    return StoragePaths.lastName(name).toLowerCase(Locale.ROOT);
  }

  /** Whether it is weights, in a format that is inspected or not. */
  public boolean isWeights() {
    return format.isPresent() || this == OTHER_WEIGHTS;
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
    if (CONFIGS.contains(last) || isVersionedConfig(last)) {
      return CONFIG;
    }
    Optional<FileKind> inspected = inspected(format -> format.hasName(last));
    if (inspected.isPresent()) {
      return inspected.get();
    }
    if (PieceName.of(name).isPresent() || isOnnxData(name)) {
      return OTHER_WEIGHTS;
    }
    String extension = last.contains(".") ? last.substring(last.lastIndexOf('.') + 1) : "";
    return OTHER_WEIGHTS_EXTENSIONS.contains(extension) && !TRAINER_STATE.matcher(last).matches()
        ? OTHER_WEIGHTS
        : OTHER;
  }
}
