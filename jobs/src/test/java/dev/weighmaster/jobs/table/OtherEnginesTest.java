package dev.weighmaster.jobs.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.trust.PolicySource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.sql.Struct;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.avro.AvroParquetReader;
import org.apache.parquet.avro.AvroReadSupport;
import org.apache.parquet.avro.AvroSchemaConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who has no Spark reads the same rows: every column of every row, nested ones too. */
class OtherEnginesTest {
  @TempDir private static Path folder;
  private static Path table;

  /** Two runs, so that there are folders to tell apart, and what readers must pass over. */
  @BeforeAll
  static void auditTwice() throws Exception {
    SmallHub small = SmallHub.write(folder);
    small.write("nobody/base-GGUF/base-Q4_0.gguf", SmallHub.quantization());
    small.write("broken/base-GGUF/base-Q4_0.gguf", Arrays.copyOf(SmallHub.quantization(), 50));
    table = folder.resolve("table");
    for (String date : List.of("2026-11-21", "2026-11-22")) {
      new AuditJob(TestSpark.session(), small.hub().toString(), table.toString())
          .policy(PolicySource.read(small.policy()))
          .date(LocalDate.parse(date))
          .execute();
    }
    Path staged = Files.createDirectories(table.resolve("_staging/run/audit"));
    Files.writeString(staged.resolve("part-0.parquet"), "half a file");
    Files.writeString(table.resolve("_lock"), "{}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"audit", "files", "attestations", "runs"})
  void duckDbReadsTheRowsThatSparkReads(String dataSet) throws Exception {
    List<List<Object>> rows = new ArrayList<>();
    try (Connection duckDb = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duckDb.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
      String columns = String.join(", ", SparkTable.schema(dataSet).fieldNames());
      try (ResultSet result =
          statement.executeQuery(
              "SELECT %s FROM read_parquet('%s/%s/**/*.parquet', hive_partitioning = true)"
                      .formatted(columns, table, dataSet)
                  + " SEMI JOIN read_parquet('%s/runs/**/*.parquet') AS r USING (run_id)"
                      .formatted(table))) {
        while (result.next()) {
          List<Object> row = new ArrayList<>();
          for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
            row.add(fromDuckDb(result.getObject(i)));
          }
          rows.add(row);
        }
      }
    }

    assertThat(rows).containsExactlyInAnyOrderElementsOf(sparks(dataSet));
  }

  @ParameterizedTest
  @ValueSource(strings = {"audit", "files", "attestations", "runs"})
  void parquetAvroReadsTheRowsThatSparkReadsByTheContract(String dataSet) throws Exception {
    Schema contract = contract(dataSet);
    Configuration configuration = new Configuration();
    configuration.setBoolean(AvroSchemaConverter.ADD_LIST_ELEMENT_RECORDS, false);
    AvroReadSupport.setAvroReadSchema(configuration, contract);
    List<List<Object>> rows = new ArrayList<>();
    for (Path part : parts(dataSet)) {
      HadoopInputFile file =
          HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(part.toUri()), configuration);
      try (ParquetFileReader footer = ParquetFileReader.open(file)) {
        Schema written =
            new AvroSchemaConverter(configuration)
                .convert(footer.getFooter().getFileMetaData().getSchema());
        assertThat(shape(written)).isEqualTo(shape(contract));
      }
      try (ParquetReader<GenericRecord> reader =
          AvroParquetReader.<GenericRecord>builder(file)
              .withDataModel(GenericData.get())
              .withConf(configuration)
              .build()) {
        for (GenericRecord row = reader.read(); row != null; row = reader.read()) {
          rows.add(fields(row));
        }
      }
    }

    assertThat(rows).containsExactlyInAnyOrderElementsOf(sparks(dataSet));
  }

  private static List<List<Object>> sparks(String dataSet) throws IOException {
    List<Row> rows =
        TestSpark.session()
            .read()
            .schema(TableContractTest.contract(dataSet))
            .option("recursiveFileLookup", true)
            .parquet(table.resolve(dataSet).toString())
            .collectAsList();
    assertThat(rows).hasSizeGreaterThan(1);
    return rows.stream().map(OtherEnginesTest::fromSpark).toList();
  }

  private static List<Object> fromSpark(Row row) {
    return IntStream.range(0, row.size())
        .mapToObj(i -> row.isNullAt(i) ? null : fromSpark(row.get(i)))
        .toList();
  }

  private static Object fromSpark(Object value) {
    if (value instanceof Row row) {
      List<Object> fields = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        fields.add(fromSpark(row.get(i)));
      }
      return fields;
    }
    if (value instanceof scala.collection.Iterable<?> list) {
      List<Object> elements = new ArrayList<>();
      scala.jdk.javaapi.CollectionConverters.asJava(list)
          .forEach(element -> elements.add(fromSpark(element)));
      return elements;
    }
    return value;
  }

  private static Object fromDuckDb(Object value) throws Exception {
    if (value instanceof Struct struct) {
      List<Object> fields = new ArrayList<>();
      for (Object field : struct.getAttributes()) {
        fields.add(fromDuckDb(field));
      }
      return fields;
    }
    if (value instanceof Array array) {
      List<Object> elements = new ArrayList<>();
      for (Object element : (Object[]) array.getArray()) {
        elements.add(fromDuckDb(element));
      }
      return elements;
    }
    if (value instanceof OffsetDateTime time) {
      return time.toInstant();
    }
    return value instanceof Timestamp time ? time.toInstant() : value;
  }

  private static List<Object> fields(GenericRecord row) {
    List<Object> fields = new ArrayList<>();
    for (Schema.Field field : row.getSchema().getFields()) {
      fields.add(fromAvro(row.get(field.pos()), field.schema()));
    }
    return fields;
  }

  private static Object fromAvro(Object value, Schema schema) {
    if (value == null) {
      return null;
    }
    Schema type = schema.isNullable() ? schema.getTypes().get(1) : schema;
    if (value instanceof GenericRecord row) {
      return fields(row);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(each -> fromAvro(each, type.getElementType())).toList();
    }
    if (value instanceof CharSequence text) {
      return text.toString();
    }
    if (value instanceof Integer days && LogicalTypes.date().equals(type.getLogicalType())) {
      return LocalDate.ofEpochDay(days);
    }
    if (value instanceof Long micros
        && LogicalTypes.timestampMicros().equals(type.getLogicalType())) {
      return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
    return value;
  }

  private static Schema contract(String dataSet) throws IOException {
    try (InputStream schema = AuditRow.class.getResourceAsStream(dataSet + ".avsc")) {
      return new Schema.Parser().parse(schema);
    }
  }

  /** Names and types, without the names of records and what they are documented by. */
  private static String shape(Schema schema) {
    return switch (schema.getType()) {
      case RECORD ->
          schema.getFields().stream()
              .map(field -> field.name() + " " + shape(field.schema()))
              .toList()
              .toString();
      case ARRAY -> "array of " + shape(schema.getElementType());
      case UNION -> "optional " + shape(schema.getTypes().get(1));
      case ENUM, MAP, FIXED, STRING, BYTES, INT, LONG, FLOAT, DOUBLE, BOOLEAN, NULL ->
          schema.getType()
              + (schema.getLogicalType() == null ? "" : " " + schema.getLogicalType().getName());
    };
  }

  private static List<Path> parts(String dataSet) throws IOException {
    try (Stream<Path> files = Files.walk(table.resolve(dataSet))) {
      return files.filter(file -> file.toString().endsWith(".parquet")).toList();
    }
  }
}
