package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.jobs.table.SqlColumns;
import dev.weighmaster.jobs.table.VisibleRuns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;

/**
 * DuckDB in this process, over a table in a folder of this machine.
 *
 * <p>It takes a bounded part of memory, and what a query needs beyond that goes to a file below the
 * folder for temporary files. It loads no extension, and the only files that a query reaches are
 * the Parquet files of visible runs. Times are in UTC and nulls come first, as in Spark SQL.
 */
final class DuckDbSql implements SqlEngine {
  private static final String MEMORY = "1GB";

  private static final List<String> SETTINGS =
      List.of("SET TimeZone = 'UTC'", "SET enable_external_access = false");

  /** Spark's functions that queries for both engines use, and that DuckDB names differently. */
  private static final List<String> FUNCTIONS =
      List.of(
          "CREATE MACRO size(list) AS len(list)",
          "CREATE MACRO explode(list) AS unnest(list)",
          "CREATE MACRO array_join(list, separator) AS list_reduce("
              + "nullif(list_filter(list, x -> x IS NOT NULL), []), (a, b) -> a || separator || b)");

  /** The messages for a query that does not parse or names something that does not exist. */
  private static final Pattern NOT_UNDERSTOOD =
      Pattern.compile("(?s)(Parser|Binder|Catalog|Syntax) Error: .*");

  private static final Set<String> NUMBERS =
      Set.of(
          "TINYINT",
          "SMALLINT",
          "INTEGER",
          "BIGINT",
          "HUGEINT",
          "UTINYINT",
          "USMALLINT",
          "UINTEGER",
          "UBIGINT",
          "UHUGEINT",
          "FLOAT",
          "DOUBLE");

  private final DuckDBConnection connection;
  private volatile Optional<Statement> running = Optional.empty();

  private DuckDbSql(DuckDBConnection connection) {
    this.connection = connection;
  }

  /**
   * Opens it over a table in a local folder. Its views show the runs that are visible at this
   * moment, and stay as they are when runs are added; a query over a run that is removed meanwhile
   * fails.
   *
   * @throws IOException if the table can't be listed
   */
  static DuckDbSql open(AuditTable table) throws IOException {
    return over(table.visible());
  }

  /** Opens it over these runs of a table in a local folder. */
  static DuckDbSql over(VisibleRuns visible) throws IOException {
    DuckDbSql engine;
    try {
      engine = new DuckDbSql(connect());
    } catch (SQLException e) {
      throw failure(e);
    }
    try {
      engine.create(visible);
      // A pattern must be allowed as it is written, and then each file that matches it.
      List<String> allowed =
          visible.all().stream()
              .flatMap(file -> Stream.of(file, literal(file)))
              .distinct()
              .toList();
      engine.execute("SET allowed_paths = " + list(allowed));
      for (String setting : SETTINGS) {
        engine.execute(setting);
      }
    } catch (SQLException e) {
      engine.close();
      throw failure(e);
    }
    return engine;
  }

