package dev.weighmaster.tensor;

import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.io.Storage;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A source whose tensors have the names of the quantization's, as the GGUF that it was made of. */
public record SameNames(ModelTensors model) implements SourceModel {
  private static final String OUTPUT = "output.weight";
  private static final String EMBEDDING = "token_embd.weight";
  private static final String TIED = "the source uses its token_embd.weight for it";

  /**
   * The tensor of the same name. Where a model has no output matrix, llama.cpp takes its embedding
   * for it; some converters have written that copy out.
   */
  @Override
  public Counterpart counterpart(Tensor tensor) {
    Optional<Tensor> same = model.find(tensor.name());
    if (same.isPresent()) {
      return Counterpart.of(model, same.get(), Optional.empty());
    }
    return (tensor.name().equals(OUTPUT) ? model.find(EMBEDDING) : Optional.<Tensor>empty())
        .map(embedding -> Counterpart.of(model, embedding, Optional.of(TIED)))
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
