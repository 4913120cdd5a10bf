package dev.weighmaster.jobs.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** Completes views, columns, keywords, the prompt's own commands and the names of queries. */
final class SqlCompleter implements Completer {
  private static final List<String> COMMANDS = List.of(".help", ".named", ".quit", ".tables");

  private final Map<String, List<String>> views;
  private final NamedQueries queries;
  private final Supplier<List<String>> asked;
  private Optional<List<String>> keywords = Optional.empty();

  /**
   * @param views the columns of each
   * @param keywords asked for once, on the first completion that may be one
   */
  SqlCompleter(
      Map<String, List<String>> views, NamedQueries queries, Supplier<List<String>> keywords) {
    this.views = views;
    this.queries = queries;
    this.asked = keywords;
  }

  @Override
  public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
    if (line.line().stripLeading().startsWith(".")) {
      completeCommand(line, candidates);
      return;
    }
    String word = line.word();
    // a.reposit: a column after the name that a query gives to a view.
    String before = word.substring(0, word.lastIndexOf('.') + 1);
    views.values().stream()
        .flatMap(List::stream)
        .distinct()
        .forEach(column -> add(candidates, before + column, "columns"));
    if (before.isEmpty()) {
      views.keySet().forEach(view -> add(candidates, view, "views"));
      if (keywords.isEmpty()) {
        keywords = Optional.of(asked.get());
      }
      keywords.get().forEach(keyword -> add(candidates, keyword, "keywords"));
    }
  }

  private void completeCommand(ParsedLine line, List<Candidate> candidates) {
    if (line.wordIndex() == 0) {
      COMMANDS.forEach(command -> add(candidates, command, "commands"));
    } else if (line.words().get(0).equals(".named")) {
      if (line.wordIndex() == 1) {
        queries.all().forEach(query -> add(candidates, query.name(), "queries"));
      } else {
        queries.all().stream()
            .filter(query -> query.name().equals(line.words().get(1)))
            .flatMap(query -> query.parameters().stream())
            .forEach(
                parameter ->
                    candidates.add(
                        new Candidate(
                            parameter.name() + "=",
                            parameter.name() + "=",
                            "parameters",
                            parameter.description(),
                            null,
                            null,
                            false)));
      }
    }
  }

  private static void add(List<Candidate> candidates, String value, String group) {
    candidates.add(new Candidate(value, value, group, null, null, null, true));
  }
}
