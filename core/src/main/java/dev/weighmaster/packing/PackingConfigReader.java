package dev.weighmaster.packing;

import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.packing.PackingConfig.GptqOrder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads what the configurations of a repository say of how its matrices are packed. Tools keep that
 * in {@code config.json}, in a file of its own, or in both; where there are several, loaders differ
 * in which one they read.
 */
public final class PackingConfigReader {
  private static final String CONFIG = "config.json";

  /** Whose whole content is what {@link #CONFIG} has inside. */
  private static final List<String> OWN = List.of("quantize_config.json", "quant_config.json");

  private static final String OF_MODELOPT = "hf_quant_config.json";

  /** In bytes; the largest of today list modules by the thousand. */
  private static final int MAX_BYTES = 4 << 20;

  /** Where weights were moved into another basis first, they are no rounding of the source's. */
  private static final List<String> ROTATIONS = List.of("rotation", "transform_config");

  /** A configuration, and the file that it is from. */
  private record Said(String file, PackingConfig config) {}

  private PackingConfigReader() {}

  /**
   * Reads the configurations of a folder. What can't be understood is a {@link
   * PackingConfig#problem}.
   *
   * @param folder empty, or ending in a slash
   * @throws IOException if a file can't be read
   */
  public static PackingConfig beside(Storage storage, String folder) throws IOException {
    List<Said> all = new ArrayList<>();
    for (String name : files()) {
      try {
        Optional<byte[]> json = content(storage, folder + name);
        if (json.isPresent()) {
          find(name, JsonFields.parse(json.get())).ifPresent(all::add);
        }
      } catch (MalformedJsonException | UnpackableException e) {
        return PackingConfig.NONE.with(name + " " + e.getMessage());
      }
    }
    if (all.isEmpty()) {
      return PackingConfig.NONE;
    }
    PackingConfig said = all.get(0).config();
    for (Said other : all.subList(1, all.size())) {
      if (differ(said, other.config())) {
        return said.with(
            "%s and %s say different things of how it is packed"
                .formatted(all.get(0).file(), other.file()));
      }
      said = both(said, other.config());
    }
    return said;
  }

  private static List<String> files() {
    List<String> files = new ArrayList<>(List.of(CONFIG));
    files.addAll(OWN);
    files.add(OF_MODELOPT);
    return files;
  }