  private static DuckDBConnection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
    properties.setProperty("autoinstall_known_extensions", "false");
    properties.setProperty("autoload_known_extensions", "false");
    properties.setProperty("default_null_order", "nulls_first_on_asc_last_on_desc");
    properties.setProperty("memory_limit", MEMORY);
    // Made when a query first needs it, and removed with the connection.
    properties.setProperty(
        "temp_directory",
        Path.of(System.getProperty("java.io.tmpdir"), "weighmaster-sql-" + UUID.randomUUID())
            .toString());
    Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", properties);
    return connection.unwrap(DuckDBConnection.class);
  }

  private void create(VisibleRuns visible) throws SQLException {
    for (String dataSet : visible.files().keySet()) {
      createView(dataSet, dataSet, visible.files(dataSet));
    }
    if (visible.files().containsKey(AuditTable.AUDIT)) {
      createView("latest", AuditTable.AUDIT, visible.newestFiles(AuditTable.AUDIT));
    }
    for (String function : FUNCTIONS) {
      execute(function);
    }
  }

  /** The columns are those of this version, whatever version wrote a file. */
  private void createView(String name, String dataSet, List<String> files) throws SQLException {
    Map<String, String> columns = SqlColumns.of(dataSet);
    String rows =
        files.isEmpty()
            ? columns.entrySet().stream()
                .map(column -> "NULL::%s AS %s".formatted(column.getValue(), column.getKey()))
                .collect(Collectors.joining(", ", "SELECT ", " WHERE false"))
            : "FROM read_parquet(%s, schema = %s)"
                .formatted(list(files.stream().map(DuckDbSql::literal).toList()), schema(columns));
    execute("CREATE VIEW %s AS %s".formatted(name, rows));
  }

  private static String schema(Map<String, String> columns) {
    return columns.entrySet().stream()
        .map(
            column ->
                "%1$s: {name: %1$s, type: %2$s, default_value: NULL}"
                    .formatted(quoted(column.getKey()), quoted(column.getValue())))
        .collect(Collectors.joining(", ", "MAP {", "}"));
  }

  /** A pattern that matches this path alone: DuckDB reads every path as a pattern. */
  private static String literal(String path) {
    return path.replaceAll("[\\[*?]", "[$0]");
  }

  private static String list(List<String> texts) {
    return texts.stream().map(DuckDbSql::quoted).collect(Collectors.joining(", ", "[", "]"));
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private void execute(String statement) throws SQLException {
    try (Statement created = connection.createStatement()) {
      created.execute(statement);
    }
  }

  @Override
  public String dialect() {
    return "DuckDB";
  }

  @Override
  public List<String> statements(String script) {
    return new SqlScript(script).statements();
  }

  @Override
  public SqlRows run(String statement, ResultFormat format) throws IOException {
    return run(statement, List.of(), format);
  }

  @Override
  public SqlRows run(NamedQuery named, NamedQuery.Arguments arguments, ResultFormat format)
      throws IOException {
    try {
      for (Map.Entry<NamedQuery.Parameter, String> file : arguments.files().entrySet()) {
        CsvTable.of(file.getKey(), file.getValue()).create(connection);
      }
    } catch (SQLException e) {
      throw failure(e);
    }
    List<Object> values = new ArrayList<>();
    String query = new SqlScript(named.sql()).withNumbers(arguments.bound(), values);
    return run(query, values, format);
  }

  private SqlRows run(String query, List<Object> values, ResultFormat format) throws IOException {
    try {
      PreparedStatement statement = connection.prepareStatement(query);
      running = Optional.of(statement);
      try {
        for (int i = 0; i < values.size(); i++) {
          statement.setObject(i + 1, values.get(i));
        }
        return statement.execute()
            ? new Rows(statement, statement.getResultSet(), format)
            : new None(statement);
      } catch (SQLException e) {
        statement.close();
        throw e;
      }
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  @Override
  public SortedMap<String, List<String>> views() {
    SortedMap<String, List<String>> views = new TreeMap<>();
    for (List<String> row :
        texts(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
                + " ORDER BY table_name, column_index")) {
      views.computeIfAbsent(row.get(0), view -> new ArrayList<>()).add(row.get(1));
    }
    return views;
  }

  @Override
  public List<String> keywords() {
    return texts("SELECT DISTINCT upper(keyword_name) AS word FROM duckdb_keywords() ORDER BY word")
        .stream()
        .map(row -> row.get(0))
        .toList();
  }

  /** The rows of a query of our own, which has no nulls. */
  private List<List<String>> texts(String query) {
    List<List<String>> texts = new ArrayList<>();
    try (SqlRows rows = run(query, ResultFormat.CSV)) {
      for (var row = rows.next(); row.isPresent(); row = rows.next()) {
        texts.add(row.get().stream().map(Optional::orElseThrow).toList());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return texts;
  }

  @Override
  public void cancel() {
    running.ifPresent(
        statement -> {
          try {
            statement.cancel();
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Override
  public void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private static IOException failure(SQLException e) {
    if (NOT_UNDERSTOOD.matcher(e.getMessage()).matches()) {
      throw CommandFailure.usage(e.getMessage(), e);
    }
    return new IOException(e.getMessage(), e);
  }

  /** The empty result of a statement that returns no rows. */
  private record None(Statement statement) implements SqlRows {
    @Override
    public List<ResultWriter.Column> columns() {
      return List.of();
    }

    @Override
    public Optional<List<Optional<String>>> next() {
      return Optional.empty();
    }

    @Override
    public void close() throws IOException {
      end(statement);
    }
  }

  private static void end(Statement statement) throws IOException {
    try {
      statement.close();
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  private static final class Rows implements SqlRows {
    private final Statement statement;
    private final ResultSet result;
    private final ResultFormat format;
    private final List<ResultWriter.Column> columns = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    Rows(Statement statement, ResultSet result, ResultFormat format) throws SQLException {
      this.statement = statement;
      this.result = result;
      this.format = format;
      ResultSetMetaData described = result.getMetaData();
      for (int i = 1; i <= described.getColumnCount(); i++) {
        String type = described.getColumnTypeName(i);
        names.add(described.getColumnName(i));
        columns.add(
            new ResultWriter.Column(
                described.getColumnName(i), NUMBERS.contains(type) || type.startsWith("DECIMAL")));
      }
    }

    @Override
    public List<ResultWriter.Column> columns() {
      return List.copyOf(columns);
    }

    @Override
    public Optional<List<Optional<String>>> next() throws IOException {
      try {
        if (!result.next()) {
          return Optional.empty();
        }
        List<Object> values = new ArrayList<>();
        for (int i = 1; i <= columns.size(); i++) {
          values.add(result.getObject(i));
        }
        return Optional.of(texts(values));
      } catch (SQLException e) {
        throw failure(e);
      }
    }

    private List<Optional<String>> texts(List<Object> values) throws SQLException {
      if (format == ResultFormat.JSON) {
        return List.of(Optional.of(DuckDbValue.object(names, values)));
      }
      List<Optional<String>> texts = new ArrayList<>();
      for (Object value : values) {
        texts.add(DuckDbValue.text(value));
      }
      return texts;
    }

    @Override
    public void close() throws IOException {
      end(statement);
    }
  }
}
