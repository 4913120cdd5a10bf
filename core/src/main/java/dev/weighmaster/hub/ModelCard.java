package dev.weighmaster.hub;

import java.util.List;
import java.util.Optional;

/**
 * What the front matter of a repository's {@code README.md} declares.
 *
 * @param baseModels model ids, {@code org/name}, in the card's order
 * @param relation {@code base_model_relation}: {@code quantized}, {@code finetune}, …
 */
public record ModelCard(
    List<String> baseModels, Optional<String> relation, Optional<String> license) {
  public ModelCard {
    baseModels = List.copyOf(baseModels);
  }
}
