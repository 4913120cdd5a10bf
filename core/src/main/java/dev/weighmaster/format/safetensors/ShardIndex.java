package dev.weighmaster.format.safetensors;

import java.util.List;

/**
 * What a {@code *.safetensors.index.json} says of its set.
 *
 * @param files names of the set's files beside the index, sorted, each once
 */
public record ShardIndex(List<String> files) {
  public ShardIndex {
    files = List.copyOf(files);
  }
}
