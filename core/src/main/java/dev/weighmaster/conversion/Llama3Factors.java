package dev.weighmaster.conversion;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * By how much Llama 3 stretches the wavelength of each pair of a head's dimensions: not at all the
 * short ones, by the whole factor the long ones.
 *
 * <p>Computed as converters have PyTorch compute it: in floats, with a number divided by a tensor
 * as the tensor's reciprocal times the number.
 */
final class Llama3Factors {
  private static final List<String> PLACES =
      List.of("rope_parameters.full_attention.", "rope_parameters.", "rope_scaling.");
  private static final String CONTEXT = "original_max_position_embeddings";
  private static final double USUAL_CONTEXT = 8192;

  private final ModelConfig config;
  private final String place;

  private Llama3Factors(ModelConfig config, String place) {
    this.config = config;
    this.place = place;
  }

  /** Those of today's converters, and those of earlier ones where they are others. */
  static List<float[]> vectors(ModelConfig config) throws UnmappedException {
    Optional<String> place =
        PLACES.stream()
            .filter(each -> config.has(each + "rope_type") || config.has(each + "type"))
            .findFirst();
    if (place.isEmpty()) {
      return List.of();
    }
    Llama3Factors factors = new Llama3Factors(config, place.get());
    if (!factors.isLlama3()) {
      return List.of();
    }
    double outside = config.number(CONTEXT).orElse(USUAL_CONTEXT);
    float[] today = factors.vector(config.number(place.get() + CONTEXT).orElse(outside));
    float[] earlier = factors.vector(outside);
    return Arrays.equals(today, earlier) ? List.of(today) : List.of(today, earlier);
  }

  private boolean isLlama3() {
    return config
        .text(place + "rope_type")
        .or(() -> config.text(place + "type"))
        .filter("llama3"::equalsIgnoreCase)
        .isPresent();
  }

  private float[] vector(double context) throws UnmappedException {
    double base = number("rope_theta", config.number("rope_theta").orElse(10_000.0));
    float factor = (float) number("factor", 8);
    float low = (float) number("low_freq_factor", 1);
    float high = (float) number("high_freq_factor", 4);
    int dimensions = dimensions();
    float[] factors = new float[(dimensions + 1) / 2];
    for (int i = 0; i < factors.length; i++) {
      float exponent = (float) (2 * i) / dimensions;
      float frequency = 1 / (float) Math.pow((float) base, exponent);
      float wavelength = 1 / frequency * (float) (2 * Math.PI);
      if (wavelength < context / high) {
        factors[i] = 1;
      } else if (wavelength > context / low) {
        factors[i] = factor;
      } else {
        float smooth = (1 / wavelength * (float) context - low) / (high - low);
        factors[i] = 1 / ((1 - smooth) / factor + smooth);
      }
    }
    return factors;
  }

  private double number(String name, double otherwise) throws UnmappedException {
    return config.number(place + name).orElse(otherwise);
  }

  private int dimensions() throws UnmappedException {
    long dimensions =
        config.integer("head_dim").isPresent()
            ? config.integer("head_dim").get()
            : quotient(config.integer("hidden_size"), config.integer("num_attention_heads"));
    if (dimensions < 1 || dimensions > ModelConfig.MAX_NUMBERS) {
      throw new UnmappedException(
          "by the source's config.json, a head has %d dimensions".formatted(dimensions));
    }
    return (int) dimensions;
  }

  private static long quotient(Optional<Long> size, Optional<Long> heads) throws UnmappedException {
    if (size.isEmpty() || heads.isEmpty() || heads.get() < 1) {
      throw new UnmappedException(
          "the source's config.json does not say how many dimensions a head has");
    }
    return size.get() / heads.get();
  }
}
