package dev.weighmaster.packing;

import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a configuration says of a layout that shapes don't.
 *
 * @param method {@code quant_method} in upper case; empty if there is none
 * @param bits of a code, where they are one number for the whole model
 * @param groupSize columns that share a scale, where the file says so; not positive for all
 * @param format {@code checkpoint_format}, {@code version} or {@code format} in lower case; empty
 *     if there is none
 * @param blockRows rows of a block that shares a scale
 * @param blockColumns columns of such a block
 */
public record PackingConfig(
    String method,
    Optional<Long> bits,
    Optional<Long> groupSize,
    String format,
    long blockRows,
    long blockColumns) {
  /** What nobody configures differently. */
  private static final int USUAL_BLOCK = 128;

  /** Where nothing is said. */
  public static final PackingConfig NONE =
      new PackingConfig("", Optional.empty(), Optional.empty(), "", USUAL_BLOCK, USUAL_BLOCK);

  /**
   * Reads a {@code config.json}, or a {@code quantize_config.json} that is the configuration
   * itself.
   *
   * @throws UnpackableException if it can't be read, or has values of another kind than quantizers
   *     write
   */
  public static PackingConfig read(byte[] json) throws UnpackableException {
    try {
      JsonFields root = JsonFields.parse(json);
      Optional<JsonFields> inside = inside(root);
      if (inside.isEmpty() && root.optionalObject("text_config").isPresent()) {
        inside = inside(root.object("text_config"));
      }
      return of(inside.orElse(root));
    } catch (MalformedJsonException e) {
      throw new UnpackableException("the configuration " + e.getMessage());
    }
  }

  private static Optional<JsonFields> inside(JsonFields config) throws MalformedJsonException {
    Optional<JsonFields> found = config.optionalObject("quantization_config");
    return found.isPresent() ? found : config.optionalObject("compression_config");
  }

  private static PackingConfig of(JsonFields config) throws MalformedJsonException {
    JsonFields weights = weights(config).orElse(config);
    Optional<Long> bits = weights.optionalInteger("num_bits");
    if (bits.isEmpty()) {
      bits = config.optionalInteger(config.has("w_bit") ? "w_bit" : "bits");
    }
    Optional<Long> groupSize =
        weights.optionalInteger(config.has("q_group_size") ? "q_group_size" : "group_size");
    List<Long> block =
        weights.has("block_structure")
            ? weights.integers("block_structure")
            : config.integers("weight_block_size");
    if (!block.isEmpty() && (block.size() != 2 || block.get(0) < 1 || block.get(1) < 1)) {
      throw config.malformed("weight_block_size", "must be two positive integers");
    }
    return new PackingConfig(
        config.optionalString("quant_method").orElse("").toUpperCase(Locale.ROOT),
        bits,
        groupSize,
        format(config),
        block.isEmpty() ? USUAL_BLOCK : block.get(0),
        block.isEmpty() ? USUAL_BLOCK : block.get(1));
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
    for (String name : List.of("checkpoint_format", "version", "format")) {
      Optional<String> format = config.optionalString(name);
      if (format.isPresent()) {
        return format.get().toLowerCase(Locale.ROOT);
      }
    }
    return "";
  }

  /**
   * The size of groups of columns.
   *
   * @param count of the groups
   * @throws UnpackableException if no groups of one size are so many
   */
  int groupSize(int columns, int count) throws UnpackableException {
    long stated = groupSize.orElse(0L);
    if (stated > 0 && stated <= columns && (columns + stated - 1) / stated == count) {
      return (int) stated;
    }
    if (columns % count != 0) {
      throw new UnpackableException(
          "%d columns are not %d groups of one size".formatted(columns, count));
    }
    return columns / count;
  }
}
