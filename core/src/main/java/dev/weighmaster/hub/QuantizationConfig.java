package dev.weighmaster.hub;

import java.util.Optional;

/**
 * What a {@code config.json} says of how its weights are quantized.
 *
 * @param method {@code quant_method} in upper case, such as {@code GPTQ} or {@code AWQ}
 * @param bits bits of a weight, where the file says so
 */
public record QuantizationConfig(String method, Optional<Double> bits) {
  /** The method of weights that are quantized in a way that nothing names. */
  public static final String UNKNOWN = "UNKNOWN";

  /** Of a file that may say anything. */
  public static final QuantizationConfig UNREADABLE =
      new QuantizationConfig(UNKNOWN, Optional.empty());
}
