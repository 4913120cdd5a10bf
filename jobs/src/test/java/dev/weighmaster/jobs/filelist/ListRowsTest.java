package dev.weighmaster.jobs.filelist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.Storage.Entry;
import dev.weighmaster.jobs.filelist.S3Manifest.DataFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListRowsTest {
  private static final BucketFolder HUB = new BucketFolder("hub", "");
  private static final Instant THEN = Instant.parse("2026-11-22T00:00:00Z");
  private static final String ROW = "hub,a/b/c,1,2026-11-22T00:00:00.000Z,e\n";

  @TempDir private Path folder;

  @Property(tries = 100)
  void whatIsWrittenAsCsvIsRead(
      @ForAll @Size(max = 5) List<@StringLength(min = 1, max = 50) String> names,
      @ForAll @StringLength(max = 20) String etag)
      throws IOException {
    List<Entry> objects =
        names.stream()
            .filter(name -> StandardCharsets.UTF_8.newEncoder().canEncode(name + etag))
            .map(name -> file("a/b/" + name, etag))
            .toList();
    Path written = Files.createTempDirectory("weighmaster-report-");
    try {
      Path manifest = S3Inventories.csv(written, "hub", objects.iterator(), 2);

      assertThat(rows(inventory(manifest))).containsExactlyElementsOf(objects);
    } finally {
      for (Path file : files(written)) {
        Files.delete(file);
      }
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      return files.sorted(Comparator.reverseOrder()).toList();
    }
  }

  @Test
  void anInventoryInParquetHasTheLatestVersionsAlone() throws IOException {
    List<Entry> objects =
        IntStream.range(0, 1000).mapToObj(i -> file("a/b/ü +%" + i, "e" + i)).toList();

    Path manifest = S3Inventories.parquet(folder, "hub", objects.iterator());

    assertThat(rows(inventory(manifest))).containsExactlyElementsOf(objects);
  }

  @Test
  void aCopiedInventoryMayLieInOneFolder() throws IOException {
    Path manifest = S3Inventories.csv(folder, "hub", List.of(file("a/b/c", "e")).iterator(), 9);
    Files.move(folder.resolve("data/0.csv.gz"), manifest.resolveSibling("0.csv.gz"));

    assertThat(rows(inventory(manifest))).hasSize(1);

    Files.delete(manifest.resolveSibling("0.csv.gz"));
    assertThatThrownBy(() -> rows(inventory(manifest)))
        .isInstanceOf(FileListException.class)
        .hasMessageContaining("0.csv.gz is neither in the folder data");
  }

  @Test
  void anInventoryInItsBucketHasItsFilesAtTheirKeys() {
    assertThat(ListFile.rootOfBucket("s3a://reports/inventory/manifest.json", "reports"))
        .hasValue("s3a://reports/");
    assertThat(ListFile.rootOfBucket("s3a://copies/inventory/manifest.json", "reports")).isEmpty();
    assertThat(ListFile.rootOfBucket("/reports/manifest.json", "reports")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "hub,a/b/c,1,2026-11-22T00:00:00.000Z | , row 2: has 4 values for 5 columns",
        "hub,a/b/c,1,2026-11-22T00:00:00.000Z,e,f | , row 2: has 6 values for 5 columns",
        "hub,a/b/c,x,2026-11-22T00:00:00.000Z,e | , row 2: Size is \"x\", not a number",
        "hub,%zz,1,2026-11-22T00:00:00.000Z,e | , row 2: Key is \"%zz\", not URL-encoded",
        "\"hub\"x,k | , row 2: ",
        "\"hub | , row 2: ",
        "hub,ä,1,2026-11-22T00:00:00.000Z,e | , row 2: is not UTF-8",
      })
  void aRowThatCanNotBeParsedIsNamed(String row, String message) throws IOException {
    byte[] csv = (ROW + row + "\n" + ROW).getBytes(ISO_8859_1);

    assertThatReading(() -> rows(csv("1.csv.gz", zipped(csv)))).hasMessageContaining(message);
  }

  @Test
  void anEmptyLineIsARowThatCanNotBeParsed() throws IOException {
    byte[] csv = (ROW + "\n" + ROW).getBytes(ISO_8859_1);

    assertThatReading(() -> rows(csv("1.csv.gz", zipped(csv))))
        .hasMessage("%s, row 2: has 1 values for 5 columns", folder.resolve("1.csv.gz"));
  }

  @Test
  void aRowWithoutEndIsNotHeldInMemory() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream zip = new GZIPOutputStream(bytes)) {
      zip.write(ROW.getBytes(ISO_8859_1));
      for (int i = 0; i < 1000; i++) {
        zip.write(new byte[1 << 16]);
      }
    }

    assertThatReading(() -> rows(csv("1.csv.gz", bytes.toByteArray())))
        .hasMessageContaining(", row 2: ")
        .hasMessageContaining("longer than 65536 characters");
  }

  @Test
  void everyMemberOfACompressedFileIsRead() throws IOException {
    byte[] one = zipped(ROW.getBytes(ISO_8859_1));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < 5000; i++) {
      bytes.write(one);
    }

    assertThat(rows(csv("1.csv.gz", bytes.toByteArray()))).hasSize(5000);
  }

  @Test
  void aFileThatIsNotTheManifestsIsNotUsed() throws IOException {
    byte[] csv = zipped(ROW.getBytes(ISO_8859_1));
    Path file = Files.write(folder.resolve("1.csv.gz"), csv);
    String md5 = "0".repeat(32);

    assertThatReading(() -> rows(new DataFile("1.csv.gz", csv.length, md5)))
        .hasMessageStartingWith(file + ": has the MD5 ")
        .hasMessageEndingWith("and the manifest says " + md5);
    assertThatReading(() -> rows(new DataFile("1.csv.gz", csv.length + 1, md5)))
        .hasMessage("%s: has %d bytes, and the manifest says %d", file, csv.length, csv.length + 1);
    assertThatReading(() -> rows(new DataFile("2.csv.gz", 1, md5)))
        .hasMessageEndingWith("2.csv.gz: no such file or folder");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 30})
  void aCompressedFileThatIsCutIsNotRead(int length) throws IOException {
    byte[] csv = Arrays.copyOf(zipped(ROW.repeat(9).getBytes(ISO_8859_1)), length);

    assertThatReading(() -> rows(csv("1.csv.gz", csv))).hasMessageContaining("1.csv.gz");
  }

  @Test
  void aParquetFileThatIsNotTheManifestsOrNoneIsNotUsed() throws IOException {
    Path file = Files.write(folder.resolve("1.parquet"), new byte[50]);
    S3Inventory inventory =
        inventory(S3Inventories.manifest(folder, "hub", "Parquet", "", List.of(file)));
    Files.createDirectories(folder.resolve("data"));
    Files.write(folder.resolve("data/1.parquet"), new byte[50]);

    assertThatReading(() -> rows(inventory)).hasMessageContaining("1.parquet: ");

    Files.writeString(folder.resolve("data/1.parquet"), "x".repeat(50));
    assertThatReading(() -> rows(inventory)).hasMessageContaining("1.parquet: has the MD5 ");
  }

  @Test
  void aListHasAPathALine() throws IOException {
    byte[] list = "./a/b/c\n\n  \na/b/#d e\r\na/b/\rü\na/b/last".getBytes(StandardCharsets.UTF_8);
    Files.write(folder.resolve("list"), list);
    Files.write(folder.resolve("list.gz"), zipped(list));

    for (String name : List.of("list", "list.gz")) {
      assertThat(lines(name)).containsExactly("a/b/c", "a/b/#d e", "a/b/\rü", "a/b/last");
    }
  }

  @Test
  void aLineThatIsNoPathBelowTheHubIsNamed() throws IOException {
    Path list = folder.resolve("list");

    Files.writeString(list, "a/b/c\n/srv/hub/a/b/c\n");
    assertThatReading(() -> lines("list"))
        .hasMessageStartingWith(list + ", row 2: \"/srv/hub/a/b/c\" is not relative");
    Files.writeString(list, "a/b/c\n\n" + "x".repeat(5000));
    assertThatReading(() -> lines("list")).hasMessageContaining(", row 3: is longer than 4096");
    Files.write(list, new byte[] {'a', '\n', (byte) 0xff});
    assertThatReading(() -> lines("list")).hasMessageContaining(", row 2: is not UTF-8");
  }

  private static AbstractThrowableAssert<?, ?> assertThatReading(ThrowingCallable reading) {
    return assertThatThrownBy(reading)
        .satisfies(
            e ->
                assertThat(e instanceof FileListException ? e : e.getCause())
                    .isInstanceOf(FileListException.class))
        .extracting(e -> e instanceof FileListException ? e : e.getCause())
        .asInstanceOf(InstanceOfAssertFactories.THROWABLE);
  }

  private List<String> lines(String name) throws IOException {
    List<String> lines = new ArrayList<>();
    try (PathLines rows = PathLines.open(new LocalStorage(folder), name)) {
      rows.forEachRemaining(lines::add);
    }
    return lines;
  }

  private DataFile csv(String name, byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve(name), bytes);
    return inventory(
            S3Inventories.manifest(
                folder, "hub", "CSV", "Bucket, Key, Size, LastModifiedDate, ETag", List.of(file)))
        .manifest()
        .files()
        .get(0);
  }

  private List<Entry> rows(DataFile file) throws IOException {
    CsvColumns columns =
        new CsvColumns(List.of("Bucket", "Key", "Size", "LastModifiedDate", "ETag"));
    List<Entry> found = new ArrayList<>();
    try (CsvRows rows = CsvRows.open(new LocalStorage(folder), file.name(), file, columns, HUB)) {
      rows.forEachRemaining(found::add);
    }
    return found;
  }

  private static S3Inventory inventory(Path manifest) throws IOException {
    ListFile file = ListFile.inFolder(manifest.toString());
    return S3Inventory.read(
        new LocalStorage(Path.of(file.root())), file, manifest.toString(), "/hub");
  }

  private static List<Entry> rows(S3Inventory inventory) throws IOException {
    List<Entry> found = new ArrayList<>();
    try (Storage storage = new LocalStorage(Path.of(inventory.data().root()))) {
      for (DataFile file : inventory.manifest().files()) {
        String path = inventory.data().locate(storage, file);
        try (ListRows<Entry> rows =
            switch (inventory.manifest().format()) {
              case CSV ->
                  CsvRows.open(
                      storage,
                      path,
                      file,
                      new CsvColumns(inventory.manifest().columns()),
                      inventory.hub());
              case PARQUET -> ParquetRows.open(storage, path, file, inventory.hub());
            }) {
          rows.forEachRemaining(found::add);
        }
      }
    }
    return found;
  }

  private static byte[] zipped(byte[] bytes) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (OutputStream zip = new GZIPOutputStream(zipped)) {
      zip.write(bytes);
    }
    return zipped.toByteArray();
  }

  private static Entry file(String path, String etag) {
    return new Entry(
        path,
        Storage.Type.FILE,
        7,
        THEN,
        Optional.of(etag).filter(text -> !text.isEmpty()),
        Optional.empty());
  }
}
