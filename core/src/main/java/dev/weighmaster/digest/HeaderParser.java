package dev.weighmaster.digest;

import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.io.ByteSource;
import java.io.IOException;

/** Reads a weights file's header from the start of a source, and leaves the rest unread. */
@FunctionalInterface
interface HeaderParser {
  /**
   * What the header says.
   *
   * @throws dev.weighmaster.format.MalformedWeightsException if the header breaks its format
   * @throws dev.weighmaster.format.UnsupportedWeightsException if it is of an unknown version
   * @throws IOException if the source can't be read
   */
  WeightsSummary parse(ByteSource source) throws IOException;
}
