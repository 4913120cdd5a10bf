package dev.weighmaster.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.weighmaster.audit.RunRow;
import dev.weighmaster.trust.PolicySource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is bad costs its own row; only what leaves nothing to audit, or no table, ends a run. */
class BadInputTest {
  private static final String AWQ =
      "{\"quantization_config\": {\"quant_method\": \"awq\", \"bits\": 4}}";
  private static final byte[] WEIGHTS = SmallHub.quantization();

  @TempDir private Path folder;
  private SmallHub small;

  @BeforeEach
  void writeAHubInWhichAllIsWell() throws Exception {
    small = SmallHub.write(folder);
  }

  @Test
  void whatIsBadInOneRepositoryIsInItsRowAndNoOther() throws Exception {
    small.write("bad/cut/model.gguf", Arrays.copyOf(WEIGHTS, WEIGHTS.length / 2));
    small.write("bad/header/config.json", AWQ.getBytes(UTF_8));
    small.write("bad/header/model.safetensors", headerOf(1L << 60));
    small.write("bad/bundle/model.gguf", WEIGHTS);
    small.write("bad/bundle/model.gguf.sigstore.json", "not JSON".getBytes(UTF_8));
    Path outside = Files.write(folder.resolve("outside.gguf"), WEIGHTS);
    link("bad/dangling/model.gguf", Path.of("nowhere.gguf"));
    link("bad/outside/model.gguf", outside);
    link("bad/repository", Path.of("nowhere"));

    assertThat(audit().errors()).isEqualTo(3);
    assertThat(rows("audit", "repository", "verdict", "reason"))
        .containsExactly(
            tuple("bad/bundle", "BROKEN", "MALFORMED_BUNDLE"),
            tuple("bad/cut", "BROKEN", "MALFORMED_WEIGHTS"),
            tuple("bad/dangling", "ERROR", "IO_ERROR"),
            tuple("bad/header", "BROKEN", "MALFORMED_WEIGHTS"),
            tuple("bad/outside", "ERROR", "IO_ERROR"),
            tuple("bad/repository", "ERROR", "IO_ERROR"),
            tuple("quants/base-GGUF", "VERIFIED", "OK"));
    assertThat(rows("audit", "detail").toString())
        .contains(
            "bad/dangling/model.gguf can't be read: is a link that leads nowhere",
            "bad/outside/model.gguf can't be read: is a link that leads outside the hub",
            "bad/repository can't be read: is a link that leads nowhere",
            "the header claims 1152921504606846976 bytes");
  }

  @Test
  void aFileAndAFolderThatMayNotBeReadAreErrors() throws Exception {
    small.write("bad/denied/model.gguf", WEIGHTS);
    small.write("bad/closed/model.gguf", WEIGHTS);
    Path file = small.hub().resolve("bad/denied/model.gguf");
    Path closed = small.hub().resolve("bad/closed");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    try {
      Assumptions.assumeFalse(Files.isReadable(file), "root may read everything");

      assertThat(audit().errors()).isEqualTo(2);
      assertThat(rows("audit", "repository", "reason"))
          .containsExactly(
              tuple("bad/closed", "IO_ERROR"),
              tuple("bad/denied", "IO_ERROR"),
              tuple("quants/base-GGUF", "OK"));
      assertThat(rows("audit", "detail").toString()).contains("permission denied");
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void anEmptyHubIsARunWithoutRows() throws Exception {
    Path empty = Files.createDirectory(folder.resolve("empty"));

    RunRow run = new AuditJob(TestSpark.session(), empty.toString(), table()).execute().run();

    assertThat(run.repositories()).isZero();
    assertThat(rows("audit", "repository")).isEmpty();
    assertThat(rows("runs", "quantizations")).containsExactly(tuple(0L));
  }

  @Test
  void aHubThatIsNotThereIsNamedBeforeATableIsMade() {
    Path nowhere = folder.resolve("nowhere");

    assertThatThrownBy(
            () -> new AuditJob(TestSpark.session(), nowhere.toString(), table()).execute())
        .isInstanceOf(IOException.class)
        .hasMessage(
            "the hub %s can't be listed: no such file or folder; --hub takes the folder"
                + " that holds org/name folders",
            nowhere);
    assertThat(Path.of(table())).doesNotExist();
  }

  @Test
  void aHubThatIsAFileIsNamed() {
    assertThatThrownBy(
            () -> new AuditJob(TestSpark.session(), small.policy().toString(), table()).execute())
        .hasMessageStartingWith("the hub %s can't be listed: it is not a folder", small.policy());
  }

  @Test
  void aHubOnAFileSystemThatNobodyKnowsIsNamed() {
    assertThatThrownBy(() -> new AuditJob(TestSpark.session(), "tape://7/x", table()).execute())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the hub tape://7/x can't be listed: No FileSystem for scheme");
  }

  @Test
  void aTableThatCanNotBeWrittenIsNamed() {
    Path below = small.policy().resolve("table");

    assertThatThrownBy(
            () ->
                new AuditJob(TestSpark.session(), small.hub().toString(), below.toString())
                    .execute())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the audit table %s can't be written: ", below)
        .hasMessageContaining(small.policy().toString());
  }

  private RunRow audit() throws Exception {
    return new AuditJob(TestSpark.session(), small.hub().toString(), table())
        .policy(PolicySource.read(small.policy()))
        .execute()
        .run();
  }

  private String table() {
    return folder.resolve("table").toString();
  }

  private List<Tuple> rows(String dataSet, String... columns) {
    return TestSpark.session()
        .read()
        .option("recursiveFileLookup", true)
        .parquet(folder.resolve("table").resolve(dataSet).toString())
        .selectExpr(columns)
        .collectAsList()
        .stream()
        .map(BadInputTest::tupleOf)
        .toList();
  }

  private static Tuple tupleOf(Row row) {
    Object[] values = new Object[row.size()];
    Arrays.setAll(values, row::get);
    return tuple(values);
  }

  private void link(String name, Path target) throws IOException {
    Path link = small.hub().resolve(name);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, target);
  }

  private static byte[] headerOf(long length) {
    return ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
  }
}
