package dev.weighmaster.conversion;

import dev.weighmaster.format.gguf.GgufHeader;
import dev.weighmaster.format.gguf.GgufType;
import dev.weighmaster.format.gguf.GgufValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a converter writes of a repository's configuration and chat template into a GGUF, as far as
 * it is the same for all architectures. Thread-safe.
 */
final class WrittenMetadata {
  private static final String ARCHITECTURE = "general.architecture";
  private static final String TEMPLATE = "tokenizer.chat_template";

  /** Keys after the architecture's name, and where a configuration may have their values. */
  private static final Map<String, List<String>> PLACES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("block_count", List.of("num_hidden_layers", "n_layer")),
              Map.entry("context_length", List.of("max_position_embeddings", "n_positions")),
              Map.entry("embedding_length", List.of("hidden_size", "n_embd", "n_embed")),
              Map.entry("feed_forward_length", List.of("intermediate_size", "n_inner")),
              Map.entry("attention.head_count", List.of("num_attention_heads", "n_head")),
              Map.entry("attention.head_count_kv", List.of("num_key_value_heads")),
              Map.entry("attention.layer_norm_rms_epsilon", List.of("rms_norm_eps")),
              Map.entry(
                  "attention.layer_norm_epsilon",
                  List.of("layer_norm_eps", "layer_norm_epsilon", "norm_eps")),
              Map.entry("attention.sliding_window", List.of("sliding_window")),
              Map.entry("rope.freq_base", List.of("rope_theta", "rope_parameters.rope_theta")),
              Map.entry(
                  "expert_count", List.of("num_local_experts", "num_experts", "n_routed_experts")),
              Map.entry("expert_used_count", List.of("num_experts_per_tok")),
              Map.entry("vocab_size", List.of("vocab_size"))));

  private final MappingTable table;
  private final ModelConfig config;
  private final Optional<String> template;

  WrittenMetadata(MappingTable table, ModelConfig config, Optional<String> template) {
    this.table = table;
    this.config = config;
    this.template = template;
  }

  /**
   * Its values by the keys that a GGUF has; empty ones where the repository has none.
   *
   * @param metadata of the GGUF: a hyperparameter that it has not is not known to be written
   */
  Map<String, Optional<GgufValue>> values(List<GgufHeader.Entry> metadata) {
    Map<String, Optional<GgufValue>> written = new LinkedHashMap<>();
    Map<String, GgufValue> found = new LinkedHashMap<>();
    metadata.forEach(entry -> found.put(entry.key(), entry.value()));
    String named = found.containsKey(ARCHITECTURE) ? found.get(ARCHITECTURE).display() : "";
    boolean expected = table.ggufArchitectures().contains(named);
    String architecture = expected ? named : table.ggufArchitectures().get(0);
    written.put(ARCHITECTURE, Optional.of(GgufValue.text(architecture)));
    PLACES.forEach(
        (name, places) -> {
          String key = architecture + "." + name;
          if (found.containsKey(key) && !table.computes(name)) {
            value(found.get(key), places).ifPresent(value -> written.put(key, Optional.of(value)));
          }
        });
    if (template.isPresent() || found.containsKey(TEMPLATE)) {
      written.put(TEMPLATE, template.map(GgufValue::text));
    }
    return written;
  }

  /** The configuration's value, in the type of the GGUF's. */
  private Optional<GgufValue> value(GgufValue of, List<String> places) {
    try {
      for (String place : places) {
        if (of instanceof GgufValue.Whole && config.integer(place).isPresent()) {
          return config.integer(place).map(number -> new GgufValue.Whole(of.type(), number));
        }
        if (of.type() == GgufType.FLOAT32 && config.number(place).isPresent()) {
          return config
              .number(place)
              .map(number -> new GgufValue.Real(GgufType.FLOAT32, number.floatValue()));
        }
      }
    } catch (UnmappedException e) {
      // What is no number is not what a converter reads.
    }
    return Optional.empty();
  }
}
