package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.text.PlainText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReader.Option;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Help.Ansi;

/** Queries typed on a terminal, one after another. A statement ends at a semicolon. */
final class SqlPrompt {
  private static final String HELP =
      """
      A query in %s SQL ends with a semicolon, and may go over several lines.
        .tables               the views and their columns
        .named                the named queries
        .named NAME k=v ...   asks one of them
        .quit                 ends, as Ctrl-D does
      Tab completes; the arrows bring back what was typed; Ctrl-C drops a line or stops a query.
      """;

  private final SqlEngine engine;
  private final Terminal terminal;
  private final NamedQueries queries;
  private final ResultFormat format;
  private final Ansi ansi;
  private Optional<Path> history = Optional.empty();

  SqlPrompt(
      SqlEngine engine, Terminal terminal, NamedQueries queries, ResultFormat format, Ansi ansi) {
    this.engine = engine;
    this.terminal = terminal;
    this.queries = queries;
    this.format = format;
    this.ansi = ansi;
  }

  /** The terminal that standard input and output are; nothing where they are something else. */
  static Optional<Terminal> terminal() {
    try {
      return Optional.of(
          TerminalBuilder.builder().system(true).dumb(false).nativeSignals(true).build());
    } catch (IOException | IllegalStateException e) {
      return Optional.empty();
    }
  }

  /** Where this user's history is kept: the XDG base directory specification's state. */
  static Path historyFile(Map<String, String> environment) {
    Path state =
        Optional.ofNullable(environment.get("XDG_STATE_HOME"))
            .map(Path::of)
            .filter(Path::isAbsolute)
            .orElseGet(() -> Path.of(System.getProperty("user.home"), ".local", "state"));
    return state.resolve("weighmaster").resolve("sql_history");
  }

  /** Remembers what is typed in this file, which nobody else may read. */
  SqlPrompt history(Path file) {
    try {
      Files.createDirectories(file.getParent());
      if (!Files.exists(file)) {
        Files.createFile(file);
      }
      if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      }
      history = Optional.of(file);
    } catch (IOException e) {
      terminal
          .writer()
          .println(PlainText.line("what you type is not remembered, " + file + ": " + e));
    }
    return this;
  }

  /** Asks and answers until the input ends. */
  void run() {
    Map<String, List<String>> views = engine.views();
    LineReaderBuilder builder =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("weighmaster")
            .parser(new SqlLineParser(engine::statements))
            .completer(new SqlCompleter(views, queries, engine::keywords))
            .option(Option.DISABLE_EVENT_EXPANSION, true)
            .option(Option.CASE_INSENSITIVE, true)
            .variable(LineReader.SECONDARY_PROMPT_PATTERN, "  -> ");
    history.ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
    LineReader reader = builder.build();
    PrintWriter out = terminal.writer();
    out.println("views: " + String.join(", ", views.keySet()) + "; .help says more");
    // Between two lines that are read: what runs then is a query.
    terminal.handle(Signal.INT, signal -> engine.cancel());
    while (true) {
      try {
        String line = reader.readLine("sql> ").strip();
        if (line.equals(".quit")) {
          return;
        }
        answer(line, views, out);
      } catch (UserInterruptException e) {
        // Ctrl-C while typing: the line is dropped.
      } catch (EndOfFileException e) {
        return;
      }
    }
  }

  private void answer(String line, Map<String, List<String>> views, PrintWriter out) {
    try {
      String[] words = line.split("\\s+");
      switch (words[0]) {
        case "" -> {}
        case ".help" -> out.print(HELP.formatted(engine.dialect() + "'s"));
        case ".tables" ->
            views.forEach((view, columns) -> out.println(view + ": " + String.join(", ", columns)));
        case ".named" -> named(List.of(words).subList(1, words.length), out);
        default -> query(line, out);
      }
    } catch (Exception e) {
      out.println(FailureLine.of(e));
    }
    out.flush();
  }

  private void query(String line, PrintWriter out) throws IOException {
    if (line.startsWith(".")) {
      throw CommandFailure.usage(
          "unknown command " + line.replaceFirst("(?s)\\s.*", "") + ", see .help");
    }
    for (String statement : engine.statements(line)) {
      try (SqlRows rows = engine.run(statement, format)) {
        rows.print(format, out, screen());
      }
    }
  }

  private void named(List<String> words, PrintWriter out) throws IOException {
    if (words.isEmpty()) {
      queries.print(out);
      return;
    }
    NamedQuery named = queries.get(words.get(0));
    Map<String, String> given = new TreeMap<>();
    for (String word : words.subList(1, words.size())) {
      int sign = word.indexOf('=');
      if (sign < 1) {
        throw CommandFailure.usage("'" + word + "' is not a parameter: write NAME=VALUE");
      }
      given.put(word.substring(0, sign), word.substring(sign + 1));
    }
    try (SqlRows rows = engine.run(named, named.arguments(given), format)) {
      rows.print(format, out, screen());
    }
  }

  private Screen screen() {
    int width = terminal.getWidth();
    return new Screen(width > 0 ? OptionalInt.of(width) : OptionalInt.empty(), ansi);
  }
}
