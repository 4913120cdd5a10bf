package dev.weighmaster.digest;

import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.safetensors.ShardIndex;

/** Reads the index of a sharded set. */
@FunctionalInterface
interface IndexParser {
  ShardIndex parse(byte[] content) throws MalformedWeightsException;
}
