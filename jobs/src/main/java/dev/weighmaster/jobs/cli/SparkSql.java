package dev.weighmaster.jobs.cli;

import static org.apache.spark.sql.functions.date_format;
import static org.apache.spark.sql.functions.hex;
import static org.apache.spark.sql.functions.lower;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import dev.weighmaster.jobs.spark.SparkSessions;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.util.StringUtils$;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.VariantType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Spark SQL. Spark turns the values into text, nested ones into JSON; rows pass through this JVM
 * one by one.
 */
final class SparkSql implements SqlEngine {
  private static final String TIMESTAMP = "yyyy-MM-dd'T'HH:mm:ss.SSSX";
  private static final Map<String, String> JSON_OPTIONS =
      Map.of("ignoreNullFields", "false", "timestampFormat", TIMESTAMP);

  private final SparkSession spark;

  /** In a session that has the views, and that {@link #close} ends. */
  SparkSql(SparkSession spark) {
    this.spark = spark;
  }

  /**
   * Opens it over a table.
   *
   * @throws IOException where there is no audit table
   */
  static SparkSql open(String table, Optional<String> master) throws IOException {
    SparkSession spark = SparkSessions.open("weighmaster sql", master);
    try {
      AuditViews.create(spark, table);
    } catch (IOException | RuntimeException e) {
      spark.close();
      throw e;
    }
    return new SparkSql(spark);
  }

  @Override
  public String dialect() {
    return "Spark";
  }

  @Override
  public List<String> statements(String script) {
    return split(script);
  }

  /** As {@link #statements}, before there is a session. */
  static List<String> split(String script) {
    return CollectionConverters.asJava(StringUtils$.MODULE$.splitSemiColonWithIndex(script, false))
        .stream()
        .filter(statement -> !statement.isBlank())
        .toList();
  }

  @Override
  public SqlRows run(String statement, ResultFormat format) {
    return rows(result(statement, Map.of()), format);
  }

  @Override
  public SqlRows run(NamedQuery named, NamedQuery.Arguments arguments, ResultFormat format) {
    return rows(result(named, arguments), format);
  }

  /** The rows of a named query before they are text. */
  Dataset<Row> result(NamedQuery named, NamedQuery.Arguments arguments) {
    arguments
        .files()
        .forEach(
            (parameter, file) ->
                csv(parameter.columns(), file).createOrReplaceTempView(parameter.name()));
    return result(named.sql(), arguments.bound());
  }

  /** Runs a statement until its columns are known, and to its end if it has none. */
  private Dataset<Row> result(String query, Map<String, Object> arguments) {
    return understood(() -> spark.sql(query, arguments));
  }

  private static SqlRows rows(Dataset<Row> result, ResultFormat format) {
    List<ResultWriter.Column> columns =
        Stream.of(result.schema().fields())
            .map(
                field ->
                    new ResultWriter.Column(field.name(), field.dataType() instanceof NumericType))
            .toList();
    return new Rows(
        columns,
        columns.isEmpty()
            ? List.<Row>of().iterator()
            : (format == ResultFormat.JSON ? objects(result) : cells(result)).toLocalIterator());
  }

  private Dataset<Row> csv(String columns, String file) {
    if (new Path(file).getName().matches("[_.].*")) {
      throw CommandFailure.usage(
          file + ": Spark passes over files whose names begin with _ or ., rename it");
    }
    // RFC 4180, which Spark's defaults are not: a quote in a value is doubled, and a value may hold
    // the end of a line.
    DataFrameReader reader =
        spark.read().option("header", true).option("escape", "\"").option("multiLine", true);
    List<String> expected = List.of(StructType.fromDDL(columns).fieldNames());
    List<String> found = List.of(understood(() -> reader.csv(file)).columns());
    if (!found.equals(expected)) {
      throw NamedQuery.otherHeader(file, expected, found);
    }
    // Of a folder of files, each must have that header.
    return understood(
        () ->
            reader
                .option("enforceSchema", false)
                .option("mode", "FAILFAST")
                .schema(columns)
                .csv(file));
  }

  @Override
  public SortedMap<String, List<String>> views() {
    SortedMap<String, List<String>> views = new TreeMap<>();
    for (Row view : spark.sql("SHOW VIEWS").select("viewName").collectAsList()) {
      String name = view.getString(0);
      views.put(name, List.of(spark.table(name).columns()));
    }
    return views;
  }

  @Override
  public List<String> keywords() {
    return spark.sql("SELECT keyword FROM sql_keywords() ORDER BY keyword").collectAsList().stream()
        .map(row -> row.getString(0))
        .toList();
  }

  @Override
  public void cancel() {
    spark.sparkContext().cancelAllJobs();
  }

  @Override
  public void close() throws IOException {
    spark.close();
  }

  private record Rows(List<ResultWriter.Column> columns, Iterator<Row> rows) implements SqlRows {
    @Override
    public Optional<List<Optional<String>>> next() {
      return rows.hasNext() ? Optional.of(texts(rows.next())) : Optional.empty();
    }

    @Override
    public void close() {}
  }

  /** Spark's Scala methods do not declare the checked exceptions that they throw. */
  private static Dataset<Row> understood(Supplier<Dataset<Row>> query) {
    try {
      return query.get();
    } catch (Exception e) {
      if (e instanceof AnalysisException) {
        throw CommandFailure.usage(e.getMessage(), e);
      }
      throw e;
    }
  }

  private static Dataset<Row> cells(Dataset<Row> result) {
    StructField[] fields = result.schema().fields();
    Dataset<Row> numbered = numbered(result);
    return numbered.select(
        IntStream.range(0, fields.length)
            .mapToObj(i -> text(numbered.col("" + i), fields[i]))
            .toArray(Column[]::new));
  }

  private static Dataset<Row> objects(Dataset<Row> result) {
    String[] names = result.schema().fieldNames();
    Dataset<Row> numbered = numbered(result);
    return numbered.select(
        to_json(
            struct(
                IntStream.range(0, names.length)
                    .mapToObj(i -> numbered.col("" + i).as(names[i]))
                    .toArray(Column[]::new)),
            JSON_OPTIONS));
  }

  /** The columns named 0, 1, …: a query may give two the same name, or put a dot into one. */
  private static Dataset<Row> numbered(Dataset<Row> result) {
    return result.toDF(
        IntStream.range(0, result.schema().length())
            .mapToObj(Integer::toString)
            .toArray(String[]::new));
  }

  private static Column text(Column value, StructField field) {
    if (field.dataType() instanceof StructType
        || field.dataType() instanceof ArrayType
        || field.dataType() instanceof MapType
        || field.dataType() instanceof VariantType) {
      return to_json(value, JSON_OPTIONS);
    }
    if (field.dataType() instanceof BinaryType) {
      return lower(hex(value));
    }
    if (field.dataType() instanceof TimestampType) {
      return date_format(value, TIMESTAMP);
    }
    return value.cast("string");
  }

  private static List<Optional<String>> texts(Row row) {
    return IntStream.range(0, row.length())
        .mapToObj(i -> Optional.ofNullable(row.getString(i)))
        .toList();
  }
}
