package dev.weighmaster.jobs.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.audit.AttestationRow;
import dev.weighmaster.audit.AuditRow;
import dev.weighmaster.audit.FileRow;
import dev.weighmaster.audit.RunRow;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Avro schemas of core are the contract: what Spark writes must be exactly that. */
final class TableContractTest {

  @ParameterizedTest
  @CsvSource({"audit", "files", "attestations", "runs"})
  void whatSparkWritesHasTheColumnsOfTheAvroSchema(String name) throws IOException {
    Class<? extends Record> row =
        switch (name) {
          case "audit" -> AuditRow.class;
          case "files" -> FileRow.class;
          case "attestations" -> AttestationRow.class;
          default -> RunRow.class;
        };
    assertThat(RowCodec.schema(row)).isEqualTo(contract(name));
  }

  static StructType contract(String name) throws IOException {
    try (InputStream schema = AuditRow.class.getResourceAsStream(name + ".avsc")) {
      return (StructType) dataType(new Schema.Parser().parse(schema));
    }
  }

  private static DataType dataType(Schema schema) {
    return switch (schema.getType()) {
      case RECORD -> {
        List<StructField> fields = new ArrayList<>();
        for (Schema.Field field : schema.getFields()) {
          boolean nullable = field.schema().isNullable();
          Schema type = nullable ? field.schema().getTypes().get(1) : field.schema();
          assertThat(field.doc()).as("what %s holds", field.name()).isNotBlank();
          fields.add(DataTypes.createStructField(field.name(), dataType(type), nullable));
        }
        yield DataTypes.createStructType(fields);
      }
      case ARRAY -> DataTypes.createArrayType(dataType(schema.getElementType()), false);
      case STRING -> DataTypes.StringType;
      case BOOLEAN -> DataTypes.BooleanType;
      case DOUBLE -> DataTypes.DoubleType;
      case INT -> schema.getLogicalType() == null ? DataTypes.IntegerType : DataTypes.DateType;
      case LONG ->
          LogicalTypes.timestampMicros().equals(schema.getLogicalType())
              ? DataTypes.TimestampType
              : DataTypes.LongType;
      case MAP, ENUM, FIXED, UNION, BYTES, FLOAT, NULL ->
          throw new AssertionError("the contract has no " + schema.getType());
    };
  }
}
