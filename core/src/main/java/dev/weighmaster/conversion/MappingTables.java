package dev.weighmaster.conversion;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tables that there are, by the architectures that they are for. Thread-safe. */
final class MappingTables {
  /** Those of the resources, which {@code tables.txt} lists. */
  static final MappingTables STANDARD = read("tables.txt", MappingTables::resource);

  private final Map<String, MappingTable> byArchitecture = new HashMap<>();

  private MappingTables() {}

  /**
   * Reads tables.
   *
   * @param list whose lines are the names of tables
   * @throws IllegalArgumentException if one is malformed, or two are for one architecture
   */
  static MappingTables read(String list, MappingTable.Library library) {
    MappingTables tables = new MappingTables();
    for (String name : library.lines(list)) {
      MappingTable table = MappingTable.read(name.strip(), library);
      for (String architecture : table.architectures()) {
        if (tables.byArchitecture.putIfAbsent(architecture, table) != null) {
          throw new IllegalArgumentException("two tables are for " + architecture);
        }
      }
    }
    return tables;
  }

  private static List<String> resource(String name) {
    String file = name.endsWith(".txt") ? name : name + ".table";
    try (InputStream in = MappingTables.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalArgumentException("there is no table " + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The table for an architecture.
   *
   * @param name as {@code config.json} has it
   */
  Optional<MappingTable> of(String name) {
    return Optional.ofNullable(byArchitecture.get(name));
  }

  Map<String, MappingTable> all() {
    return Map.copyOf(byArchitecture);
  }
}
