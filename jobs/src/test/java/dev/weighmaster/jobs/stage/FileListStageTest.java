package dev.weighmaster.jobs.stage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.weighmaster.audit.RunRow;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import dev.weighmaster.jobs.AuditJob;
import dev.weighmaster.jobs.AuditResult;
import dev.weighmaster.jobs.S3Server;
import dev.weighmaster.jobs.SmallHub;
import dev.weighmaster.jobs.TestSpark;
import dev.weighmaster.jobs.filelist.S3Inventories;
import dev.weighmaster.jobs.spark.HubStorage;
import dev.weighmaster.jobs.table.AuditTable;
import dev.weighmaster.trust.PolicySource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub that is taken from a list of its files, in each of the forms that a list can have. */
class FileListStageTest {
  private static final byte[] WEIGHTS = SmallHub.quantization();

  @TempDir private Path folder;
  private SmallHub small;

  @BeforeEach
  void writeAHub() throws Exception {
    small = SmallHub.write(folder);
  }

  @Test
  void aListingAndEveryFileListOfAHubGiveEqualTables() throws Exception {
    small.write("nobody/odd names/a b+c%20,\"d\".gguf", WEIGHTS);
    small.write("nobody/cut/model.gguf", new byte[9]);
    small.write("nobody/cut/.git/config", new byte[9]);
    small.write("models--x--y/snapshots/r1/model.gguf", WEIGHTS);
    small.write("stray.gguf", WEIGHTS);
    small.write(".hidden/x/model.gguf", WEIGHTS);
    Files.createSymbolicLink(
        small.hub().resolve("acme/base/linked.gguf"), Path.of("model.safetensors"));
    List<Entry> files = files();

    RunRow listed = audit("listed", "").run();

    assertThat(listed.quantizations()).isEqualTo(5);
    assertThat(listed.inventory()).isEmpty();
    Path csv = S3Inventories.csv(folder.resolve("csv"), "hub", files.iterator(), 3);
    Path parquet = S3Inventories.parquet(folder.resolve("parquet"), "hub", files.iterator());
    Path paths =
        Files.write(folder.resolve("paths.txt"), files.stream().map(Entry::path).toList(), UTF_8);
    Path rows =
        folder.resolve(
            "listed/files/audit_date=" + listed.auditDate() + "/run_id=" + listed.runId());
    List<Path> lists = List.of(csv, parquet, paths, rows, onlyFile(rows));
    for (Path list : lists) {
      String table = "table-" + lists.indexOf(list);
      RunRow run = audit(table, list.toString()).run();

      assertThat(run.inventory()).hasValue(list.toString());
      for (String dataSet : List.of(AuditTable.AUDIT, AuditTable.FILES)) {
        assertThat(rows(table, dataSet))
            .as("%s by %s", dataSet, list)
            .isEqualTo(rows("listed", dataSet));
      }
    }
  }

  @Test
  @Tag("slow")
  void anInventoryInItsBucketGivesTheTableOfTheListedBucket() throws Exception {
    try (S3Server server = S3Server.start(folder)) {
      server.publish(small.hub(), "reported-hub");
      use(server, "reported-hub", "reports");
      List<Entry> objects = new ArrayList<>();
      try (Storage storage = HubStorage.open("s3a://reported-hub/")) {
        for (Entry file : files()) {
          objects.add(storage.stat(file.path()));
        }
      }
      Path list = folder.resolve("report/inventory/reported-hub/daily");
      S3Inventories.csv(list, "reported-hub", objects.iterator(), 3);
      server.publish(folder.resolve("report"), "reports");
      String daily = "s3a://reports/inventory/reported-hub/daily/";

      audit("s3a://reported-hub/", "listed", "");
      audit("s3a://reported-hub/", "reported", daily + "2026-11-22T01-00Z/manifest.json");

      assertThat(rows("reported", AuditTable.AUDIT).toString()).contains("VERIFIED");
      for (String dataSet : List.of(AuditTable.AUDIT, AuditTable.FILES)) {
        assertThat(rows("reported", dataSet)).isEqualTo(rows("listed", dataSet));
      }
    }
  }

  /** A file system that was made once keeps its settings: the buckets are this test's own. */
  private static void use(S3Server server, String... buckets) {
    SparkContext spark = TestSpark.session().sparkContext();
    for (String bucket : buckets) {
      server
          .settings()
          .forEach(
              (name, value) -> {
                String own = name.replace("fs.s3a.", "fs.s3a.bucket." + bucket + ".");
                spark.conf().set("spark.hadoop." + own, value);
                spark.hadoopConfiguration().set(own, value);
              });
    }
  }

