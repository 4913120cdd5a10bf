package dev.weighmaster.hub;

import java.util.List;
import java.util.Optional;

/**
 * What the front matter of a repository's {@code README.md} declares.
 *
 * @param baseModels as the card names them, in its order: {@code org/name}, a URL, a path, …
 * @param relation {@code base_model_relation}: {@code quantized}, {@code finetune}, …
 * @param problem why it is not known what the card declares; then the rest is empty
 */
public record ModelCard(
    List<String> baseModels,
    Optional<String> relation,
    Optional<String> license,
    Optional<String> problem) {
  public ModelCard {
    baseModels = List.copyOf(baseModels);
  }

  /** A card that declares something, but nobody can say what. */
  static ModelCard unreadable(String problem) {
    return new ModelCard(List.of(), Optional.empty(), Optional.empty(), Optional.of(problem));
  }
}
