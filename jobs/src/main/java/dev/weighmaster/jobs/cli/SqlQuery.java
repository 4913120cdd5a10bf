package dev.weighmaster.jobs.cli;

import static org.apache.spark.sql.functions.date_format;
import static org.apache.spark.sql.functions.hex;
import static org.apache.spark.sql.functions.lower;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
 * One query and its printed result. Spark turns the values into text, nested ones into JSON; rows
 * pass through this JVM one by one, so a result may be larger than memory.
 */
final class SqlQuery {
  private static final String TIMESTAMP = "yyyy-MM-dd'T'HH:mm:ss.SSSX";
  private static final Map<String, String> JSON_OPTIONS =
      Map.of("ignoreNullFields", "false", "timestampFormat", TIMESTAMP);
  private static final int ROWS_BETWEEN_CHECKS = 1000;

  private final SparkSession spark;
  private final String query;
  private final Map<String, Object> arguments;

  SqlQuery(SparkSession spark, String query) {
    this(spark, query, Map.of());
  }

  private SqlQuery(SparkSession spark, String query, Map<String, Object> arguments) {
    this.spark = spark;
    this.query = query;
    this.arguments = arguments;
  }

  /**
   * A named query with its arguments; a CSV file that is among them becomes a view.
   *
   * @throws CommandFailure if there is no such file
   */
  static SqlQuery of(SparkSession spark, NamedQuery named, NamedQuery.Arguments arguments) {
    arguments
        .files()
        .forEach(
            (parameter, file) ->
                csv(spark, parameter.columns(), file).createOrReplaceTempView(parameter.name()));
    return new SqlQuery(spark, named.sql(), arguments.bound());
  }

  private static Dataset<Row> csv(SparkSession spark, String columns, String file) {
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
      throw CommandFailure.usage(
          "%s: its header must be '%s', and is '%s'"
              .formatted(file, String.join(",", expected), String.join(",", found)));
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

  /** The statements of a script, without the semicolons between them and without empty ones. */
  static List<String> statements(String script) {
    return CollectionConverters.asJava(StringUtils$.MODULE$.splitSemiColonWithIndex(script, false))
        .stream()
        .filter(statement -> !statement.isBlank())
        .toList();
  }

  /**
   * Runs the query and prints its result, if it has one; stops early where nobody reads it any
   * more.
   *
   * @throws CommandFailure where the query does not parse, or names what is not there
   */
  void print(ResultFormat format, PrintWriter out, Screen screen) throws IOException {
    Dataset<Row> result = run();
    if (result.schema().isEmpty()) {
      return;
    }
    List<ResultWriter.Column> columns =
        Stream.of(result.schema().fields())
            .map(
                field ->
                    new ResultWriter.Column(field.name(), field.dataType() instanceof NumericType))
            .toList();
    Iterator<Row> rows =
        (format == ResultFormat.JSON ? objects(result) : cells(result)).toLocalIterator();
    ResultWriter writer =
        switch (format) {
          case TABLE -> new TableWriter(columns, out, screen);
          case CSV -> new CsvWriter(columns, out);
          case JSON -> new JsonWriter(out);
          case MARKDOWN -> new MarkdownWriter(columns, out);
        };
    for (long row = 0; rows.hasNext(); row++) {
      if (row % ROWS_BETWEEN_CHECKS == 0 && out.checkError()) {
        return;
      }
      writer.row(texts(rows.next()));
    }
    writer.end();
    out.flush();
  }

  /**
   * Runs the query as far as its columns; a statement that has none is run whole.
   *
   * @throws CommandFailure where it does not parse, or names what is not there
   */
  Dataset<Row> run() {
    return understood(() -> spark.sql(query, arguments));
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
