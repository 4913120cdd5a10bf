package dev.weighmaster.tensor;

import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.io.Storage;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A model that a quantization is weighed against. Thread-safe. */
public interface SourceModel {

  /** What a tensor of the quantization is compared with. */
  Counterpart counterpart(Tensor tensor);

  /** What the quantization should have and has not, in the source's order. */
  List<Missing> missing(ModelTensors quantization);

  /**
   * The GGUF that it is, whose metadata has the keys of the quantization's; empty if it is none.
   */
  Optional<ModelTensors> gguf();

  /**
   * What a converter writes of it into a GGUF, by key, as far as that is known; an empty value
   * where it has none. Nothing of a source that is a GGUF itself.
   *
   * @param quantization a GGUF
   */
  Map<String, Optional<GgufValue>> written(ModelTensors quantization);

  /** Its files as they were listed when their headers were read; at least one. */
  List<Storage.Entry> files();

  /**
   * A tensor that the quantization has not.
   *
   * @param name hostile text
   * @param type in the source
   * @param shape the row's length first
   * @param why to follow the name
   */
  record Missing(String name, String type, List<Long> shape, String why) {
    public Missing {
      shape = List.copyOf(shape);
    }
  }
}
