package dev.weighmaster.tensor;

import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.io.Storage;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A source whose tensors have the names of the quantization's, as the GGUF that it was made of. */
public record SameNames(ModelTensors model) implements SourceModel {
  /** The embedding that a model without an output matrix uses for it. */
  private static final Map<String, String> TIED =
      Map.of("output.weight", "token_embd.weight", "lm_head.weight", "model.embed_tokens.weight");

  /**
   * The tensor of the same name. Where a model has no output matrix, loaders take its embedding for
   * it; some tools have written that copy out.
   */
  @Override
  public Counterpart counterpart(Tensor tensor) {
    Optional<Tensor> same = model.find(tensor.name());
    if (same.isPresent()) {
      return Counterpart.of(model, same.get(), Optional.empty());
    }
    return Optional.ofNullable(TIED.get(tensor.name()))
        .flatMap(model::find)
        .map(
            embedding ->
                Counterpart.of(
                    model,
                    embedding,
                    Optional.of("the source uses its %s for it".formatted(embedding.name()))))
        .orElseGet(() -> Counterpart.none("it is not in the source"));
  }

  @Override
  public List<Missing> missing(ModelTensors quantization) {
    return model.tensors().stream()
        .filter(tensor -> quantization.find(tensor.name()).isEmpty())
        .map(
            tensor ->
                new Missing(
                    tensor.name(),
                    tensor.type().name(),
                    tensor.shape(),
                    "it is in the source, and not in the quantization"))
        .toList();
  }

  @Override
  public Optional<ModelTensors> gguf() {
    return Optional.of(model).filter(each -> each.metadata().isPresent());
  }

  @Override
  public List<Storage.Entry> files() {
    return model.files();
  }

  @Override
  public Map<String, Optional<GgufValue>> written(ModelTensors quantization) {
    return Map.of();
  }
}