  private static Optional<byte[]> content(Storage storage, String path) throws IOException {
    Storage.Entry file;
    try {
      file = storage.stat(path);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (file.type() != Storage.Type.FILE) {
      throw new UnpackableException("is not a file that can be read");
    }
    if (file.size() > MAX_BYTES) {
      throw new UnpackableException("has more than %d bytes".formatted(MAX_BYTES));
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
    try (ByteSource source = storage.open(file)) {
      for (ByteBuffer next = source.next(); next.hasRemaining(); next = source.next()) {
        bytes.put(next);
      }
    }
    return Optional.of(bytes.array());
  }

  private static Optional<Said> find(String name, JsonFields root) throws MalformedJsonException {
    Optional<JsonFields> inside =
        name.equals(CONFIG)
            ? inside(root)
            : name.equals(OF_MODELOPT) ? root.optionalObject("quantization") : Optional.of(root);
    if (inside.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Said(name, name.equals(OF_MODELOPT) ? ofModelOpt(inside.get()) : of(inside.get())));
  }

  private static Optional<JsonFields> inside(JsonFields config) throws MalformedJsonException {
    for (String name : List.of("quantization_config", "compression_config", "text_config")) {
      Optional<JsonFields> found = config.optionalObject(name);
      if (found.isPresent() && name.equals("text_config")) {
        return inside(found.get());
      }
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static PackingConfig ofModelOpt(JsonFields config) throws MalformedJsonException {
    Optional<String> algorithm = config.optionalString("quant_algo");
    return PackingConfig.of(
        algorithm.isPresent() ? "MODELOPT" : "", Optional.empty(), Optional.empty(), "");
  }

  /**
   * What a quantizer's own configuration says.
   *
   * @throws MalformedJsonException if it has values of another kind than quantizers write
   */
  static PackingConfig of(JsonFields config) throws MalformedJsonException {
    boolean varies = GptqConfig.says(config, "dynamic");
    Optional<JsonFields> weights = weights(config);
    List<Long> block =
        weights.isPresent() && weights.get().has("block_structure")
            ? weights.get().integers("block_structure")
            : config.integers("weight_block_size");
    if (!block.isEmpty() && (block.size() != 2 || block.get(0) < 1 || block.get(1) < 1)) {
      throw config.malformed("weight_block_size", "must be two positive integers");
    }
    PackingConfig said =
        new PackingConfig(
            method(config),
            varies ? Optional.empty() : bits(config, weights),
            varies ? Optional.empty() : groupSize(config, weights),
            format(config),
            block.isEmpty() ? PackingConfig.USUAL_BLOCK : block.get(0),
            block.isEmpty() ? PackingConfig.USUAL_BLOCK : block.get(1),
            GptqConfig.ordersColumns(config),
            GptqConfig.order(config),
            Optional.empty());
    for (String rotation : ROTATIONS) {
      if (GptqConfig.says(config, rotation)) {
        return said.with(
            "its configuration has a %s: weights were rotated before they were quantized"
                .formatted(rotation));
      }
    }
    return said;
  }

  /** AutoRound's, whatever layout it exports to: AWQ's rounds otherwise. */
  private static String method(JsonFields config) throws MalformedJsonException {
    String method = config.optionalString("quant_method").orElse("").toUpperCase(Locale.ROOT);
    return method.equals("AWQ") && GptqConfig.isAutoRound(config) ? "AUTO-ROUND" : method;
  }

  private static Optional<Long> bits(JsonFields config, Optional<JsonFields> weights)
      throws MalformedJsonException {
    if (weights.isPresent() && weights.get().has("num_bits")) {
      return weights.get().optionalInteger("num_bits");
    }
    return config.optionalInteger(config.has("w_bit") ? "w_bit" : "bits");
  }

  private static Optional<Long> groupSize(JsonFields config, Optional<JsonFields> weights)
      throws MalformedJsonException {
    return weights
        .orElse(config)
        .optionalInteger(config.has("q_group_size") ? "q_group_size" : "group_size");
  }

  /** Of compressed-tensors, where there is one kind of weights. */
  private static Optional<JsonFields> weights(JsonFields config) throws MalformedJsonException {
    Optional<JsonFields> groups = config.optionalObject("config_groups");
    if (groups.isEmpty() || groups.get().names().size() != 1) {
      return Optional.empty();
    }
    return groups.get().object(groups.get().names().get(0)).optionalObject("weights");
  }

  private static String format(JsonFields config) throws MalformedJsonException {
    if (GptqConfig.says(config, "is_marlin_format")) {
      return "marlin";
    }
    for (String name : List.of("checkpoint_format", "version", "format")) {
      Optional<String> format = config.optionalString(name);
      if (format.isPresent()) {
        return format.get().toLowerCase(Locale.ROOT);
      }
    }
    return "";
  }

  /** Whether two configurations can't both be right. */
  private static boolean differ(PackingConfig one, PackingConfig other) {
    return differ(one.method(), other.method())
        || differ(one.format(), other.format())
        || differ(one.bits(), other.bits())
        || differ(one.groupSize(), other.groupSize())
        || differ(one.ordersColumns(), other.ordersColumns());
  }

  private static PackingConfig both(PackingConfig one, PackingConfig other) {
    PackingConfig blocks =
        one.blockRows() == PackingConfig.USUAL_BLOCK
                && one.blockColumns() == PackingConfig.USUAL_BLOCK
            ? other
            : one;
    return new PackingConfig(
        one.method().isEmpty() ? other.method() : one.method(),
        one.bits().or(other::bits),
        one.groupSize().or(other::groupSize),
        one.format().isEmpty() ? other.format() : one.format(),
        blocks.blockRows(),
        blocks.blockColumns(),
        one.ordersColumns().or(other::ordersColumns),
        one.gptq().isPresent() && other.gptq().isPresent()
            ? Optional.of(one.gptq().equals(other.gptq()) ? one.gptq().get() : GptqOrder.UNKNOWN)
            : Optional.empty(),
        one.problem().or(other::problem));
  }

  private static boolean differ(String one, String other) {
    return !one.isEmpty() && !other.isEmpty() && !one.equals(other);
  }

  private static <T> boolean differ(Optional<T> one, Optional<T> other) {
    return one.isPresent() && other.isPresent() && !one.equals(other);
  }
}
