package dev.weighmaster.jobs.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.StructField;
import org.junit.jupiter.api.Test;

final class RowCodecTest {
  enum Color {
    RED
  }

  record Inner(String name, Optional<Long> howMany) {}

  record Outer(String sourceModel, String sha256, Optional<Inner> maybeInner, Color color) {}

  @Test
  void columnsAreNamedAsSqlNamesThem() {
    assertThat(RowCodec.schema(Outer.class).fieldNames())
        .containsExactly("source_model", "sha256", "maybe_inner", "color");
  }

  @Test
  void onlyOptionalsAreNullable() {
    List<Boolean> nullable =
        Arrays.stream(RowCodec.schema(Outer.class).fields()).map(StructField::nullable).toList();
    assertThat(nullable).containsExactly(false, false, true, false);
  }

  @Test
  void aRowHoldsNamesOfConstantsAndNullForWhatIsMissing() {
    assertThat(RowCodec.row(new Outer("a/b", "00", Optional.empty(), Color.RED)))
        .hasToString("[a/b,00,null,RED]");
  }

  @Test
  void aTypeWithoutAColumnIsRefused() {
    record WithThread(Thread thread) {}
    assertThatThrownBy(() -> RowCodec.schema(WithThread.class))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