  @Test
  void aPathOfAListThatLeadsNowhereIsInTheTable() throws Exception {
    Path paths =
        Files.writeString(
            folder.resolve("paths.txt"),
            "quants/base-GGUF/base-Q4_0.gguf\nquants/base-GGUF/gone.gguf\nquants/gone\n");

    audit("table", paths.toString());

    assertThat(rows("table", AuditTable.AUDIT).toString())
        .contains("quants/base-GGUF/gone.gguf can't be read: no such file or folder")
        .contains("quants/gone can't be read: no such file or folder");
  }

  @Test
  void whatAnEarlierRunCouldNotListIsLookedAtAgain() throws Exception {
    Files.createSymbolicLink(small.hub().resolve("acme/gone"), Path.of("nowhere"));
    Files.createSymbolicLink(small.hub().resolve("quants/base-GGUF/x.gguf"), Path.of("nowhere"));
    RunRow first = audit("first", "").run();

    audit(
        "second",
        folder.resolve("first/files/audit_date=" + first.auditDate() + "/run_id=" + first.runId())
            + "/");

    assertThat(rows("second", AuditTable.FILES)).hasSameSizeAs(rows("first", AuditTable.FILES));
    assertThat(rows("second", AuditTable.AUDIT))
        .extracting(row -> row.<String>getAs("repository"), row -> row.<String>getAs("reason"))
        .containsExactly(
            tuple("acme/gone", "IO_ERROR"),
            tuple("quants/base-GGUF", "OK"),
            tuple("quants/base-GGUF", "IO_ERROR"));
  }

  @Test
  void aRowThatCanNotBeParsedEndsTheAuditAndNamesFileAndRow() throws Exception {
    Entry file = files().get(0);
    Entry absurd =
        new Entry(file.path(), file.type(), -5, file.modified(), file.etag(), file.problem());
    Path manifest =
        S3Inventories.csv(folder.resolve("csv"), "hub", List.of(file, absurd, file).iterator(), 9);

    assertThatThrownBy(() -> audit("table", manifest.toString()))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "the inventory %s can't be used: %s, row 2: Size is \"-5\", not a number of bytes",
            manifest, folder.resolve("csv/data/0.csv.gz"));
    assertThat(folder.resolve("table/runs")).doesNotExist();
  }

  @Test
  void whatIsNoFileListIsNamedBeforeATableIsMade() throws Exception {
    Path manifest = Files.writeString(folder.resolve("manifest.json"), "{}");
    Path table = Files.createDirectories(folder.resolve("table-of-runs/run_id=1"));
    Path other = S3Inventories.csv(folder.resolve("other"), "b", files().iterator(), 9);

    assertUnusable(folder.resolve("nowhere"), "no such file or folder");
    assertUnusable(manifest, "it is not an inventory manifest: version is missing");
    assertUnusable(table.getParent(), "there is no Parquet file in the folder; of a table, name");
    assertUnusable(other, "it is of the bucket \"b\", in which the hub ");
    assertUnusable(folder.resolve("csv.parquet"), "no such file or folder");
    assertThat(folder.resolve("table")).doesNotExist();
  }

  @Test
  void parquetThatIsNoFilesTableIsRefused() throws Exception {
    RunRow run = audit("first", "").run();

    assertUnusable(
        folder.resolve("first/audit/audit_date=" + run.auditDate() + "/run_id=" + run.runId()),
        "it is not a files data set: it has no column ");
  }

  private void assertUnusable(Path list, String reason) {
    assertThatThrownBy(() -> audit("table", list.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the inventory " + list + " can't be used: " + reason);
  }

  private AuditResult audit(String table, String list) throws Exception {
    return audit(small.hub().toString(), table, list);
  }

  private AuditResult audit(String hub, String table, String list) throws Exception {
    AuditJob job =
        new AuditJob(TestSpark.session(), hub, folder.resolve(table).toString())
            .policy(PolicySource.read(small.policy()));
    return list.isEmpty() ? job.execute() : job.inventory(list).execute();
  }

  /** Every file below the hub's root, changed on a whole second, which a list in Parquet has. */
  private List<Entry> files() throws IOException {
    List<Path> paths;
    try (var walk = Files.walk(small.hub())) {
      paths = walk.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path path : paths) {
      Files.setLastModifiedTime(path, FileTime.from(Instant.parse("2026-11-22T00:00:00Z")));
    }
    List<Entry> files = new ArrayList<>();
    try (Storage storage = new LocalStorage(small.hub())) {
      for (Path path : paths) {
        files.add(storage.stat(small.hub().relativize(path).toString()));
      }
    }
    return files;
  }

  private static Path onlyFile(Path folder) throws IOException {
    try (var files = Files.newDirectoryStream(folder, "*.parquet")) {
      return files.iterator().next();
    }
  }

  private List<Row> rows(String table, String dataSet) {
    Dataset<Row> rows =
        TestSpark.session()
            .read()
            .option("recursiveFileLookup", true)
            .parquet(folder.resolve(table).resolve(dataSet).toString());
    return rows.drop("run_id", "audited_at", "digested_by", "digested_at", "read_millis")
        .collectAsList();
  }
}
