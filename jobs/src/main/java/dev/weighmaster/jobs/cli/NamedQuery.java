package dev.weighmaster.jobs.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A question that people ask of the audit table: a file of {@code conf/sql}. It begins with
 * comments: its title, what it answers, and a line for each parameter,
 *
 * <pre>
 * -- :NAME text = DEFAULT: what it is
 * -- :NAME csv(COLUMN TYPE, ...): a file that becomes the view NAME
 * </pre>
 *
 * without {@code = DEFAULT} where it must be given. The values of {@code text} and {@code number}
 * are bound, never put into the query's text, which both engines take.
 *
 * @param description what it answers, in lines
 */
record NamedQuery(
    String name, String title, List<String> description, List<Parameter> parameters, String sql) {

  private static final Pattern COMMENT = Pattern.compile("-- ?(.*)");
  private static final Pattern PARAMETER =
      Pattern.compile(":(\\w+) (text|number|csv\\((.+?)\\))(?: = (.*?))?: (\\S.*)");

  NamedQuery {
    description = List.copyOf(description);
    parameters = List.copyOf(parameters);
  }

  /** What kind of value a parameter takes. */
  enum Kind {
    TEXT,
    NUMBER,
    CSV
  }

  /**
   * A parameter of a query.
   *
   * @param columns of a CSV file, as SQL declares them; else empty
   * @param byDefault its value where none is given; without one it must be
   */
  record Parameter(
      String name, Kind kind, String columns, Optional<String> byDefault, String description) {

    /** The columns of a CSV file one by one. */
    List<Column> declared() {
      return Stream.of(columns.split(","))
          .map(column -> column.strip().split(" "))
          .map(words -> new Column(words[0], ColumnType.valueOf(words[1])))
          .toList();
    }
  }

  /** A column of a CSV file. */
  record Column(String name, ColumnType type) {}

  /** What a column holds; the names are those of SQL. */
  enum ColumnType {
    STRING,
    BIGINT
  }

  /**
   * What a query was asked with.
   *
   * @param bound values by the parameters' names
   * @param files CSV files by the parameters that they were given for
   */
  record Arguments(Map<String, Object> bound, Map<Parameter, String> files) {
    static final Arguments NONE = new Arguments(Map.of(), Map.of());
  }

  /**
   * Reads a query.
   *
   * @throws IllegalArgumentException where its comments are not as they should be
   */
  static NamedQuery parse(String name, String text) {
    List<String> comments = new ArrayList<>();
    for (String line : text.lines().toList()) {
      Matcher comment = COMMENT.matcher(line);
      if (!comment.matches()) {
        break;
      }
      comments.add(comment.group(1).stripTrailing());
    }
    if (comments.isEmpty() || comments.get(0).isBlank()) {
      throw new IllegalArgumentException(name + ".sql does not begin with a title");
    }
    List<String> description = new ArrayList<>();
    List<Parameter> parameters = new ArrayList<>();
    for (String line : comments.subList(1, comments.size())) {
      if (line.startsWith(":")) {
        parameters.add(parameter(name, line));
      } else if (!line.isBlank()) {
        description.add(line);
      }
    }
    return new NamedQuery(name, comments.get(0), description, parameters, text);
  }

  private static Parameter parameter(String query, String line) {
    Matcher parameter = PARAMETER.matcher(line);
    if (!parameter.matches()) {
      throw new IllegalArgumentException(
          query + ".sql: no parameter is declared by '" + line + "'");
    }
    String kind = parameter.group(2).replaceFirst("\\(.*", "").toUpperCase(Locale.ROOT);
    return new Parameter(
        parameter.group(1),
        Kind.valueOf(kind),
        Optional.ofNullable(parameter.group(3)).orElse(""),
        Optional.ofNullable(parameter.group(4)),
        parameter.group(5));
  }

  /**
   * Puts values to the parameters.
   *
   * @throws CommandFailure where one is missing, is not of its kind, or belongs to no parameter
   */
  Arguments arguments(Map<String, String> given) {
    for (String name : given.keySet()) {
      if (parameters.stream().noneMatch(parameter -> parameter.name().equals(name))) {
        throw unknown(name);
      }
    }
    Map<String, Object> bound = new TreeMap<>();
    Map<Parameter, String> files = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      String value =
          Optional.ofNullable(given.get(parameter.name()))
              .or(parameter::byDefault)
              .orElseThrow(() -> missing(parameter));
      switch (parameter.kind()) {
        case TEXT -> bound.put(parameter.name(), value);
        case NUMBER -> bound.put(parameter.name(), number(parameter, value));
        case CSV -> files.put(parameter, value);
      }
    }
    return new Arguments(bound, files);
  }

  private static Integer number(Parameter parameter, String value) {
    try {
      return Integer.valueOf(value);
    } catch (NumberFormatException e) {
      throw CommandFailure.usage(
          "--param %s: '%s' is not a whole number".formatted(parameter.name(), value), e);
    }
  }

  /** The failure for a CSV file whose columns are not those of its parameter. */
  static CommandFailure otherHeader(String file, List<String> expected, List<String> found) {
    return CommandFailure.usage(
        "%s: its header must be '%s', and is '%s'"
            .formatted(file, String.join(",", expected), String.join(",", found)));
  }

  private CommandFailure missing(Parameter parameter) {
    return CommandFailure.usage(
        "'%s' needs --param %s=..., %s".formatted(name, parameter.name(), parameter.description()));
  }

  private CommandFailure unknown(String given) {
    List<String> names = parameters.stream().map(Parameter::name).toList();
    return CommandFailure.usage(
        "'%s' has no parameter '%s'".formatted(name, given)
            + Nearest.to(given, names)
                .map(", did you mean '%s'?"::formatted)
                .orElse(
                    names.isEmpty()
                        ? ", it takes none"
                        : "; it takes "
                            + names.stream().collect(Collectors.joining("', '", "'", "'"))));
  }
}
