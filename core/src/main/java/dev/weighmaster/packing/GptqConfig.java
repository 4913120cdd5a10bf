package dev.weighmaster.packing;

import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.packing.PackingConfig.GptqOrder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What a configuration says of the algorithm behind GPTQ's layout. Other algorithms store the same
 * tensors, so only what is known of tools that run GPTQ counts.
 */
final class GptqConfig {
  private static final String META = "meta";
  private static final String QUANTIZER = "quantizer";

  /** Tools that write their name, and run GPTQ unless {@link #OTHERS} says otherwise. */
  private static final List<String> TOOLS =
      List.of("gptqmodel", "auto_gptq", "auto-gptq", "autogptq", "optimum");

  /** GPTAQ by its two names, and FOEM: their corrections differ from row to row. */
  private static final List<String> OTHERS = List.of("v2", "gptaq", "foem");

  private static final List<String> OF_AUTO_ROUND =
      List.of("autoround_version", "provider", "enable_minmax_tuning", "minmax_lr", "iters", "lr");

  /** What AutoGPTQ and optimum write, which don't write their names. */
  private static final Set<String> OF_UNNAMED_TOOLS =
      Set.of(
          "batch_size",
          "bits",
          "block_name_to_quantize",
          "cache_block_outputs",
          "checkpoint_format",
          "damp_percent",
          "dataset",
          "desc_act",
          "disable_exllama",
          "exllama_config",
          "group_size",
          "is_marlin_format",
          "max_input_length",
          "model_file_base_name",
          "model_name_or_path",
          "model_seqlen",
          "module_name_preceding_first_block",
          "modules_in_block_to_quantize",
          "pad_token_id",
          "quant_method",
          "static_groups",
          "sym",
          "tokenizer",
          "true_sequential",
          "use_cuda_fp16",
          "use_exllama");

  private GptqConfig() {}

  /** Whether a field says anything but no. */
  static boolean says(JsonFields config, String name) throws MalformedJsonException {
    return config.has(name)
        && !Set.of("", "false", "0", "0.0", "{}", "[]").contains(config.text(name));
  }

  /** Whether it is by AutoRound, which rounds as it has learned to. */
  static boolean isAutoRound(JsonFields config) {
    return OF_AUTO_ROUND.stream().anyMatch(config::has);
  }

  static Optional<Boolean> ordersColumns(JsonFields config) throws MalformedJsonException {
    return config.has("desc_act") ? Optional.of(config.bool("desc_act")) : Optional.empty();
  }

  /** In which order columns were rounded, if GPTQ did it. */
  static Optional<GptqOrder> order(JsonFields config) throws MalformedJsonException {
    Optional<JsonFields> meta = config.optionalObject(META);
    if (!isGptq(config, meta)) {
      return Optional.empty();
    }
    boolean permutes = saysAnywhere(config, meta, "act_group_aware");
    Optional<Boolean> orders = ordersColumns(config);
    if (orders.isEmpty() || permutes || saysAnywhere(config, meta, "static_groups")) {
      return Optional.of(
          orders.equals(Optional.of(false)) && !permutes ? GptqOrder.BY_COLUMN : GptqOrder.UNKNOWN);
    }
    return Optional.of(orders.get() ? GptqOrder.BY_GROUP : GptqOrder.BY_COLUMN);
  }

  private static boolean saysAnywhere(JsonFields config, Optional<JsonFields> meta, String name)
      throws MalformedJsonException {
    return says(config, name) || (meta.isPresent() && says(meta.get(), name));
  }

  private static boolean isGptq(JsonFields config, Optional<JsonFields> meta)
      throws MalformedJsonException {
    String method = config.optionalString("quant_method").orElse("gptq");
    if (!method.equalsIgnoreCase("gptq") || isAutoRound(config)) {
      return false;
    }
    for (String other : OTHERS) {
      if (saysAnywhere(config, meta, other)) {
        return false;
      }
    }
    if (meta.isPresent() && meta.get().has(QUANTIZER)) {
      String quantizer = meta.get().text(QUANTIZER).toLowerCase(Locale.ROOT);
      return TOOLS.stream().anyMatch(quantizer::contains) && !quantizer.contains("round");
    }
    return config.has("damp_percent") && OF_UNNAMED_TOOLS.containsAll(config.names());
  }
}
