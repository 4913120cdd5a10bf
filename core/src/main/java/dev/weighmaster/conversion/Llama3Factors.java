package dev.weighmaster.conversion;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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

  /** Three to the power of seven: so many dimensions of Llama 3 are between short and long. */
  private static final int MOST_VECTORS = 2187;

  /** Of all vectors together. */
  private static final int MOST_FLOATS = 1 << 19;

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
    double inside = config.number(place.get() + CONTEXT).orElse(outside);
    List<float[]> vectors = factors.vectors(inside);
    if (inside != outside) {
      vectors.addAll(factors.vectors(outside));
    }
    return vectors;
  }

  private boolean isLlama3() {
    return config
        .text(place + "rope_type")
        .or(() -> config.text(place + "type"))
        .filter("llama3"::equalsIgnoreCase)
        .isPresent();
  }

  /** The vector as powers are when correctly rounded, and then as libraries may round them. */
  private List<float[]> vectors(double context) throws UnmappedException {
    float base = (float) number("rope_theta", config.number("rope_theta").orElse(10_000.0));
    int dimensions = dimensions();
    List<float[]> vectors = new ArrayList<>(List.of(new float[(dimensions + 1) / 2]));
    int most = Math.min(MOST_VECTORS, MOST_FLOATS / dimensions);
    for (int i = 0; i < (dimensions + 1) / 2; i++) {
      float power = (float) Math.pow(base, (float) (2 * i) / dimensions);
      Set<Float> factors = new LinkedHashSet<>();
      for (float each : new float[] {power, Math.nextDown(power), Math.nextUp(power)}) {
        factors.add(factor(1 / each, context));
      }
      List<float[]> before = List.copyOf(vectors);
      boolean first = true;
      for (float factor : factors) {
        if (!first && vectors.size() + before.size() > most) {
          break;
        }
        for (float[] vector : before) {
          float[] with = first ? vector : vector.clone();
          with[i] = factor;
          if (!first) {
            vectors.add(with);
          }
        }
        first = false;
      }
    }
    return vectors;
  }

  private float factor(float frequency, double context) throws UnmappedException {
    float factor = (float) number("factor", 8);
    float low = (float) number("low_freq_factor", 1);
    float high = (float) number("high_freq_factor", 4);
    float wavelength = 1 / frequency * (float) (2 * Math.PI);
    if (wavelength < context / high) {
      return 1;
    }
    if (wavelength > context / low) {
      return factor;
    }
    float smooth = (1 / wavelength * (float) context - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
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
