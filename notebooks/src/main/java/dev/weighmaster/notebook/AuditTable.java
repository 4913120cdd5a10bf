package dev.weighmaster.notebook;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * An audit table in a local folder, asked in DuckDB's SQL.
 *
 * <p>The views are those of {@code weighmaster sql}: {@code runs}, {@code audit}, {@code files},
 * {@code attestations}, and {@code latest}, the rows of {@code audit} of the run with the newest
 * audit date, of several on one date the last to finish. They show the runs that are published when
 * a query runs. Times are UTC. For one thread at a time.
 */
public final class AuditTable implements AutoCloseable {
  private static final String TABLE = "WEIGHMASTER_TABLE";
  private static final Path DEMO = Path.of("weighmaster-demo", "audit");
  private static final List<String> FOLDERS_OF_RUNS = List.of("audit", "files", "attestations");

  private final Connection connection;

  private AuditTable(Connection connection) {
    this.connection = connection;
  }

  /**
   * The table that the environment variable WEIGHMASTER_TABLE names or else, in the working folder
   * or one above it, the demo's.
   *
   * @throws IllegalArgumentException where there is none; the message says what to do
   */
  public static AuditTable open() throws SQLException {
    String named = System.getenv(TABLE);
    if (named != null && !named.isBlank()) {
      return open(named);
    }
    Path working = Path.of("").toAbsolutePath();
    return open(
        Stream.iterate(working, folder -> folder != null, Path::getParent)
            .map(folder -> folder.resolve(DEMO))
            .filter(Files::isDirectory)
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no audit table: run 'bin/weighmaster demo', or have "
                            + TABLE
                            + " name a folder"))
            .toString());
  }

  /**
   * The table in this folder.
   *
   * @throws IllegalArgumentException where there is no audit table
   */
  public static AuditTable open(String folder) throws SQLException {
    if (folder.contains("://")) {
      throw new IllegalArgumentException(
          folder + " is not a local folder: copy the table to one, or ask 'weighmaster sql'");
    }
    Path table = Path.of(folder).toAbsolutePath();
    if (!Files.isDirectory(table.resolve("runs"))) {
      throw new IllegalArgumentException(table + " is not an audit table: it has no folder 'runs'");
    }
    // Whatever a query asks for, nothing is fetched from the network.
    Properties settings = new Properties();
    settings.setProperty("autoinstall_known_extensions", "false");
    AuditTable opened = new AuditTable(DriverManager.getConnection("jdbc:duckdb:", settings));
    opened.createViews(table);
    return opened;
  }

  private void createViews(Path table) throws SQLException {
    execute("SET TimeZone = 'UTC'");
    execute("CREATE VIEW runs AS FROM " + parquet(table.resolve("runs")));
    for (String name : FOLDERS_OF_RUNS) {
      if (Files.isDirectory(table.resolve(name))) {
        execute(
            "CREATE VIEW %s AS FROM %s SEMI JOIN runs USING (run_id)"
                .formatted(name, parquet(table.resolve(name))));
      }
    }
    execute(
        "CREATE VIEW latest AS FROM audit WHERE run_id ="
            + " (SELECT run_id FROM runs ORDER BY audit_date DESC, finished_at DESC, run_id DESC"
            + " LIMIT 1)");
  }

  private static String parquet(Path folder) {
    // A name with a wildcard's character stands for itself.
    String glob = folder.toString().replaceAll("[\\[*?]", "[$0]") + "/**/*.parquet";
    return "read_parquet('%s', hive_partitioning = true, union_by_name = true)"
        .formatted(glob.replace("'", "''"));
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /**
   * All rows of an answer, in memory; none of a statement that has no answer.
   *
   * @param parameters of the question marks in the query, in their order: what comes from a table
   *     belongs here and not into the text
   */
  public Rows sql(String query, Object... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      if (!statement.execute()) {
        return new Rows(List.of(), List.of());
      }
      try (ResultSet result = statement.getResultSet()) {
        return read(result);
      }
    }
  }

  private static Rows read(ResultSet result) throws SQLException {
    ResultSetMetaData columns = result.getMetaData();
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= columns.getColumnCount(); i++) {
      names.add(columns.getColumnLabel(i));
    }
    List<List<Object>> rows = new ArrayList<>();
    while (result.next()) {
      List<Object> row = new ArrayList<>();
      for (int i = 1; i <= names.size(); i++) {
        row.add(result.getObject(i));
      }
      rows.add(row);
    }
    return new Rows(names, rows);
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
