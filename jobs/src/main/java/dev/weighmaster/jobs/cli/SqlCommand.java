package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weighmaster.io.HadoopSettings;
import dev.weighmaster.io.Storages;
import dev.weighmaster.jobs.table.AuditTable;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jline.terminal.Terminal;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weighmaster sql}: questions to the audit table. */
@Command(
    name = "sql",
    description = {
      "Queries the audit table: in SQL, or by one of the named queries.",
      "Views: audit, files, attestations and runs, with every run that has finished;"
          + " latest, the rows of audit of the newest run.",
      "Without a query, it opens a prompt on a terminal, and otherwise reads standard input. Separate"
          + " several statements with semicolons; each prints its own result.",
      "DuckDB queries a table in a local folder; Spark SQL queries any other table, or all with"
          + " --engine spark or --master. The named queries are the same in both."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:every statement has run",
      "3:the table could not be read, or a statement failed",
      "64:usage error, or an invalid statement"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster sql --table /srv/audit \"SELECT verdict, count(*) FROM latest GROUP BY ALL\"",
      "  weighmaster sql --table /srv/audit --format csv --file questions.sql",
      "  weighmaster sql --list",
      "  weighmaster sql --table /srv/audit --named newly-broken",
      "  weighmaster sql --table /srv/audit --named quantizations-of --param source=acme/base-7b",
      "  weighmaster sql --table /srv/audit"
    })
final class SqlCommand implements Callable<Integer> {
  private static final String STANDARD_INPUT = "-";

  /** Set by spark-submit, or by a user as {@code -Dspark.master}. */
  private static final String SPARK_MASTER = "spark.master";

  /** Beyond any query that a person or a program writes. */
  private static final int LONGEST_SCRIPT = 1 << 20;

  @Spec private CommandSpec spec;
  @Mixin private TableOption table;
  @Mixin private MasterOption master;

  private enum Engine {
    DUCKDB,
    SPARK
  }

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      description =
          "duckdb, which starts at once and reads a table in a local folder; or spark (default: see"
              + " above).")
  private Optional<Engine> engine;

  @Option(
      names = "--format",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private ResultFormat format;

  @Option(
      names = "--list",
      help = true,
      description = "Show the named queries and their parameters; needs no table.")
  private boolean list;

  @Option(
      names = "--param",
      paramLabel = "NAME=VALUE",
      description = "A parameter of the named query.")
  private Map<String, String> parameters = Map.of();

  @ArgGroup private Question question;

  private static final class Question {
    @Parameters(
        paramLabel = "QUERY",
        arity = "0..1",
        description = "Statements in the SQL of the engine; - reads them from standard input.")
    private Optional<String> query = Optional.empty();

    @Option(
        names = "--file",
        paramLabel = "FILE",
        description = "Read the statements from a file; - is standard input.")
    private Optional<String> file = Optional.empty();

    @Option(
        names = "--named",
        paramLabel = "NAME",
        description = "Run one of the named queries that --list shows.")
    private Optional<String> named = Optional.empty();
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (list) {
      NamedQueries.packaged().print(out);
      return 0;
    }
    if (asked().query.isEmpty() && asked().file.isEmpty() && asked().named.isEmpty()) {
      try (Terminal terminal = SqlPrompt.terminal().orElse(null)) {
        if (terminal != null) {
          prompt(terminal);
          return 0;
        }
      }
    }
    SqlRequest request = request();
    try (SqlEngine opened = open()) {
      request.answer(opened, out, Screen.standard(System.getenv()));
    }
    return 0;
  }

  /** What the command line asks; reads standard input if it names nothing else. */
  SqlRequest request() throws IOException {
    if (asked().named.isPresent()) {
      NamedQuery named = NamedQueries.packaged().get(asked().named.get());
      return new SqlRequest(List.of(), Optional.of(named), named.arguments(parameters), format);
    }
    if (!parameters.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--param is for --named: into another query, write the value itself");
    }
    return new SqlRequest(statements(), Optional.empty(), NamedQuery.Arguments.NONE, format);
  }

  private void prompt(Terminal terminal) throws IOException {
    NamedQueries queries = NamedQueries.packaged();
    try (SqlEngine opened = open()) {
      new SqlPrompt(opened, terminal, queries, format, Screen.standard(System.getenv()).ansi())
          .history(SqlPrompt.historyFile(System.getenv()))
          .run();
    }
  }

  private SqlEngine open() throws IOException {
    return switch (engine()) {
      case DUCKDB ->
          DuckDbSql.open(AuditTable.existing(table.uri(), new HadoopSettings().configuration()));
      case SPARK -> {
        if (Storages.isLocal(table.uri())) {
          AuditTable.existing(table.uri(), new HadoopSettings().configuration());
        }
        ProgressDisplay.say(spec.commandLine().getErr(), "starting Spark");
        yield SparkSql.open(table.uri(), master.url());
      }
    };
  }

  /** The launcher decides by the same options whether to start with Spark's class path. */
  private Engine engine() {
    boolean isLocal = Storages.isLocal(table.uri());
    if (!isLocal && engine.equals(Optional.of(Engine.DUCKDB))) {
      throw CommandFailure.usage(
          "--engine duckdb: the table %s is not in a local folder; --engine spark reads it"
              .formatted(table.uri()));
    }
    boolean asksForSpark = master.url().isPresent() || System.getProperty(SPARK_MASTER) != null;
    return engine.orElse(asksForSpark || !isLocal ? Engine.SPARK : Engine.DUCKDB);
  }

  private Question asked() {
    return question == null ? new Question() : question;
  }

  private List<String> statements() throws IOException {
    Optional<String> query = asked().query.filter(text -> !text.equals(STANDARD_INPUT));
    String script = query.isPresent() ? query.get() : read(asked().file.orElse(STANDARD_INPUT));
    List<String> statements =
        switch (engine()) {
          case DUCKDB -> new SqlScript(script).statements();
          case SPARK -> SparkSql.split(script);
        };
    if (statements.isEmpty()) {
      throw CommandFailure.usage("there is no statement in the query");
    }
    return statements;
  }

  private static String read(String file) throws IOException {
    if (file.equals(STANDARD_INPUT)) {
      return read("standard input", System.in);
    }
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      return read(file, in);
    } catch (NoSuchFileException e) {
      throw CommandFailure.error(file + ": no such file");
    }
  }

  private static String read(String name, InputStream in) throws IOException {
    byte[] script = in.readNBytes(LONGEST_SCRIPT + 1);
    if (script.length > LONGEST_SCRIPT) {
      throw CommandFailure.error(name + " is longer than 1 MiB, too long for a query");
    }
    return new String(script, UTF_8);
  }
}
