package dev.weighmaster.weigh.packed;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What AWQ divides by what it scales columns by, where layers are named as Llama's are.
 *
 * @param before norms that can precede a matrix, the nearer first; none where a matrix precedes it
 * @param after the matrix whose columns read this one's rows, and nothing else
 */
record AwqNeighbours(List<String> before, Optional<String> after) {
  private static final String WEIGHT = ".weight";

  private static final Pattern LAYER =
      Pattern.compile("(.*layers\\.\\d+\\.)(self_attn|mlp)\\.(\\w+)_proj\\.weight");

  /** Those of a matrix; empty if the table does not have it. */
  static Optional<AwqNeighbours> of(String name) {
    Matcher matcher = LAYER.matcher(name);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String layer = matcher.group(1);
    List<String> attention = List.of(layer + "input_layernorm");
    List<String> mlp =
        List.of(layer + "pre_feedforward_layernorm", layer + "post_attention_layernorm");
    return switch (matcher.group(2) + "." + matcher.group(3)) {
      case "self_attn.q", "self_attn.k" ->
          Optional.of(new AwqNeighbours(attention, Optional.empty()));
      case "self_attn.v" ->
          Optional.of(new AwqNeighbours(attention, Optional.of(layer + "self_attn.o_proj.weight")));
      case "mlp.gate" -> Optional.of(new AwqNeighbours(mlp, Optional.empty()));
      case "mlp.up" ->
          Optional.of(new AwqNeighbours(mlp, Optional.of(layer + "mlp.down_proj.weight")));
      case "self_attn.o", "mlp.down" -> Optional.of(new AwqNeighbours(List.of(), Optional.empty()));
      default -> Optional.empty();
    };
  }

  /** The matrices that read a norm; none if the table does not have it. */
  static List<String> readers(String norm) {
    int last = norm.lastIndexOf('.', Math.max(0, norm.length() - WEIGHT.length() - 1));
    String layer = norm.substring(0, last + 1);
    return switch (norm.substring(last + 1)) {
      case "input_layernorm.weight" ->
          List.of(
              layer + "self_attn.q_proj.weight",
              layer + "self_attn.k_proj.weight",
              layer + "self_attn.v_proj.weight");
      case "post_attention_layernorm.weight", "pre_feedforward_layernorm.weight" ->
          List.of(layer + "mlp.gate_proj.weight", layer + "mlp.up_proj.weight");
      default -> List.of();
    };
  }

  /** The matrix whose rows are divided by what the columns of this one are scaled by. */
  static Optional<String> dividedFor(String name) {
    if (name.endsWith("self_attn.o_proj.weight")) {
      return Optional.of(name.replace("o_proj.weight", "v_proj.weight"));
    }
    return name.endsWith("mlp.down_proj.weight")
        ? Optional.of(name.replace("down_proj.weight", "up_proj.weight"))
        : Optional.empty();
  }
}
