package dev.weighmaster.conversion;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** The lines of the resources, and changed ones. */
final class StandardTables {
  private StandardTables() {}

  static List<String> lines(String name) {
    String file = name.endsWith(".txt") ? name : name + ".table";
    try (InputStream in = MappingTables.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Without the lines of other tables. */
  static List<String> ownLines(String name) {
    return lines(name).stream().filter(line -> !line.startsWith("include")).toList();
  }

  /** The line of a rule of a table that has steps. */
  static String line(String table, MappingRule rule) {
    return all(table)
        .filter(line -> line.startsWith(rule.gguf().template() + " "))
        .filter(line -> line.contains(" " + rule.sources().get(0).template() + " "))
        .filter(line -> rule.steps().stream().allMatch(step -> line.contains(step.text())))
        .findFirst()
        .orElseThrow();
  }

  private static Stream<String> all(String table) {
    return Stream.concat(
        lines(table).stream(),
        lines(table).stream()
            .filter(line -> line.startsWith("include"))
            .flatMap(line -> Stream.of(line.split("\\s+", -1)).skip(1))
            .flatMap(StandardTables::all));
  }

  /** The tables with another line in the place of one. */
  static MappingTables with(String line, String other) {
    return MappingTables.read(
        "tables.txt",
        name -> lines(name).stream().map(each -> each.equals(line) ? other : each).toList());
  }
}
