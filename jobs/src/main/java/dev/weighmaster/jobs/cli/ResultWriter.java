package dev.weighmaster.jobs.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Writes a result row by row, in one of the formats of {@link ResultFormat}. */
interface ResultWriter {
  /** Writes a row; a cell is empty where the value is null. */
  void row(List<Optional<String>> cells) throws IOException;

  /** Writes what follows the last row; nothing is flushed. */
  void end() throws IOException;

  /** A column's name, and whether its values are numbers. */
  record Column(String name, boolean numeric) {}
}
